"""What findings about runs have in common: which runs, what proves it, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
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
REPLAY: Final = "replay the turn that failed"


def of(facts: Facts, rule: str) -> list[RunSeen]:
    """The runs whose cause is that rule, newest first."""
    return [one for one in facts.runs.runs if causes.cause_of(one) == rule]


def _is_settled(facts: Facts, one: RunSeen) -> bool:
    """Whether a later run of the same name went well."""
    begun = one.run.started
    return begun is not None and any(at > begun for at in _went_well(facts, one))


def _went_well(facts: Facts, one: RunSeen) -> Iterator[datetime]:
    """When the runs of the same name began that went well."""
    for other in facts.runs.runs:
        well = other.run.state is State.OK and other.run.name == one.run.name
        if one.run.name and well and other.run.started is not None:
            yield other.run.started


def unsettled(facts: Facts, runs: list[RunSeen]) -> list[RunSeen]:
    """Those of some runs that no later run settled; all of them where each is."""
    return [one for one in runs if not _is_settled(facts, one)] or runs


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
    """`conclusion`, `moments` and `steps` are about those of `runs` that are `unsettled`."""
    settled = sum(_is_settled(facts, one) for one in runs)
    if settled == len(runs):
        conclusion = f"{conclusion.rstrip('.')}; a later run of the same name went well."
        state = State.INFO
    elif settled:
        conclusion = f"{conclusion.rstrip('.')}; {settled} more went well when run again."
    times = [at for one in runs for at in (one.run.started, one.run.ended)]
    return Case(
        conclusion,
        _evidence(unsettled(facts, runs), moments),
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


def steps(facts: Facts, runs: list[RunSeen], *more: Step, replay: str = REPLAY) -> tuple[Step, ...]:
    """What to do next, the comparison with a good run of the same epic, and the replay of the
    newest turn that failed."""
    turn = next((found for one in runs if (found := turn_of(one))), None)
    return (
        *more,
        *_comparison(facts, runs[0]),
        *((Step(replay, turn.ref),) if turn and isinstance(turn.ref, TurnRef) else ()),
    )


def _comparison(facts: Facts, one: RunSeen) -> Iterator[Step]:
    begun, session = one.run.started, one.run.session
    if begun is not None and any(at < begun for at in _went_well(facts, one)):
        said = "it went well before: see which turn is the first to differ"
        yield Step(f"{said}, orket-console compare {session}", SessionRef(session))


def names(runs: list[RunSeen]) -> str:
    return seen.listed([one.run.session for one in runs])
