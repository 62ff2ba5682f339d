from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import TurnRef
from orket_console.runs.detail import open_run
from orket_console.runs.narrow import TURN_KEYS, narrow_runs, search_turns, unknown_key
from orket_console.runs.pick import first_failure, next_failed_run, next_failure, pick_turn
from orket_console.runs.sessions import list_runs

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
FAILED = [{"ok": False, "error": "no such file"}]


@pytest.fixture
def turns(orket, target_of):
    """Five turns: ok, failed, ok of a guard, failed of a guard, ok."""
    write = [{"tool": "write_file", "args": {"path": "x.txt"}}]
    given = (
        (1, "lead_architect", None, None),
        (2, "lead_architect", None, FAILED),
        (3, "integrity_guard", None, None),
        (4, "integrity_guard", write, FAILED),
        (5, "coder", write, None),
    )
    for index, role, calls, results in given:
        at = f"2026-11-23T05:00:0{index}+00:00"
        said = "The Guard  says no" if index == 3 else "```json```"
        issue = f"ISS-{index % 2}"
        orket.turn("aaa", issue, index, role, at=at, calls=calls, results=results, response=said)
    return open_run(target_of(orket.root), CLOCK, "aaa").turns


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("role:guard", [3, 4]),
        ("role:GUARD status:failed", [4]),
        ("issue:iss-1", [1, 3, 5]),
        ("tool:write_file", [4, 5]),
        ("turn:2", [2]),
        ("no such file", [2, 4]),
        ("status:failed -tool:write", [2]),
        ("-status:ok", [2, 4]),
        ("nothing-fits", []),
        ("unknown:key", []),
        ("verdict:failed", [2, 4]),
        ("model:qwen", [1, 2, 3, 4, 5]),
        ("response:GUARD", [3]),
        ('response:"the guard  says"', [3]),
        ("prompt:brief", [1, 2, 3, 4, 5]),
        ("prompt:guard", []),
        ('text:"be brief" role:coder', [5]),
        ("text:guard", [3]),
        ("-text:guard status:ok", [1, 5]),
        ('"no such file"', [2, 4]),
        ('"no file"', []),
        ("response:", []),
    ],
)
def test_turns_are_narrowed_by_words_and_fields(turns, expression, kept):
    assert [turn.ref.index for turn in search_turns(turns, expression)] == kept


@pytest.mark.parametrize(
    ("expression", "column", "meant"),
    [
        ("rol:coder", 1, "role"),
        ("status:ok -Toll:write_file", 12, "tool"),
        ("xyzzy:1", 1, ""),
        ("role:coder VERDICT:ok", 0, ""),
        ('"rol:coder" 12:30 plain', 0, ""),
    ],
)
def test_a_key_that_is_none_is_pointed_at(expression, column, meant):
    unknown = unknown_key(expression, TURN_KEYS)
    assert (unknown.column, unknown.meant) == (column, meant) if column else unknown is None
    if column:
        assert ("did you mean" in unknown.sentence) is bool(meant)


def test_runs_are_narrowed_by_words_and_fields(orket, target_of):
    orket.run("aaa", "failed", failure_class="GovernanceViolation")
    orket.run("bbb", "done", run_name="Epic [bold]")
    runs = list_runs(target_of(orket.root), CLOCK).runs
    assert [run.session for run in narrow_runs(runs, "class:governance")] == ["aaa"]
    assert [run.session for run in narrow_runs(runs, "[BOLD]")] == ["bbb"]
    assert [run.session for run in narrow_runs(runs, "status:failed name:[bold]")] == []


def test_the_next_failure_forward_and_back(turns):
    assert next_failure(turns, 0, 1) == 1
    assert next_failure(turns, 1, 1) == 3
    assert next_failure(turns, 3, 1) is None
    assert next_failure(turns, 3, -1) == 1
    assert next_failure(turns, 0, -1) is None
    assert next_failure((), -1, 1) is None
    assert first_failure(turns, 1) is turns[1]
    assert first_failure(turns, -1) is turns[3]
    assert first_failure(turns[:1], 1) is None


def test_the_next_run_that_is_not_well(orket, target_of):
    for number, status in enumerate(("failed", "done", "failed")):
        orket.run(f"s{number}", status, started_at=f"2026-11-23T05:0{number}:00+00:00")
    runs = list_runs(target_of(orket.root), CLOCK).runs
    found = next_failed_run(runs, "s2", 1)
    assert found is not None
    assert found.session == "s0"
    assert next_failed_run(runs, "s0", 1) is None
    assert next_failed_run(runs, "not there", 1) == runs[0]


@pytest.mark.parametrize(
    ("key", "index"),
    [
        (TurnRef("aaa", "ISS-1", 3), 3),
        (TurnRef("aaa", "iss-1", 3, "guard"), 3),
        (TurnRef("aaa", "ISS-0", 4, "Integrity Guard"), 4),
    ],
)
def test_a_turn_is_picked_by_the_rules_of_replay(turns, key, index):
    assert pick_turn(turns, key).ref.index == index


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (TurnRef("aaa", "ISS-1", 9), "there is aaa:ISS-1:1:lead_architect"),
        (TurnRef("aaa", "ISS-7", 1), "there is aaa:ISS-1:1:lead_architect, aaa:ISS-0:2"),
        (TurnRef("aaa", "ISS-1", 1, "coder"), "no turn aaa:ISS-1:1:coder"),
    ],
)
def test_a_turn_that_is_not_there_is_told_with_what_is(turns, key, told):
    with pytest.raises(ConsoleError, match=told):
        pick_turn(turns, key)


def test_in_a_run_without_turns_there_is_none():
    with pytest.raises(ConsoleError, match="its run has no turns"):
        pick_turn((), TurnRef("aaa", "ISS-1", 1))
