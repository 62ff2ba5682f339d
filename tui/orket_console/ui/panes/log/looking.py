"""The record that is looked at: shown in full, copied, and led on from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from orket_console.base.clock import size
from orket_console.logs.detail import leads_to, pretty
from orket_console.ui.messages import Jump
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.log_detail import log_detail

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane

_EVERY: Final = 0.5
"""Seconds between two records in full while the newest is followed."""
_MOST_COPIED: Final = 100_000
"""Bytes that go to the clipboard: terminals drop longer OSC 52 sequences."""


class Looking:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._shown = 0.0
        self._waiting = False

    def show(self) -> None:
        """Bring the detail to the item that has the cursor."""
        pane = self._pane
        self._waiting = False
        self._shown = time.monotonic()
        current = pane.view.window.current
        if current is not None:
            pane.query_one(Detail).show(log_detail(current, pane.context, pane.redact))
        pane.refresh_bindings()

    def show_soon(self) -> None:
        """`show`, at once after a rest; while line after line comes, now and then."""
        rest = self._shown + _EVERY - time.monotonic()
        if rest <= 0:
            self.show()
        elif not self._waiting:
            self._waiting = True
            self._pane.set_timer(rest, self.show)

    def clear(self) -> None:
        self._pane.query_one(Detail).clear()

    def open(self) -> None:
        """Give the detail the keys, and at 80 columns the room of the list."""
        self._pane.add_class("-detail")
        self._pane.query_one(Detail).focus()

    def close(self) -> None:
        self._pane.remove_class("-detail")
        self._pane.view.focus()

    def lead(self) -> None:
        """Go to what the record is about."""
        record = self._pane.record
        ref = leads_to(record) if record is not None else None
        if ref is not None:
            self._pane.post_message(Jump(ref))

    def copy(self) -> None:
        pane = self._pane
        if pane.record is None:
            return
        text = pane.redact(pretty(pane.record)).encode("utf-8", "replace")
        pane.app.copy_to_clipboard(text[:_MOST_COPIED].decode("utf-8", "ignore"))
        cut = len(text) > _MOST_COPIED
        said = f"{size(_MOST_COPIED)} of {size(len(text))}, as terminals take no more"
        pane.app.notify(f"copied {said if cut else size(len(text))}", timeout=3)
