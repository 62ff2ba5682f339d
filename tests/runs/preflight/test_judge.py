"""What a rerun would meet, line by line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest
from tests.runs.building import Installation

from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import State
from orket_console.runs.preflight.judge import Line, Preflight, preflight
from orket_console.target.target import Target

Look = Callable[..., Preflight]


@pytest.fixture
def look(orket: Installation, target_of: Callable[..., Target]) -> Look:
    """A run of one issue, `A-1`, in the state that the arguments say; then its preflight."""

    def looked(status: str = "ready", retries: int = 0, depends: str = "[]") -> Preflight:
        if not orket.database.exists():
            orket.make_tables()
        execute(orket, "ALTER TABLE issues ADD COLUMN depends_on_json TEXT")
        orket.run("aaaa0001", "failed")
        orket.issue("A-1", "build-aaaa0001", status, retry_count=retries, depends_on_json=depends)
        return preflight(target_of(orket.root), SystemClock(), "aaaa0001", "a-1")

    return looked


def execute(orket: Installation, sql: str, *values: object) -> None:
    connection = sqlite3.connect(orket.database)
    with connection:
        connection.execute(sql, values)
    connection.close()


def line(found: Preflight, name: str) -> Line:
    return next(line for line in found.lines if line.name == name)


def test_an_issue_with_nothing_against_it_is_clear(look: Look) -> None:
    found = look()
    assert (found.verdict, found.issue, found.problems) == ("clear", "A-1", ())
    assert {each.name for each in found.lines} == {"run", "status", "retries", "dependencies"}
    assert all(each.evidence for each in found.lines)


@pytest.mark.parametrize(
    ("used", "state", "says"),
    [
        (0, State.OK, "0 of 3"),
        (2, State.DEGRADED, "one failure is left"),
        (3, State.FAILING, "ends"),
    ],
)
def test_retries_are_not_set_back_by_a_rerun(
    look: Look, used: int, state: State, says: str
) -> None:
    found = line(look(retries=used), "retries")
    assert found.state is state
    assert says in found.says


@pytest.mark.parametrize(
    ("status", "state"),
    [("ready", State.OK), ("blocked", State.OK), ("done", State.DEGRADED), ("zzz", State.FAILING)],
)
def test_the_status_tells_what_it_may_become(look: Look, status: str, state: State) -> None:
    found = line(look(status), "status")
    assert found.state is state
    assert status in found.says


@pytest.mark.parametrize(
    ("other", "state", "says"),
    [
        ("done", State.OK, "is done"),
        ("ready", State.DEGRADED, "waits until"),
        ("canceled", State.FAILING, "blocks it too"),
        (None, State.FAILING, "is not there"),
    ],
)
def test_a_dependency_blocks_or_lets_pass(
    orket: Installation, look: Look, other: str | None, state: State, says: str
) -> None:
    if other is not None:
        orket.issue("B-1", "another", other)
    found = line(look(depends='["B-1"]'), "dependencies")
    assert (found.state, says in found.says) == (state, True)


def test_dependencies_that_are_no_list_are_unknown(look: Look) -> None:
    assert line(look(depends="{"), "dependencies").state is State.UNKNOWN


def test_a_request_that_waits_blocks_and_an_answered_one_does_not(
    orket: Installation, look: Look
) -> None:
    orket.make_tables()
    execute(
        orket,
        "CREATE TABLE pending_gate_requests (request_id TEXT, session_id TEXT, issue_id TEXT,"
        " request_type TEXT, reason TEXT, status TEXT, created_at TEXT)",
    )
    insert = (
        "INSERT INTO pending_gate_requests VALUES (?, 's', 'A-1', 'tool_approval', ?, ?, 'now')"
    )
    execute(orket, insert, "r1", "delete everything", "pending")
    execute(orket, insert, "r2", "long answered", "approved")
    found = look()
    waiting = [each for each in found.lines if each.name == "gate request"]
    assert [each.state for each in waiting] == [State.FAILING]
    assert "delete everything" in waiting[0].says
    assert found.verdict == "blocked by gate request"


def test_the_same_answer_is_refused_again(orket: Installation, look: Look) -> None:
    done = {"tool": "update_issue_status", "args": {"status": "done"}}
    orket.turn("aaaa0001", "A-1", calls=[done], results=[])
    orket.report("aaaa0001", "A-1", "Invalid transition for ISSUE: in_progress -> done")
    found = look("blocked")
    again = line(found, "last failure")
    assert "in_progress → done is not allowed, only blocked" in again.says
    assert str(again.ref) == "aaaa0001:A-1:1:lead_architect"
    assert "Invalid transition" in line(found, "policy").says
    assert found.verdict == "clear, but look at policy, last failure"


def test_a_guards_refusal_is_told_with_its_reason(orket: Installation, look: Look) -> None:
    said = '{"rationale": "no tests", "violations": ["untested"]}'
    blocked = {"tool": "update_issue_status", "args": {"status": "blocked"}}
    orket.turn("aaaa0001", "A-1", 2, "integrity_guard", calls=[blocked], response=said)
    found = line(look("blocked"), "guard")
    assert found.state is State.DEGRADED
    assert "no tests; untested" in found.says


def test_an_issue_without_a_row_can_not_be_told(
    orket: Installation, target_of: Callable[..., Target]
) -> None:
    orket.turn("aaaa0001", "A-1")
    found = preflight(target_of(orket.root), SystemClock(), "aaaa0001", "A-1")
    assert found.verdict.startswith("can't tell: ")
    assert line(found, "status").state is State.UNKNOWN


def test_an_issue_that_is_not_in_the_run_is_named_with_those_that_are(
    orket: Installation, look: Look, target_of: Callable[..., Target]
) -> None:
    look()
    with pytest.raises(ConsoleError, match="there is A-1") as refusal:
        preflight(target_of(orket.root), SystemClock(), "aaaa0001", "B-9")
    assert refusal.value.exit_code is ExitCode.WRONG


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        (["Set Status to 'canceled' (from 'ready') reason='missing_seat' meta={\"seat\": \"qa\"}"],
         "canceled: its team had no seat for it: without one it is canceled again; seat qa"),
        (["Set Status to 'blocked' reason='runtime_guard_terminal_failure' meta={oops", "Note"],
         "blocked: what it wrote did not pass the runtime verifier"),
        (["Set Status to 'ready' (from 'x') reason='never_seen' meta={\"error\": \"\\u001b[2J\"}"],
         "ready: reason never_seen; error"),
        (["Set Status to 'blocked' reason='missing_seat' meta={}",
          "Set Status to 'in_progress' (from 'ready') reason='turn_dispatch' meta={}"], None),
        (["Set Status to 'done' (from 'code_review')"], None),
    ],
)  # fmt: skip
def test_what_orket_itself_moved_the_card_for_is_told(
    orket: Installation, look: Look, moves: list[str], says: str | None
) -> None:
    orket.make_tables()
    for action in moves:
        orket.insert("card_transactions", card_id="A-1", role="system", action=action)
    lines = [each for each in look("canceled").lines if each.name == "last stop"]
    if says is None:
        assert not lines
        return
    assert lines[0].says.startswith(says)
    assert "\x1b" not in lines[0].says
    assert lines[0].evidence == "card_transactions 1"


def test_a_run_that_no_row_tells_of_is_not_said_to_have_ended(
    orket: Installation, target_of: Callable[..., Target]
) -> None:
    orket.turn("aaaa0001", "A-1")
    assert not orket.database.exists()
    found = preflight(target_of(orket.root), SystemClock(), "aaaa0001", "A-1")
    assert line(found, "run").state is State.UNKNOWN
    assert found.verdict.startswith("can't tell: orket_persistence.db")
