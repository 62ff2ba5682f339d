"""What findings about runs have in common: which runs, what proves it, what comes next."""

from __future__ import annotations

from typing import Final

from orket_console.base.refs import SessionRef, TurnRef
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import Facts, Moment, RunSeen
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, Step
from orket_console.incidents.diagnosis.rule import Case
from orket_console.incidents.diagnosis.rules import run_causes as causes
from orket_console.incidents.diagnosis.rules import seen

_RUNS_SHOWN: Final = 12
_REPLAY: Final = "replay the turn that failed"


def of(facts: Facts, rule: str) -> list[RunSeen]:
    """The runs whose cause is that rule, newest first."""
    return [one for one in facts.runs.runs if causes.cause_of(one) == rule]


def _is_settled(facts: Facts, one: RunSeen) -> bool:
    """Whether a later run of the same name went well."""
    return any(
        later.run.name == one.run.name
        and later.run.state is State.OK
        and later.run.started is not None
        and one.run.started is not None
        and later.run.started > one.run.started
        for later in facts.runs.runs
        if one.run.name
    )


def newest_open(facts: Facts, runs: list[RunSeen]) -> RunSeen:
    """The newest of some runs that no later run settled; the newest of all where each is."""
    return next((one for one in runs if not _is_settled(facts, one)), runs[0])


def case_of(
    facts: Facts,
    runs: list[RunSeen],
    moments: list[Moment],
    conclusion: str,
    steps: tuple[Step, ...],
    essence: tuple[str, ...],
    *,
    state: State = State.FAILING,
    confidence: Confidence = Confidence.CERTAIN,
) -> Case:
    open_ones = [one for one in runs if not _is_settled(facts, one)]
    if not open_ones:
        conclusion = f"{conclusion.rstrip('.')}; a later run of the same name went well."
        state = State.INFO
    times = [at for one in runs for at in (one.run.started, one.run.ended)]
    return Case(
        conclusion,
        _evidence(open_ones or runs, moments),
        steps,
        state=state,
        confidence=confidence,
        since=seen.earliest(times),
        last=seen.latest(times),
        count=len(runs),
        subjects=tuple(one.run.session for one in runs),
        essence=essence,
    )


def _evidence(runs: list[RunSeen], moments: list[Moment]) -> tuple[Evidence, ...]:
    """The turns that failed, first; then lines of the log; then the runs themselves."""
    turns = [turn_of(one) for one in runs[:3]]
    shown = [Evidence(f"run {one.run.name or one.run.session}", SessionRef(one.run.session))
             for one in runs[:_RUNS_SHOWN]]  # fmt: skip
    return (*(turn for turn in turns if turn), *seen.lines(moments), *shown)


def turn_of(one: RunSeen) -> Evidence | None:
    """The turn that a run failed at."""
    ref = one.run.failing or (one.turns[-1].ref if one.turns else None)
    if ref is None:
        return None
    why = one.run.failing_why or (one.turns[-1].why if one.turns else "")
    return Evidence(shorten(why, 120) or "the turn that failed", ref)


def steps(runs: list[RunSeen], *more: Step) -> tuple[Step, ...]:
    """What to do next, and the replay of the newest turn that failed."""
    turn = next((found for one in runs if (found := turn_of(one))), None)
    replay = (Step(_REPLAY, turn.ref),) if turn and isinstance(turn.ref, TurnRef) else ()
    return (*more, *replay)


def names(runs: list[RunSeen]) -> str:
    return seen.listed([one.run.session for one in runs])
