"""After a verdict: what the runbook has next, and the line that bears the verdict out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from orket_console.actions.advice import advice
from orket_console.actions.after import After, after
from orket_console.actions.catalogue import BUNDLE_ACTIONS, CATALOGUE, find
from orket_console.actions.plan import plan
from orket_console.actions.records import Record, history
from orket_console.actions.runner import start
from orket_console.actions.verdicts import NOTHING_FAILED, Verdict
from orket_console.base.refs import LogFilterRef, OutputRef, ProbeRef, Ref, TurnRef
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")
Ran = Callable[..., tuple[Record, After]]
RED = """
import sys
print('.F.', flush=True)
print('''=================================== FAILURES ===================================
__________________________________ %(test)s __________________________________
E   assert 1 == 2
=========================== short test summary info ============================
FAILED tests/test_a.py::%(test)s - assert 1 == 2
1 failed, 2 passed in 0.51s''')
sys.exit(1)
"""
REPORT = (
    '{"events": {"turn_failed": 1}, "failure_by_type": {"X": 1}, "non_progress_by_role": {}, '
    '"guard_outcomes": {}, "retry_triggered": 0}'
)


@pytest.fixture
def ran(root: Path, target: Target) -> Ran:
    """Run an action whose script prints this; its record, and what follows from it."""

    def run(name: str, script: str, body: str, values: Mapping[str, str] | None = None) -> object:
        (root / script).write_text(body)

        async def ended() -> Record:
            made = plan(target, find(name), values or {})
            return await (await start(target, made, lambda piece: None)).ended()

        record = asyncio.run(ended())
        return record, after(target, record, history(target))

    return run  # type: ignore[return-value]  # the tuple that it is


def refs(found: After) -> list[Ref]:
    return [lead.ref for lead in found.leads]


def test_each_verdict_of_each_action_has_a_next_step() -> None:
    names = {action.name for action in (*CATALOGUE, *BUNDLE_ACTIONS)}
    for name in names:
        for verdict in Verdict:
            found = advice(name, verdict, "", changes_databases=True)
            assert found.text
            assert not found.action or found.action in names | {"test-delivery"}


@pytest.mark.parametrize(
    ("action", "verdict", "evidence", "text", "then"),
    [
        ("migrations", Verdict.PASSED, "", "run the smoke gates", "smoke-gates"),
        ("smoke-gates", Verdict.PASSED, "", "verify the recovery", "verification"),
        ("migrations", Verdict.FAILED, "no such table: main.issues", "start Orket once", ""),
        ("migrations", Verdict.CANCELLED, "", "puts back the copies", ""),
        ("verification", Verdict.CANCELLED, "", "resume it", "verification"),
        ("release-smoke", Verdict.FAILED, "Docker is not installed or", "skip-docker=yes", ""),
        ("replay-turn", Verdict.FAILED, "[FATAL] No observability artifacts", "from Runs", ""),
        ("replay-turn", Verdict.FAILED, "[FATAL] save_user_settings must", "first-run", ""),
        ("failure-report", Verdict.PASSED, "9 events: 1 failed turns", "replay", "replay-turn"),
        ("failure-report", Verdict.PASSED, f"9 events: {NOTHING_FAILED}", "no turn failed", ""),
        ("my-own", Verdict.TIMED_OUT, "", "a command of your own its `timeout`", ""),
        ("my-own", Verdict.FAILED, "boom", "its output says why", ""),
    ],
)
def test_known_reasons_have_known_remedies(
    action: str, verdict: Verdict, evidence: str, text: str, then: str
) -> None:
    found = advice(action, verdict, evidence, changes_databases=action == "migrations")
    assert text in found.text
    assert found.action == then


def test_a_failed_gate_leads_to_its_line(ran: Ran) -> None:
    body = "print('first')\nraise SystemExit('the reason')\n"
    record, found = ran("security-canary", "scripts/security_canary.py", body)
    assert refs(found) == [OutputRef(record.id, "the reason")]
    assert "go no further" in found.next


def test_what_said_nothing_leads_nowhere(ran: Ran) -> None:
    _, found = ran("security-canary", "scripts/security_canary.py", "raise SystemExit(3)\n")
    assert refs(found) == []


def test_failed_tests_lead_to_the_first_and_are_compared_with_the_run_before(
    ran: Ran, root: Path
) -> None:
    script = "pytest.py"
    record, found = ran("test-suite", script, RED % {"test": "test_two"})
    assert record.verdict is Verdict.FAILED
    assert refs(found) == [
        OutputRef(record.id, "FAILED tests/test_a.py::test_two - assert 1 == 2"),
        OutputRef(record.id, "1 failed, 2 passed in 0.51s"),
    ]
    assert found.notes == ()
    _, again = ran("test-suite", script, RED % {"test": "test_two"})
    assert again.notes[0].startswith("the same 1 test failed as in the run of ")
    _, other = ran("test-suite", script, RED % {"test": "test_three"})
    assert other.notes[0].startswith("1 test failed that did not in the run of ")
    assert other.notes[0].endswith("1 fail no more: tests/test_a.py::test_three")


def test_the_replay_leads_to_its_turn_and_the_report_to_the_log(ran: Ran, root: Path) -> None:
    _, nowhere = ran(
        "replay-turn", "main.py", "print('[FATAL] no turn')\n", {"key": "s1:iss-1:22:dev"}
    )
    assert [type(ref) for ref in refs(nowhere)] == [OutputRef]
    (root / "workspace/default/observability/s1/iss-1").mkdir(parents=True)
    _, replayed = ran(
        "replay-turn", "main.py", "print('[FATAL] no turn')\n", {"key": "s1:iss-1:22:dev"}
    )
    assert refs(replayed)[0] == TurnRef("s1", "iss-1", 22, "dev")
    _, reported = ran(
        "failure-report", "scripts/report_failure_modes.py", f"print({REPORT!r})\n", {"out": ""}
    )
    assert isinstance(refs(reported)[0], LogFilterRef)
    assert reported.action == "replay-turn"


def test_a_bundle_leads_to_what_its_bad_step_said(ran: Ran, root: Path) -> None:
    (root / "scripts" / "release_smoke.py").write_text("print('[release-smoke] SUCCESS')\n")
    record, found = ran(
        "smoke-gates",
        "scripts/security_canary.py",
        "raise SystemExit('let in without a key')\n",
        {"skip-docker": "yes"},
    )
    (lead,) = found.leads
    assert isinstance(lead.ref, OutputRef)
    assert lead.ref.text == "let in without a key"
    assert "security-canary" in lead.ref.record
    assert found.action == record.action == "smoke-gates"
    assert found.parameters == {**record.parameters, "resume": "yes"}


def test_a_server_leads_to_its_probe(target: Target, ran: Ran) -> None:
    record, _ = ran("security-canary", "scripts/security_canary.py", "print('x')\n")
    restarted = msgspec.structs.replace(record, action="restart-api")
    found = after(target, restarted, history(target))
    assert found is not None
    assert ProbeRef("api") in refs(found)
    assert after(target, msgspec.structs.replace(record, verdict=None), history(target)) is None
