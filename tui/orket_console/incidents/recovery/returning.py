"""What came back after a clean pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.incidents.ledger.capture import seen_in
from orket_console.incidents.ledger.clocks import set_back
from orket_console.incidents.ledger.incidents import (
    incidents,
    reopen_incident,
    turned,
    turns,
)
from orket_console.incidents.ledger.model import Incident, RecoveryPass, Sighting, Turn, Who
from orket_console.incidents.ledger.passes import passes
from orket_console.incidents.ledger.signatures import record_look, same_as, sightings
from orket_console.incidents.ledger.store import Store, open_ledger
from orket_console.incidents.ledger.writings import DRAFTED
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.wants import is_red_by, is_there
from orket_console.target.target import Target

CAME_BACK: Final = "came back"
"""The turn of an incident whose failure was seen again after a clean pass."""
_NO_WAIT: Final = 0.1
"""Seconds: what another console writes in passing takes less."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A failure that came back after a clean pass; `at` is when it was seen again."""

    incident: Incident
    clean: RecoveryPass
    signature: str
    at: datetime

    def __str__(self) -> str:
        said = (
            f"{self.signature} came back {self.at:%Y-%m-%d %H:%M:%S} UTC after the clean pass "
            f"{self.clean.number} of INC-{self.clean.incident}"
        )
        if self.clean.ended is None or self.at > self.clean.ended:
            return said
        return f"{said} of {self.clean.ended:%H:%M:%S} UTC: the clock was set back meanwhile"


def note_look(store: Store, looked: Looked, at: datetime, by: Who) -> list[Repeat]:
    """Remember what a look saw, and what of it came back after a clean pass: that is written
    down, and its incident open again."""
    record_look(store, seen_in(looked.diagnosis), looked.done.at)
    found = repeats(store, looked)
    return [replace(one, incident=note_return(store, one, at, by)) for one in found]


def look_quietly(target: Target, clock: Clock, looked: Looked, by: Who) -> tuple[list[Repeat], str]:
    """`note_look` for a command that is not about incidents: what came back, and what the
    operator should know of the ledger.

    No ledger is made where nothing is wrong, nothing is written by a console that is read-only,
    and a ledger that can't be used is told of and not waited for.
    """
    path = target.state.ledger
    try:
        if target.read_only:
            store = Store(path, target.redactor(), target.read_only_why)
            return (repeats(store, looked) if path.exists() else []), ""
        if not path.exists() and not seen_in(looked.diagnosis):
            return [], ""
        store = open_ledger(target, clock, _NO_WAIT)
        notice = store.notice or set_back(store, clock.now())
        if store.read_only:
            return repeats(store, looked), notice
        return note_look(store, looked, clock.now(), by), notice
    except (ConsoleError, OSError) as error:
        why = error.what if isinstance(error, ConsoleError) else error.strerror
        return [], f"what came back is not told, for the ledger can't be asked: {why}"


def repeats(store: Store, looked: Looked) -> list[Repeat]:
    """Failures that are there now and had a clean pass before: seen again later than that.

    Later by their evidence where that has a time, so that an old log line that is read again
    is none (`marks.is_later`); by when the ledger came to know that they came up where a probe
    tells of them, or nothing dates them: this look's appearances are among those that it knows.
    One a failure: of its incidents the one that is open, else the newest.
    """
    found: list[Repeat] = []
    told: set[frozenset[str]] = set()
    # Open ones first, then the newest.
    for incident in incidents(store):
        names = same_as(store, incident.signature) if incident.signature else frozenset()
        if not names or names in told:
            continue
        told.add(names)
        clean = last_clean(store, names)
        if clean is not None and (repeat := _repeat(store, incident, clean, names, looked)):
            found.append(repeat)
    return found


def last_clean(store: Store, names: frozenset[str]) -> RecoveryPass | None:
    """The clean pass that ended last, of all incidents of these signatures: by the order of the
    ledger, for the clock may have been set back between two."""
    clean = [
        each
        for one in incidents(store)
        if one.signature and one.signature in names
        for each in passes(store, one.id)
        if each.clean
    ]
    return max(clean, key=_in_order, default=None)


def came_back(store: Store, incident: Incident) -> Turn | None:
    """The turn in which its failure came back after the last clean pass; None where it has
    not."""
    if not incident.signature:
        return None
    clean = last_clean(store, same_as(store, incident.signature))
    if clean is None:
        return None
    found = (one for one in turns(store, incident.id) if one.what == CAME_BACK)
    return next((one for one in found if _is_after(one, clean)), None)


def is_due(store: Store, incident: Incident) -> bool:
    """Whether the runbook asks for an escalation: its failure came back after a clean pass, and
    none was drafted since."""
    back = came_back(store, incident)
    if back is None:
        return False
    return not any(one.what == DRAFTED and one.id > back.id for one in turns(store, incident.id))


def note_return(store: Store, repeat: Repeat, at: datetime, by: Who) -> Incident:
    """Write down once that it came back; the incident, open again if it was closed."""
    one = repeat.incident
    if one.closed is not None:
        one = reopen_incident(store, one.id, at, by, f"{repeat}")
    if came_back(store, one) is None:
        turn = Turn(one.id, at, by, CAME_BACK, store.safe(f"{repeat}"))
        with store.writing() as connection:
            turned(connection, turn)
    return one


def _repeat(
    store: Store,
    incident: Incident,
    clean: RecoveryPass,
    names: frozenset[str],
    looked: Looked,
) -> Repeat | None:
    since, mark = _ended(clean), clean.ended_mark
    # The newest of each.
    came_up = {one.signature: one for one in sightings(store, names)}
    for finding in looked.diagnosis.findings:
        if finding.signature not in names or not is_there(finding, looked, since, mark):
            continue
        if finding.last is not None and not is_red_by(finding, looked):
            # Its newest evidence may be dated as older than evidence of before.
            at = finding.last if finding.last > since else looked.done.at
            return Repeat(incident, clean, finding.signature, at)
        newest = came_up.get(finding.signature)
        if newest is not None and _came_up_after(newest, clean):
            return Repeat(incident, clean, finding.signature, newest.at)
    return None


def _came_up_after(newest: Sighting, clean: RecoveryPass) -> bool:
    if clean.ended_mark is None:
        return newest.at > _ended(clean)
    return newest.id > clean.ended_mark.sighting


def _is_after(turn: Turn, clean: RecoveryPass) -> bool:
    return turn.at >= _ended(clean) if clean.ended_mark is None else turn.id > clean.ended_mark.turn


def _in_order(clean: RecoveryPass) -> tuple[int, datetime]:
    """What was not marked was judged before what was."""
    return clean.ended_mark.turn if clean.ended_mark else 0, _ended(clean)


def _ended(of: RecoveryPass) -> datetime:
    assert of.ended is not None  # noqa: S101  only what has ended is judged
    return of.ended
