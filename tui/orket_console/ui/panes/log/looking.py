"""The record that is looked at: shown in full, compared, copied, and led on from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from orket_console.base.refs import Ref
from orket_console.logs.detail import RecordDetail, as_written, detail_of, pretty
from orket_console.logs.difference import Difference, differences
from orket_console.logs.leads import Lead, leads_of
from orket_console.logs.previous import Previous, previous_of
from orket_console.logs.records import Item, Marker, Record
from orket_console.ui.literal import literal
from orket_console.ui.messages import Jump
from orket_console.ui.panes.log.copying import copy
from orket_console.ui.widgets.record_rows import Shown, difference_lines, heading_lines
from orket_console.ui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane

_EVERY: Final = 1.0
"""Seconds between two records in full while the newest is followed."""
_AT_ONCE: Final = 64 << 10
"""Bytes of a record that are decoded at once; a longer one is, in a thread."""


class Looking:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._compared: Record | None = None
        self._shown_at = 0.0
        self._waiting = False

    @property
    def view(self) -> RecordView:
        return self._pane.query_one(RecordView)

    def show(self) -> None:
        """Bring the detail to the item that has the cursor."""
        current = self._pane.view.window.current
        self._shown_at, self._waiting = time.monotonic(), False
        self._compared = None
        if isinstance(current, Marker):
            self._show_marker(current)
        elif current is not None:
            self._show_record(current)
        self._pane.refresh_bindings()

    def show_soon(self) -> None:
        """`show`, at once after a rest; while line after line comes, now and then."""
        rest = self._shown_at + _EVERY - time.monotonic()
        if rest <= 0:
            self.show()
        elif not self._waiting:
            self._waiting = True
            self._pane.set_timer(rest, self._show_late)

    def show_again(self) -> None:
        """The same record, as it is to look now; a comparison tells no times, and stays."""
        if self._compared is None:
            self.show()

    def _show_late(self) -> None:
        if self._waiting:
            self.show()

    def clear(self) -> None:
        self.view.clear()

    def open(self) -> None:
        """Give the detail the keys, and at 80 columns the room of the list."""
        self._pane.add_class("-detail")
        self.view.focus()

    def close(self) -> None:
        """Leave a comparison, else the detail."""
        if self._compared is not None:
            self.show()
        else:
            self._pane.remove_class("-detail")
            self._pane.view.focus()

    # -- what the record says

    def _show_marker(self, marker: Marker) -> None:
        at = self._pane.context.day_and_time(marker.at) if marker.at else ""
        self.view.show_lines([Shown(literal(marker.sentence(at), "cyan"))])

    def _show_record(self, record: Record) -> None:
        if len(record.raw) <= _AT_ONCE:
            self._show_detail(record, detail_of(record))
        else:
            self.view.show_lines([Shown(literal("reading …", "dim"))])
            self._pane.load(
                "detail", lambda: detail_of(record), lambda detail: self._still(record, detail)
            )

    def _still(self, record: Record, detail: RecordDetail) -> None:
        if self._is_current(record) and self._compared is None:
            self._show_detail(record, detail)

    def _show_detail(self, record: Record, detail: RecordDetail) -> None:
        pane = self._pane
        head = heading_lines(record, detail, pane.appearance.when, pane.redact)
        self.view.show_tree(head, detail.content)

    def _is_current(self, record: Record) -> bool:
        current: Item | None = self._pane.view.window.current
        return current is record

    # -- against the one before it

    def compare(self) -> None:
        """What differs from the previous record of the same template; again: the record."""
        record = self._pane.record
        if record is None:
            return
        if self._compared is not None:
            self.show()
            return
        self._pane.view.pause()
        self._compared, self._waiting = record, False
        self.view.show_lines([Shown(literal("looking for the one before it …", "dim"))])
        self._pane.load(
            "previous",
            lambda: _compared(record),
            lambda found: self._show_difference(record, *found),
        )

    def _show_difference(
        self, record: Record, previous: Previous, found: tuple[Difference, ...]
    ) -> None:
        if self._compared is record:
            self.view.show_lines(difference_lines(record, previous, found, self._pane.redact))

    # -- to other places

    def lead(self) -> None:
        """Go to the nearest place that the record names."""
        if leads := self._leads():
            self._go(leads[0].ref)

    def choose_lead(self) -> None:
        """Ask to which of the places that the record names to go."""
        if leads := self._leads():
            from orket_console.ui.screens.leads import LeadsScreen

            self._pane.app.push_screen(LeadsScreen(leads), self._go)

    def _leads(self) -> tuple[Lead, ...]:
        record = self._pane.record
        return leads_of(record) if record is not None else ()

    def _go(self, ref: Ref | None) -> None:
        if ref is not None:
            self._pane.post_message(Jump(ref))

    # -- to the clipboard

    def copy_pretty(self) -> None:
        if (record := self._pane.record) is not None:
            copy(self._pane, record, "json", lambda: self._pane.redact(pretty(record)))

    def copy_raw(self) -> None:
        if (record := self._pane.record) is not None:
            copy(self._pane, record, "line", lambda: as_written(record, self._pane.redact))


def _compared(record: Record) -> tuple[Previous, tuple[Difference, ...]]:
    previous = previous_of(record)
    if previous.record is None:
        return previous, ()
    found = differences(previous.record.content(), record.content())
    # The time always differs, and the heading says by how much.
    return previous, tuple(each for each in found if each.path != "timestamp")
