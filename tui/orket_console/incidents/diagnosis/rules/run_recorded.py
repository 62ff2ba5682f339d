"""What the ledger and the log tell of runs beside the cause that each failed for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orket_console.base.refs import LogFilterRef
from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Facts, Moment, RunSeen
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, Step
from orket_console.incidents.diagnosis.rule import Case
from orket_console.incidents.diagnosis.rules import run_causes as causes
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.run_case import case_of, names, of, steps


def stale(facts: Facts) -> Iterator[Case]:
    runs = of(facts, "stale-running")
    if not runs:
        return
    begun = [turn for one in runs for turn in one.begun]
    asked = ", whose last turn began and never ended" if begun else ""
    case = case_of(
        facts,
        runs,
        [moment for one in runs for moment in one.moments],
        f"{seen.plural(len(runs), 'run')} {'says' if len(runs) == 1 else 'say'} running, and "
        f"nothing works on {'it' if len(runs) == 1 else 'them'}: {names(runs)}{asked}.",
        steps(
            runs,
            Step("its rows stay so for ever: rerun the epic, nothing sets them right"),
            Step("on 0.3 a model that times out or refuses leaves just this: see whether it is up"),
        ),
        ("running", "no end"),
        state=State.DEGRADED,
        confidence=Confidence.LIKELY,
    )
    lines = tuple(
        Evidence(f"{turn.issue} #{turn.index} began, and did not end", turn.ref)
        for turn in begun[:3]
    )
    # A run that began long ago may have stopped just now.
    last = seen.latest([case.last, *(one.run.last_activity for one in runs)])
    yield replace(case, evidence=(*lines, *case.evidence), last=last)


def false_success(facts: Facts) -> Iterator[Case]:
    runs = of(facts, "false-success")
    if not runs:
        return
    empty = sum(one.run.turns == 0 for one in runs)
    how = f", {empty} without a single turn" if empty else ""
    yield case_of(
        facts,
        runs,
        [],
        f"{seen.plural(len(runs), 'run')} {'says' if len(runs) == 1 else 'say'} done though issues "
        f"were not{how}: {names(runs)}.",
        (
            Step("see in the run which issues were canceled or blocked, and by what"),
            Step("an issue whose seat has no role is canceled before any turn: check the team"),
        ),
        ("done", "no turn" if empty == len(runs) else "issue not done"),
        state=State.DEGRADED,
    )


def dependency(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if _blocked_by(one) and not causes.is_of_suite(one)]
    if not runs:
        return
    moments = [moment for one in runs for moment in _blocked_by(one)]
    yield case_of(
        facts,
        runs,
        moments,
        f"Issues could not begin because one they depend on did not get there: {names(runs)}.",
        steps(runs, Step("mend the first issue that was blocked; the rest follows from it")),
        ("dependency",),
        state=State.DEGRADED,
    )


def _blocked_by(one: RunSeen) -> list[Moment]:
    if not one.run.failed:
        return []
    return causes.with_event(one, "dependency_block_propagated")


def exhausted(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if _ran_out(one) and not causes.is_of_suite(one)]
    if not runs:
        return
    moments = [
        m
        for one in runs
        for m in causes.with_event(one, "catastrophic_failure", "turn_retry_exhausted")
    ]
    yield case_of(
        facts,
        runs,
        moments,
        f"All retries are used up: {seen.plural(len(runs), 'run')} gave up, {names(runs)}.",
        steps(
            runs,
            Step("retries do not help here: compare the attempts, each failed alike",
                 LogFilterRef("event:retry_triggered")),
        ),
        ("retries exhausted",),
    )  # fmt: skip


def _ran_out(one: RunSeen) -> bool:
    if not one.run.failed:
        return False
    if causes.with_event(one, "catastrophic_failure", "turn_retry_exhausted"):
        return True
    if "max retries exceeded" in one.run.failure_reason.lower():
        return True
    return any(
        issue.max_retries is not None and issue.retries is not None
        and 0 < issue.max_retries <= issue.retries and issue.status != "done"
        for issue in one.issues
    )  # fmt: skip
