"""Bundles: steps in order, one verdict, resumed where they failed, and never left half told."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from orket_console.actions.bundles import BUNDLES, heaviest
from orket_console.actions.catalogue import CATALOGUE, find
from orket_console.actions.definition import Effect
from orket_console.actions.kept import kept_output
from orket_console.actions.lock import hold_writing
from orket_console.actions.overview import detail, overview
from orket_console.actions.plan import plan
from orket_console.actions.records import Record, folder_of, history, load
from orket_console.actions.runner import Run, end, start
from orket_console.actions.verdicts import Verdict
from orket_console.actions.verification import trail, verify
from orket_console.actions.within import LENT, Within, lent, within
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")
LIMIT = 30.0
SMOKE = "print('[release-smoke] SUCCESS')\n"
CANARY = "print('[security-canary] SUCCESS')\n"
BROKEN = "raise SystemExit('it is broken')\n"
FOREVER = "import time\nprint('begun')\nwhile True: time.sleep(0.05)\n"
AWAIT_GO = (
    "import pathlib, time\nprint('begun')\n"
    "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
)
NO_DOCKER = {"skip-docker": "yes"}


@pytest.fixture
def scripts(root: Path) -> Callable[[str, str], None]:
    """Write the scripts of the smoke gates."""

    def written(smoke: str, canary: str) -> None:
        (root / "scripts" / "release_smoke.py").write_text(smoke)
        (root / "scripts" / "security_canary.py").write_text(canary)

    written(SMOKE, CANARY)
    return written


def ran(target: Target, values: Mapping[str, str], name: str = "smoke-gates") -> Record:
    """The bundle's record at its end."""

    async def ended() -> Record:
        run = await start(target, plan(target, find(name), values), lambda piece: None)
        return await asyncio.wait_for(run.ended(), LIMIT)

    return asyncio.run(ended())


def steps_of(target: Target, bundle: Record) -> list[Record]:
    """Its steps' records in the order of their start."""
    return [r for r in reversed(history(target).records) if r.bundle == bundle.id]


def said(target: Target, record: Record) -> list[str]:
    pieces = kept_output(folder_of(target, record.id)).pieces
    return "".join(piece.text for piece in pieces).splitlines()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


def test_each_bundle_is_made_of_gates_of_the_catalogue() -> None:
    actions = {action.name: action for action in CATALOGUE}
    for bundle in BUNDLES:
        for step in bundle.steps:
            assert actions[step.action].gate
            names = {parameter.name for parameter in actions[step.action].parameters}
            assert names >= set(step.parameters)
        made = find(bundle.name)
        assert len({parameter.name for parameter in made.parameters}) == len(made.parameters)
    assert heaviest([Effect.WRITES_LOG, Effect.CHANGES_DATABASES]) is Effect.CHANGES_DATABASES
    assert heaviest([]) is Effect.READS


@pytest.mark.usefixtures("scripts")
def test_the_plan_tells_what_all_its_steps_change(target: Target) -> None:
    made = plan(target, find("smoke-gates"), NO_DOCKER)
    assert not made.blocked
    assert [step.action.name for step in made.steps] == ["release-smoke", "security-canary"]
    assert made.effect is Effect.CHANGES_DATABASES
    assert made.confirmation.name == target.name
    assert "Release smoke: makes .smoke/" in made.changed
    assert "Security canary: leaves lines" in made.changed
    assert made.steps[0].argv[-1] == "--skip-docker"
    gentle = plan(target, find("smoke-gates"), {**NO_DOCKER, "skip-tests": "yes"})
    assert gentle.effect is Effect.WRITES_FILES
    assert made.argv[-1] == "--skip-docker"


def test_a_read_only_console_runs_no_bundle(
    root: Path, target_of: Callable[..., Target], scripts: Callable[[str, str], None]
) -> None:
    target = target_of(root, {"target.python": sys.executable, "ui.read_only": True})
    made = plan(target, find("smoke-gates"), NO_DOCKER)
    assert made.blocked == "the console is read-only (--read-only)"
    with pytest.raises(ConsoleError, match="read-only"):
        ran(target, NO_DOCKER)


def test_what_stands_in_a_steps_way_is_told_before_the_first_starts(
    root: Path, target: Target
) -> None:
    (root / "scripts" / "security_canary.py").unlink()
    made = plan(target, find("smoke-gates"), NO_DOCKER)
    assert made.blocked.startswith("Security canary: not in this installation")


def bundle_row(target: Target) -> tuple[str, str, str, str]:
    row = next(row for row in overview(target).rows if row.name == "smoke-gates")
    return row.last, row.state.value, row.next, row.stale


