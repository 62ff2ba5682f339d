"""The items that a screen keeps: a bounded stretch of the stream, and where the cursor is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from orket_console.base.refs import LogRef
from orket_console.logs.records import Item, Record

MOST_ITEMS: Final = 10_000
MOST_BYTES: Final = 16 << 20
"""Raw bytes of all kept records together."""
_COST: Final = 200
"""Bytes that an item counts beside its raw ones."""
_JOINT: Final = 1_000
"""Items next to a page that it may repeat."""


class Window:
    """A stretch of items, oldest first. `cursor` is an index, -1 in an empty one.

    `cut_above` and `cut_below` tell that items which were here have been let go, so that a
    page in that direction must begin at this end and not where the last page ended.
    """

    def __init__(self, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> None:
        self._most_items = most_items
        self._most_bytes = most_bytes
        self._bytes = 0
        self.items: list[Item] = []
        self.cursor = -1
        self.cut_above = False
        self.cut_below = False

    def __len__(self) -> int:
        return len(self.items)

    @property
    def current(self) -> Item | None:
        return self.items[self.cursor] if self.items else None

    @property
    def full(self) -> bool:
        return len(self.items) >= self._most_items or self._bytes >= self._most_bytes

    def clear(self) -> None:
        self.items = []
        self.cursor = -1
        self._bytes = 0
        self.cut_above = self.cut_below = False

    def add_older(self, items: Sequence[Item]) -> int:
        """Put a page before the others; by how much all of them moved down."""
        new = _without(items, self.items[:_JOINT])
        self.items[:0] = new
        self._count(new, 1)
        self.cursor = self.cursor + len(new) if self.cursor >= 0 else len(self.items) - 1
        while len(self.items) > len(new) and self._over(len(self.items)):
            self._count([self.items.pop()], -1)
            self.cut_below = True
        self.cursor = min(self.cursor, len(self.items) - 1)
        return len(new)

    def add_newer(self, items: Sequence[Item], *, page: bool) -> int:
        """Put items behind the others; by how much all of them moved up, to make room."""
        new = _without(items, self.items[-_JOINT:]) if page else list(items)
        self.items += new
        self._count(new, 1)
        moved = max(len(self.items) - self._most_items, 0)
        self._count(self.items[:moved], -1)
        while self._bytes > self._most_bytes and moved < len(self.items) - 1:
            self._count([self.items[moved]], -1)
            moved += 1
        if moved:
            del self.items[:moved]
            self.cut_above = True
        self.cursor = max(self.cursor - moved, 0) if self.items else -1
        return moved

    def first_record(self) -> Record | None:
        return next((item for item in self.items if isinstance(item, Record)), None)

    def last_record(self) -> Record | None:
        return next((item for item in reversed(self.items) if isinstance(item, Record)), None)

    def index_of(self, ref: LogRef) -> int | None:
        """Where the record of a line is, latest first: a rotated log has each offset again."""
        for index in range(len(self.items) - 1, -1, -1):
            item = self.items[index]
            if isinstance(item, Record) and item.ref.path == ref.path and _same_line(item.ref, ref):
                return index
        return None

    def number(self, numbers: Mapping[tuple[str, int], int]) -> bool:
        """Give records without one their line number, by path and offset; whether any got one."""
        changed = False
        for index, item in enumerate(self.items):
            if isinstance(item, Record) and item.ref.line is None:
                number = numbers.get((item.ref.path, item.ref.offset))
                if number is not None:
                    ref = LogRef(item.ref.path, item.ref.offset, number)
                    self.items[index] = replace(item, ref=ref)
                    changed = True
        return changed

    def next_index(self, step: int, wanted: Callable[[Item], bool]) -> int | None:
        """The nearest wanted item above (-1) or below (1) the cursor."""
        stop = -1 if step < 0 else len(self.items)
        for index in range(self.cursor + step, stop, step):
            if wanted(self.items[index]):
                return index
        return None

    def _over(self, kept: int) -> bool:
        return kept > self._most_items or self._bytes > self._most_bytes

    def _count(self, items: Sequence[Item], sign: int) -> None:
        self._bytes += sign * sum(map(_cost, items))


def _cost(item: Item) -> int:
    return _COST + len(item.raw) if isinstance(item, Record) else _COST


def _same_line(one: LogRef, other: LogRef) -> bool:
    if other.offset == 0 and other.line and other.line > 1:
        return one.line == other.line
    return one.offset == other.offset


def _without(items: Sequence[Item], near: Sequence[Item]) -> list[Item]:
    """`items` without those that stand at the joint already."""
    there = {(r.source, r.ref.offset, r.at) for r in near if isinstance(r, Record)}
    return [
        item
        for item in items
        if not isinstance(item, Record) or (item.source, item.ref.offset, item.at) not in there
    ]
