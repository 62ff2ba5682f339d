"""Lines that are alike in one respect, counted, with examples. Bounded, and picklable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

EXAMPLES: Final = 3
MOST: Final = 5_000
OTHERS: Final = "(others)"
Timed = tuple[int, str, int]


@dataclass(slots=True)
class Alike:
    """How many; line number (from 0) and offset of the first few.

    `first` and `last` are the times, as written, of the first and the last line that has
    one, each behind its line number and before its offset.
    """

    count: int = 0
    lines: list[tuple[int, int]] = field(default_factory=list)
    first: Timed | None = None
    last: Timed | None = None

    def add(self, other: Alike, before: int = 0) -> None:
        """Count others of the log too, which may lie in between; their numbers grow by `before`."""
        self.count += other.count
        if len(self.lines) < EXAMPLES or other.lines[0][0] + before < self.lines[-1][0]:
            self.lines += [(line + before, offset) for line, offset in other.lines]
            self.lines.sort()
            del self.lines[EXAMPLES:]
        if other.first and other.last:
            first = (other.first[0] + before, *other.first[1:])
            last = (other.last[0] + before, *other.last[1:])
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)

    def seen(self, line: int, offset: int, time: str) -> None:
        """Count one more line, which comes after those that were counted."""
        self.count += 1
        if len(self.lines) < EXAMPLES:
            self.lines.append((line, offset))
        if time:
            self.last = (line, time, offset)
            self.first = self.first or self.last


Groups = dict[str, Alike]


def add(groups: Groups, what: str, alike: Alike, before: int = 0) -> None:
    """Add to the group `what`; past a bound of groups all new ones are one."""
    if what not in groups:
        if len(groups) >= MOST:
            what = OTHERS
        if what not in groups:
            groups[what] = Alike()
    groups[what].add(alike, before)
