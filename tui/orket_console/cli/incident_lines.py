"""How an incident is told in lines: its steps, what is lacking, what came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.model import PassStep, StepState
from orket_console.incidents.overview import closed_by
from orket_console.incidents.recovery.doing import How, how_of
from orket_console.incidents.recovery.returning import Repeat
from orket_console.incidents.recovery.worked import Tried
from orket_console.target.target import Target

_MARKS: Final = {
    StepState.OPEN: " ",
    StepState.CLOSED: "●",
    StepState.BY_HAND: "▲",
    StepState.SKIPPED: "·",
}
ESCALATE: Final = "the runbook asks for an escalation: orket-console incident escalate"
Hows = Mapping[int, How]
"""How each open step is done, by its id."""


def hows_of(
    target: Target,
    steps: Iterable[PassStep],
    findings: tuple[Finding, ...] = (),
    done: Round | None = None,
) -> Hows:
    found = ((step.id, how_of(target, step, findings, done)) for step in steps)
    return {number: how for number, how in found if how is not None}


def step_documents(steps: Iterable[PassStep], hows: Hows) -> list[dict[str, Any]]:
    """The steps, each open one with how it is done."""
    return [{**msgspec.to_builtins(one), "how": hows.get(one.id)} for one in steps]


def step_lines(steps: Iterable[PassStep], hows: Hows, tried: Iterable[Tried] = ()) -> Iterator[str]:
    """A line a step; below an open one how it is done, and how often that helped before."""
    before = {one.key: one for one in tried}
    for step in steps:
        mark = f" {_MARKS[step.state]} {step.position:>2}"
        yield f"{mark} {step.title:<48} {closed_by(step)}".rstrip()
        if step.state is StepState.OPEN:
            yield from (f"      {line}" for line in _how(hows.get(step.id)))
            if worked := before.get(step.key):
                yield f"      before: {worked.clean} of {worked.tried} passes with it were clean"


def _how(how: How | None) -> Iterator[str]:
    if how is not None and how.command:
        yield how.command
    if how is not None and how.shows:
        yield f"see {', '.join(how.shows)}"


def repeat_documents(repeats: Iterable[Repeat]) -> list[dict[str, Any]]:
    return [
        {
            "incident": one.incident.name,
            "signature": one.signature,
            "at": one.at,
            "clean_pass": one.clean.number,
            "clean_pass_of": f"INC-{one.clean.incident}",
        }
        for one in repeats
    ]


def repeat_lines(repeats: Iterable[Repeat]) -> Iterator[str]:
    for one in repeats:
        yield f"▲ REPEAT {one.incident.name}: {one}"
        yield f"  {ESCALATE}"