def test_the_list_tells_how_many_steps_hold_and_which_is_next(
    root: Path, target: Target, scripts: Callable[[str, str], None]
) -> None:
    assert bundle_row(target) == ("never", "info", "Release smoke", "")
    ran(target, {}, "security-canary")
    assert bundle_row(target) == ("1 of 2", "info", "Release smoke", "")
    scripts(BROKEN, CANARY)
    ran(target, NO_DOCKER)
    assert bundle_row(target) == ("failed, 1 of 2", "failing", "Release smoke", "")
    scripts(SMOKE, CANARY)
    ran(target, NO_DOCKER, "release-smoke")
    assert bundle_row(target) == ("passed", "ok", "", "")
    steps = detail(target, find("smoke-gates"), NO_DOCKER).steps
    assert [(step.name, step.holds) for step in steps] == [
        ("release-smoke", True),
        ("security-canary", True),
    ]
    ran(target, NO_DOCKER)
    (root / ".env").write_text("")
    stale = "Release smoke: .env changed since"
    assert bundle_row(target) == ("passed", "ok", "Release smoke", stale)
    assert detail(target, find("smoke-gates"), NO_DOCKER).expected is not None


@pytest.mark.usefixtures("scripts")
def test_all_steps_pass(target: Target) -> None:
    bundle = ran(target, NO_DOCKER)
    assert (bundle.verdict, bundle.evidence) == (Verdict.PASSED, "2 of 2 passed")
    smoke, canary = steps_of(target, bundle)
    assert [smoke.action, canary.action] == ["release-smoke", "security-canary"]
    assert smoke.parameters == {"skip-docker": "yes", "skip-tests": "no"}
    assert smoke.verdict is canary.verdict is Verdict.PASSED
    assert smoke.conditions and smoke.conditions == canary.conditions_after
    assert smoke.backups and not bundle.backups
    assert bundle.conditions is None
    lines = said(target, bundle)
    assert lines[0] == "═ 1 of 2, Release smoke: starts"
    assert "[release-smoke] SUCCESS" in lines
    assert lines[-1] == "2 of 2 passed"
    records = trail(target.state.audit, 20).records
    kinds = [(record["kind"], record["action"]) for record in reversed(records)]
    assert kinds == [
        ("started", "smoke-gates"),
        ("started", "release-smoke"),
        ("ended", "release-smoke"),
        ("started", "security-canary"),
        ("ended", "security-canary"),
        ("ended", "smoke-gates"),
    ]
    assert records[2]["confirmation"] == f"as a step of {bundle.id}"
    assert verify(target.state.audit).bad is None
    hold_writing(target, "Another").close()


