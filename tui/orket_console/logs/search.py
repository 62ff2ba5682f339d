"""What `/` and `e` look for among the items that are shown."""

from __future__ import annotations

from collections.abc import Callable

from orket_console.base.severity import Severity
from orket_console.logs.filter.text import in_line
from orket_console.logs.records import Item, Record

Sought = Callable[[Item], bool]


def mentions(text: str) -> Sought:
    """A test for items that hold `text`, as shown or as written, in any case."""
    low, in_record = text.lower(), in_line(text)

    def test(item: Item) -> bool:
        if isinstance(item, Record):
            return in_record(item.raw) or low in item.what.lower()
        return low in item.sentence("").lower()

    return test


def is_error(item: Item) -> bool:
    return isinstance(item, Record) and item.severity >= Severity.ERROR
