"""What `/` and `e` look for among the items that are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.filter.text import in_line
from orket_console.logs.records import Item, Marker, Record

Sought = Callable[[Item], bool]


_NEAR: Final = 1_000
"""Records whose lines are made as they are shown, which takes ten times as long as reading them."""
_LONG: Final = 1 << 14
"""Bytes of a record that is not: all of it would be decoded."""


def mentions(text: str) -> Sought:
    """A test for items that hold `text`, as written or, the first ones tested, as shown.

    In any case. For one search: it is asked on the event loop, so the nearest items come first.
    """
    low, in_record = text.lower(), in_line(text)
    near = iter(range(_NEAR))

    def test(item: Item) -> bool:
        if isinstance(item, Marker):
            return low in item.sentence("").lower()
        if in_record(item.raw):
            return True
        if len(item.raw) > _LONG or next(near, None) is None:
            return False
        return low in item.what.lower()

    return test


def is_error(item: Item) -> bool:
    return isinstance(item, Record) and item.severity >= Severity.ERROR