def test_it_stops_at_the_failed_step_and_is_resumed_from_there(
    root: Path, target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(SMOKE, BROKEN)
    bundle = ran(target, NO_DOCKER)
    assert bundle.verdict is Verdict.FAILED
    assert bundle.evidence.startswith("1 of 2 passed; Security canary failed: it is broken")
    scripts(SMOKE, CANARY)
    again = ran(target, {**NO_DOCKER, "resume": "yes"})
    assert (again.verdict, again.evidence) == (Verdict.PASSED, "2 of 2 passed")
    assert [step.action for step in steps_of(target, again)] == ["security-canary"]
    assert any("passed before and still holds" in line for line in said(target, again))
    resumed = plan(target, find("smoke-gates"), {**NO_DOCKER, "resume": "yes"})
    assert resumed.blocked == "every step passed, and still holds: there is nothing to resume"
    assert plan(target, find("smoke-gates"), NO_DOCKER).steps
    (root / ".env").write_text("ORKET_API_KEY=another\n")
    stale = plan(target, find("smoke-gates"), {**NO_DOCKER, "resume": "yes"})
    assert [step.action.name for step in stale.steps] == ["release-smoke", "security-canary"]


def test_a_step_that_was_run_by_itself_counts_but_not_with_other_parameters(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(BROKEN, CANARY)
    ran(target, {}, "security-canary")
    scripts(SMOKE, CANARY)
    ran(target, {**NO_DOCKER, "skip-tests": "yes"}, "release-smoke")
    resumed = plan(target, find("smoke-gates"), {**NO_DOCKER, "resume": "yes"})
    assert [step.action.name for step in resumed.steps] == ["release-smoke"]


def test_it_goes_on_after_a_failure_when_told_so(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(BROKEN, CANARY)
    stopped = ran(target, NO_DOCKER)
    assert "0 of 2 passed; 1 not run; Release smoke failed" in stopped.evidence
    bundle = ran(target, {**NO_DOCKER, "keep-going": "yes"})
    assert bundle.verdict is Verdict.FAILED
    assert bundle.evidence.startswith("1 of 2 passed; Release smoke failed: it is broken")
    assert len(steps_of(target, bundle)) == 2


def test_output_that_tells_nothing_makes_the_bundle_unknown(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts("print('2 of 2 passed', end='')\n", CANARY)
    bundle = ran(target, NO_DOCKER)
    assert bundle.verdict is Verdict.UNKNOWN
    assert "Release smoke unknown" in bundle.evidence
    assert "2 of 2 passed" in said(target, bundle)


def test_steps_that_did_not_pass_under_the_same_conditions_say_nothing_together(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(SMOKE, f"open('.env', 'w').write('A=2')\n{CANARY}")
    bundle = ran(target, NO_DOCKER)
    assert bundle.verdict is Verdict.UNKNOWN
    assert bundle.evidence == (
        "2 of 2 passed, but not under the same conditions: Release smoke: .env changed since; "
        "Security canary: .env changed while it ran"
    )
    assert bundle_row(target)[0] == "unknown, 0 of 2"
    scripts(SMOKE, CANARY)
    assert ran(target, {**NO_DOCKER, "resume": "yes"}).verdict is Verdict.PASSED


async def test_cancelling_it_cancels_its_step(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(FOREVER, CANARY)
    run = await _in_its_first_step(target)
    assert bundle_row(target) == ("running 1 of 2", "info", "Release smoke", "")
    with pytest.raises(ConsoleError, match="only one action that writes"):
        hold_writing(target, "Another")
    ended = await asyncio.wait_for(end(target, run.record), LIMIT)
    assert ended.verdict is Verdict.CANCELLED
    (step,) = steps_of(target, ended)
    assert step.verdict is Verdict.CANCELLED
    assert not ended.survivors
    hold_writing(target, "Another").close()


async def test_nobody_else_writes_between_two_steps(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(SMOKE, FOREVER)
    refused = 0
    run = await start(target, plan(target, find("smoke-gates"), NO_DOCKER), None)
    while len(steps := steps_of(target, run.record)) < 2 or "begun" not in said(target, steps[1]):
        with pytest.raises(ConsoleError, match="only one action that writes"):
            await asyncio.to_thread(hold_writing, target, "Another")
        refused += 1
    assert refused
    assert steps[0].verdict is Verdict.PASSED
    ended = await asyncio.wait_for(end(target, run.record), LIMIT)
    assert ended.verdict is Verdict.CANCELLED


async def test_a_step_that_is_cancelled_by_itself_interrupts_the_bundle(
    target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(FOREVER, CANARY)
    run = await _in_its_first_step(target)
    await end(target, steps_of(target, run.record)[0])
    ended = await asyncio.wait_for(run.ended(), LIMIT)
    assert ended.verdict is Verdict.INTERRUPTED
    assert "1 not run; Release smoke cancelled" in ended.evidence


async def test_a_killed_sequencer_is_interrupted_and_its_step_goes_on(
    root: Path, target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(AWAIT_GO + SMOKE, CANARY)
    run = await _in_its_first_step(target)
    os.kill(run.record.pid or 0, signal.SIGKILL)
    ended = await asyncio.wait_for(run.ended(), LIMIT)
    assert (ended.verdict, ended.exit_status) == (Verdict.INTERRUPTED, -signal.SIGKILL)
    (step,) = steps_of(target, ended)
    assert step.running
    with pytest.raises(ConsoleError, match="runs since"):
        hold_writing(target, "Another")
    (root / "go").touch()
    await until(lambda: not load(target, step.id).running)
    assert load(target, step.id).verdict is Verdict.PASSED
    resumed = plan(target, find("smoke-gates"), {**NO_DOCKER, "resume": "yes"})
    assert [left.action.name for left in resumed.steps] == ["security-canary"]


async def test_a_sequencer_without_its_supervisor_starts_no_further_step(
    root: Path, target: Target, scripts: Callable[[str, str], None]
) -> None:
    scripts(AWAIT_GO + SMOKE, CANARY)
    run = await _in_its_first_step(target)
    sequencer = psutil.Process(run.record.pid or 0)
    os.kill(run.record.supervisor or 0, signal.SIGKILL)
    ended = await asyncio.wait_for(run.ended(), LIMIT)
    assert ended.verdict is Verdict.INTERRUPTED
    (root / "go").touch()
    await until(lambda: not sequencer.is_running() or sequencer.status() == "zombie")
    assert [step.action for step in steps_of(target, ended)] == ["release-smoke"]


async def _in_its_first_step(target: Target) -> Run:
    run = await start(target, plan(target, find("smoke-gates"), NO_DOCKER), lambda piece: None)

    def begun() -> bool:
        steps = steps_of(target, run.record)
        return bool(steps) and "begun" in said(target, steps[0])

    await until(begun)
    return run


def test_the_sequencer_runs_under_supervision_only(target: Target) -> None:
    with pytest.raises(ConsoleError, match="under supervision only"):
        within({})
    with pytest.raises(ConsoleError, match="not held"):
        within({"ORKET_CONSOLE_ACTION": "b", LENT: "999999"})
    with pytest.raises(ConsoleError, match="not held"):
        within({"ORKET_CONSOLE_ACTION": "b", LENT: "x"})
    assert within({"ORKET_CONSOLE_ACTION": "b", **lent([0, 1])}) == Within("b", (0, 1))
