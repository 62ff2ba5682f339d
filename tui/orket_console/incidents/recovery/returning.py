"""What came back after a clean pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.capture import seen_in
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
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.wants import is_red_by, is_there
from orket_console.target.target import Target

CAME_BACK: Final = "came back"
"""The turn of an incident whose failure was seen again after a clean pass."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A failure that came back after a clean pass; `at` is when it was seen again."""

    incident: Incident
    clean: RecoveryPass
    signature: str
    at: datetime

    def __str__(self) -> str:
        return (
            f"{self.signature} came back {self.at:%Y-%m-%d %H:%M:%S} UTC after the clean pass "
            f"{self.clean.number} of INC-{self.clean.incident}"
        )


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
    and a ledger that can't be used changes nothing.
    """
    path = target.state.ledger
    try:
        if target.read_only:
            store = Store(path, target.redactor(), "the console is read-only")
            return (repeats(store, looked) if path.exists() else []), ""
        if not path.exists() and not seen_in(looked.diagnosis):
            return [], ""
        store = open_ledger(target, clock)
        if store.read_only:
            return repeats(store, looked), store.notice
        return note_look(store, looked, clock.now(), by), store.notice
    except (ConsoleError, OSError):
        return [], ""


def repeats(store: Store, looked: Looked) -> list[Repeat]:
    """Failures that are there now and had a clean pass before: seen again later than that.

    Later by their evidence where that has a time, so that an old log line that is read again
    is none; by when they came up where a probe tells of them, or nothing dates them. Goes by
    the appearances that the ledger knows, this look's among them. One a failure: of its
    incidents the one that is open, else the newest.
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
    """The clean pass that ended last, of all incidents of these signatures."""
    clean = [
        each
        for one in incidents(store)
        if one.signature and one.signature in names
        for each in passes(store, one.id)
        if each.clean
    ]
    return max(clean, key=_ended, default=None)


def came_back(store: Store, incident: Incident) -> Turn | None:
    """The turn in which its failure came back after the last clean pass; None where it has
    not."""
    if not incident.signature:
        return None
    clean = last_clean(store, same_as(store, incident.signature))
    if clean is None:
        return None
    found = (one for one in turns(store, incident.id) if one.what == CAME_BACK)
    return next((one for one in found if one.at >= _ended(clean)), None)


def note_return(store: Store, repeat: Repeat, at: datetime, by: Who) -> Incident:
    """Write down once that it came back; the incident, open again if it was closed."""
    one = repeat.incident
    if one.closed is not None:
        one = reopen_incident(store, one.id, at, by, f"{repeat}")
    if came_back(store, one) is None:
        # Not before the clean pass, whatever the clock says: it came after it.
        turn = Turn(one.id, max(at, _ended(repeat.clean)), by, CAME_BACK, store.safe(f"{repeat}"))
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
    since = _ended(clean)
    came_up = {one.signature: one for one in sightings(store, names)}
    for finding in looked.diagnosis.findings:
        if finding.signature in names and is_there(finding, looked, since):
            at = _seen_at(finding, looked, came_up.get(finding.signature))
            if at is not None and at > since:
                return Repeat(incident, clean, finding.signature, at)
    return None


def _seen_at(finding: Finding, looked: Looked, came_up: Sighting | None) -> datetime | None:
    if finding.last is not None and not is_red_by(finding, looked):
        return finding.last
    return came_up.at if came_up else None


def _ended(of: RecoveryPass) -> datetime:
    assert of.ended is not None  # noqa: S101  only what has ended is judged
    return of.ended
