"""Filters of the Log tab: typed, taken from a record, or named elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from orket_console.logs.filter import FilterError, Surroundings, parse_filter, surroundings_of
from orket_console.logs.look import Face
from orket_console.logs.records import Record
from orket_console.logs.seek import Place
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.log_filter import LogFilter

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane


_QUICK: Final = 1 << 14
"""Bytes of a line that any filter is done with at once."""


class Filtering:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane

    @property
    def expression(self) -> str:
        """The filter in force, as it was written."""
        return self._pane.reading.shown.filter.expression

    @property
    def bar(self) -> FilterBar:
        return self._line.bar

    @property
    def _line(self) -> LogFilter:
        return self._pane.query_one(LogFilter)

    def surroundings(self) -> Surroundings:
        """What an expression means now: its times are in the zone that is shown."""
        context = self._pane.context
        around = surroundings_of(context.target.settings, context.clock)
        other = self._pane.is_mounted and self._pane.view.look.face is Face.OTHER
        return replace(around, local=not around.local) if other else around

    def records(self) -> Sequence[Record]:
        """The records that are kept for the view, newest first."""
        items = self._pane.view.window.items
        return [item for item in reversed(items) if isinstance(item, Record)]

    def apply(self, expression: str) -> None:
        """Put a filter in force, held still at the record that is looked at, if one is.

        One that can't be read is given back to be mended, with what is wrong, and changes nothing.
        """
        pane = self._pane
        try:
            wanted = parse_filter(expression, self.surroundings())
        except FilterError as error:
            self._line.begin(expression)
            self.bar.cursor_position = error.column - 1
            return
        record = None if pane.view.following else pane.record
        if record is None:
            pane.reading.begin(wanted, None)
        else:
            pane.reading.begin(wanted, Place.before(record))
            # A long line may take a regular expression long, and the keys wait here.
            if len(record.raw) <= _QUICK and wanted.wants(record):
                pane.reading.want(record.ref)
        self._line.remember(wanted.expression, pane.context.target.redactor)

    def choose_named(self) -> None:
        """Open the bar at the filters that are kept under a name."""
        self._line.begin("@")

    def offer(self, record: Record, *, leave_out: bool) -> None:
        """Ask which of a record's values to filter on."""
        from orket_console.ui.screens.only_this import OnlyThisScreen

        screen = OnlyThisScreen(record, self._pane.reading.shown.filter, leave_out=leave_out)
        self._pane.app.push_screen(screen, self._take)

    def _take(self, expression: str | None) -> None:
        if expression is not None:
            self.apply(expression)
