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
from orket_console.incidents.diagnosis.rules.run_case import case_of, names, of, steps, unsettled


def stale(facts: Facts) -> Iterator[Case]:
    runs = of(facts, "stale-running")
    if not runs:
        return
    current = unsettled(facts, runs)
    begun = [turn for one in current for turn in one.begun]
    asked = ", whose last turn began and never ended" if begun else ""
    case = case_of(
        facts,
        runs,
        [moment for one in current for moment in one.moments],
        f"{seen.plural(len(current), 'run')} {'says' if len(current) == 1 else 'say'} running, and "
        f"nothing works on {'it' if len(current) == 1 else 'them'}: {names(current)}{asked}.",
        steps(
            facts,
            current,
            Step("its rows stay so for ever: rerun the epic, nothing sets them right"),
            Step("on 0.3 a model that times out or refuses leaves just this: see whether it is up"),
            replay="replay the turn that it stopped in",
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
    current = unsettled(facts, runs)
    empty = sum(one.run.turns == 0 for one in current)
    how = f", {empty} without a single turn" if empty else ""
    yield case_of(
        facts,
        runs,
        [],
        f"{seen.plural(len(current), 'run')} {'says' if len(current) == 1 else 'say'} done though "
        f"issues were not{how}: {names(current)}.",
        (
            Step("see in the run which issues were canceled or blocked, and by what"),
            Step("an issue whose seat has no role is canceled before any turn: check the team"),
        ),
        ("done", "no turn" if empty == len(current) else "issue not done"),
        state=State.DEGRADED,
    )


def dependency(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if _blocked_by(one) and not causes.is_of_suite(one)]
    if not runs:
        return
    current = unsettled(facts, runs)
    moments = [moment for one in current for moment in _blocked_by(one)]
    yield case_of(
        facts,
        runs,
        moments,
        f"Issues could not begin because one they depend on did not get there: {names(current)}.",
        steps(
            facts, current, Step("mend the first issue that was blocked; the rest follows from it")
        ),
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
    current = unsettled(facts, runs)
    moments = [
        m
        for one in current
        for m in causes.with_event(one, "catastrophic_failure", "turn_retry_exhausted")
    ]
    yield case_of(
        facts,
        runs,
        moments,
        f"All retries are used up: {seen.plural(len(current), 'run')} gave up, {names(current)}.",
        steps(
            facts,
            current,
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
