"""What was found in a log, or in a span of it: picklable, bounded, and merged in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from orket_console.base.severity import Severity
from orket_console.logs.report import groups
from orket_console.logs.report.groups import Alike, Groups
from orket_console.logs.report.kinds import Section
from orket_console.logs.report.times import Times
from orket_console.logs.report.upstream import Counts, add

POSITIONS: Final = 100
"""Malformed lines whose place is kept."""
MOST_TURNS: Final = 10_000
MOST_MOMENTS: Final = 5_000
MOST_UNITS: Final = 50_000
"""Turns and sessions that are known to have a `turn_failed`."""
_SOME: Final = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """A line, numbered from 0, and what is the matter with it."""

    line: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that began: its line, and the model it was given to. Names are sanitised."""

    session: str
    issue: str
    index: int
    role: str
    model: str
    line: int
    offset: int
    time: str


class MomentKey(NamedTuple):
    """What lines of one kind tell of one thing; `turn` is 0 for none. As written, but bounded."""

    event: str
    kind: str
    words: str
    session: str
    issue: str
    turn: int
    role: str


@dataclass(slots=True)
class Found:
    """Line numbers count from 0, from the beginning of what was read.

    `open_turns` began and did not end, `ended` are the keys of all that ended; `modelless`
    are failures of turns whose beginning was not seen, by turn. `unit_failures` are failures
    other than `turn_failed`, by event and by what they belong to (`units` of `kinds`), and
    `failed_units` those that have a `turn_failed`: so many as `forgotten_at` when room was made
    for others. `moments` are noted by a `MomentJob` alone, the newest of them.
    """

    lines: int = 0
    passed: int = 0
    events: Counts = field(default_factory=dict)
    types: Counts = field(default_factory=dict)
    roles: Counts = field(default_factory=dict)
    stops: Fault | None = None
    malformed_count: int = 0
    malformed: list[Fault] = field(default_factory=list)
    severities: Counter[Severity] = field(default_factory=Counter)
    times: Times = field(default_factory=Times)
    sections: dict[Section, Groups] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    open_turns: dict[str, Turn] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    modelless: Groups = field(default_factory=dict)
    failed_units: set[str] = field(default_factory=set)
    forgotten_at: int = 0
    unit_failures: dict[tuple[str, str], Alike] = field(default_factory=dict)
    moments: dict[MomentKey, Alike] = field(default_factory=dict)

    def note(self, section: Section, what: str, alike: Alike, before: int = 0) -> None:
        groups.add(self.sections.setdefault(section, {}), what, alike, before)

    def fault(self, fault: Fault) -> None:
        self.malformed_count += 1
        if len(self.malformed) < POSITIONS:
            self.malformed.append(fault)

    def stop(self, line: int, offset: int, why: str) -> None:
        """Upstream's script stops there; the first such line counts."""
        if why and self.stops is None:
            self.stops = Fault(line, offset, why)

    def announce(self, units: Iterable[str]) -> None:
        """These have a `turn_failed`; past a bound no more are kept, which `is_cut` tells."""
        for unit in units:
            if len(self.failed_units) >= MOST_UNITS:
                return
            self.failed_units.add(unit)

    @property
    def is_cut(self) -> bool:
        """Whether it can't be told any more what has a `turn_failed`."""
        return len(self.failed_units) >= MOST_UNITS

    def fail_unit(self, event: str, unit: str, alike: Alike, before: int = 0) -> None:
        """Count a failure of a unit, unless that has a `turn_failed` as far as is known."""
        if unit in self.failed_units:
            return
        key = (event, unit)
        if key not in self.unit_failures and len(self.unit_failures) >= groups.MOST:
            self._make_room()
            if len(self.unit_failures) >= groups.MOST:
                key = (event, groups.OTHERS)
        self.unit_failures.setdefault(key, Alike()).add(alike, before)

    def _make_room(self) -> None:
        """Forget failures of what turned out to have a `turn_failed`, once there are some."""
        if len(self.failed_units) - self.forgotten_at < _SOME:
            return
        self.forgotten_at = len(self.failed_units)
        known = self.unit_failures.items()
        self.unit_failures = {k: v for k, v in known if k[1] not in self.failed_units}

    def note_moment(self, key: MomentKey, alike: Alike, before: int = 0) -> None:
        # Taken out and put in again, so that those last seen are last.
        known = self.moments.pop(key, None) or Alike()
        known.add(alike, before)
        self.moments[key] = known
        if len(self.moments) > MOST_MOMENTS:
            del self.moments[next(iter(self.moments))]

    def merge(self, later: Found) -> Found:
        """Add what comes right after; `self` begins where the log begins."""
        before = self.lines
        add(self.events, later.events.items())
        add(self.types, later.types.items())
        add(self.roles, later.roles.items())
        if later.stops:
            self.stop(later.stops.line + before, later.stops.offset, later.stops.what)
        for fault in later.malformed[: POSITIONS - len(self.malformed)]:
            self.malformed.append(Fault(fault.line + before, fault.offset, fault.what))
        self.malformed_count += later.malformed_count
        self.severities.update(later.severities)
        self.times.merge(later.times)
        for section, found in later.sections.items():
            for what, alike in found.items():
                self.note(section, what, alike, before)
        self._merge_turns(later, before)
        self.announce(later.failed_units)
        for (event, unit), alike in later.unit_failures.items():
            self.fail_unit(event, unit, alike, before)
        for key, alike in later.moments.items():
            self.note_moment(key, alike, before)
        self.lines += later.lines
        self.passed += later.passed
        return self

    def _merge_turns(self, later: Found, before: int) -> None:
        for key, alike in later.modelless.items():
            turn = self.open_turns.get(key)
            if turn and turn.model:
                self.note(Section.MODEL, turn.model, alike, before)
        for key in later.ended:
            self.open_turns.pop(key, None)
        for key, turn in later.open_turns.items():
            if key in self.open_turns or len(self.open_turns) < MOST_TURNS:
                self.open_turns[key] = replace(turn, line=turn.line + before)
