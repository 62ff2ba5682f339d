"""What several rules put into their findings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from orket_console.base.refs import ActionRef, LogFilterRef, ProbeRef
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.health.reading import Reading
from orket_console.incidents.diagnosis.facts import Facts, Moment
from orket_console.incidents.diagnosis.finding import Evidence, Step

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def probe(name: str, what: str) -> Evidence:
    return Evidence(what, ProbeRef(name))


def reading(one: Reading) -> Evidence:
    """A probe's reading by its title and state word, which say the same each time."""
    return Evidence(f"probe {one.title.partition(' :')[0]}: {one.word}", ProbeRef(one.probe))


def line(moment: Moment) -> tuple[Evidence, ...]:
    """The newest line of a moment."""
    ref = moment.newest or next(iter(moment.refs), None)
    if ref is None:
        return ()
    said = f": {shorten(moment.words, 90)}" if moment.words else ""
    return (Evidence(f"{moment.event}{said}", ref),)


def lines(moments: Iterable[Moment], most: int = 3) -> tuple[Evidence, ...]:
    """The newest line of each of some moments, of the newest `most` of these, in order."""
    in_order = sorted(moments, key=lambda one: (one.last_at is not None, one.last_at or _NEVER))
    found = [each for moment in in_order for each in line(moment)]
    return tuple(found[-most:])


def action(name: str, text: str) -> Step:
    return Step(text, ActionRef(name))


def in_log(expression: str, text: str) -> Step:
    return Step(text, LogFilterRef(expression))


def earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in times if at is not None), default=None)


def plural(count: int, noun: str) -> str:
    """`1 run`, `3 runs`, `2 deliveries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def listed(names: Iterable[str], most: int = 3) -> str:
    """`a, b and 4 more`."""
    every = list(names)
    shown = ", ".join(every[:most])
    return f"{shown} and {len(every) - most} more" if len(every) > most else shown


def ran_well_since(facts: Facts, at: datetime | None) -> bool:
    """Whether a run that began after that went well."""
    return at is not None and any(
        one.run.state is State.OK and one.run.started is not None and one.run.started > at
        for one in facts.runs.runs
    )
