"""Filters of the Log tab: typed, taken from a record, or named elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orket_console.logs.filter import FilterError, parse_filter
from orket_console.logs.seek import Place
from orket_console.ui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane


class Filtering:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane

    @property
    def expression(self) -> str:
        """The filter in force, as it was written."""
        return self._pane.reading.shown.filter.expression

    @property
    def bar(self) -> FilterBar:
        return self._pane.query_one("#log-filter", FilterBar)

    def apply(self, expression: str) -> None:
        """Put a filter in force, held still at the record that is looked at, if one is.

        One that can't be read is given back to be mended, and changes nothing.
        """
        pane = self._pane
        try:
            wanted = parse_filter(expression)
        except FilterError as error:
            pane.tell(str(error))
            self.bar.keep(expression)
            self.bar.open()
            self.bar.cursor_position = error.column - 1
            return
        record = None if pane.view.following else pane.record
        if record is None:
            pane.reading.begin(wanted, None)
        else:
            pane.reading.begin(wanted, Place.before(record))
            if wanted.wants(record):
                pane.reading.want(record.ref)

    def add(self, part: str | None) -> None:
        """Narrow the filter in force by a part of an expression; None changes nothing."""
        if part is None:
            return
        before = self.expression
        if " or " in before.lower():
            before = f"({before})"
        self.apply(f"{before} {part}".strip())
