"""One row of the timeline, and which rows are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from orket_console.base.refs import Ref
from orket_console.base.state import State

WIDEST: Final = 300
"""Characters of what an entry says; the whole of it is where it leads to."""


class Kind(StrEnum):
    LOG = "log"
    TURN = "turn"
    DELIVERY = "delivery"
    PROBE = "probe"
    FINDING = "finding"
    ACTION = "action"
    GATE = "gate"
    INCIDENT = "incident"
    """Opened, taken over, a pass begun or ended, escalated, closed, reopened."""
    STEP = "step"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Entry:
    """`what` is one line, sanitised; `ref` is where it can be opened, None where nowhere.

    `quiet` tells that it went well: a turn or a delivery that nobody asks for in an incident.
    """

    at: datetime
    kind: Kind
    state: State
    what: str
    ref: Ref | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A source looked through much and found little: it goes on, before `at`, when asked again."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of these kinds and states (all where none is named), with every word.

    `incident` keeps other incidents' rows out. With `quiet` also what went well.
    """

    kinds: frozenset[Kind] = frozenset()
    states: frozenset[State] = frozenset()
    words: tuple[str, ...] = ()
    incident: int | None = None
    quiet: bool = False

    def has_kind(self, kind: Kind) -> bool:
        return not self.kinds or kind in self.kinds

    def takes(self, entry: Entry) -> bool:
        if not self.has_kind(entry.kind) or (entry.quiet and not self.quiet):
            return False
        if self.states and entry.state not in self.states:
            return False
        text = f"{entry.kind} {entry.state} {entry.what} {entry.ref or ''}".casefold()
        return all(word in text for word in self.words)


def parse_words(text: str) -> tuple[str, ...]:
    """What an operator typed: every word must be in an entry, whatever its case."""
    return tuple(text.casefold().split())
