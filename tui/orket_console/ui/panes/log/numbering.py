"""Line numbers for records that were shown before their log was indexed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from orket_console.logs.indexing import Indexed
from orket_console.logs.records import Record

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane


class Numbering:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._seen = Indexed()
        self._asked: tuple[Record, Callable[[int], None]] | None = None

    def look(self, indexed: Indexed) -> None:
        """Number what is kept, whenever the logs are indexed further to their ends."""
        if indexed == self._seen or not indexed.whole:
            return
        self._seen = indexed
        items = self._pane.view.window.items
        records = [each for each in items if isinstance(each, Record) and each.ref.line is None]
        if records:
            numbers = self._pane.reading.live.indexing.numbers
            self._pane.load("numbers", lambda: numbers(records), self._put)
        if self._asked is not None:
            self.of(*self._asked)

    def of(self, record: Record, then: Callable[[int], None]) -> None:
        """Hand on the line number of a record that is not kept, once its log is indexed so far.

        Of several the last one that was asked for.
        """
        numbers = self._pane.reading.live.indexing.numbers
        self._asked = record, then

        def put(found: dict[tuple[str, int], int]) -> None:
            for number in found.values():
                self._asked = None
                then(number)

        self._pane.load("number", lambda: numbers([record]), put)

    def _put(self, numbers: dict[tuple[str, int], int]) -> None:
        view = self._pane.view
        before = view.window.current
        if view.window.number(numbers):
            view.refresh()
        if view.window.current is not before:
            self._pane.looking.show()
