"""The first line, the same everywhere: target, worst state, incident, whether it is read-only,
clock."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual.widget import Widget

from orket_console.base.state import State
from orket_console.base.text import clean
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, literal

_TARGET: Final = 26
"""Columns that the name of the target has at least."""


class StatusLine(Widget):
    def __init__(self, context: UiContext) -> None:
        super().__init__(id="status-line")
        self._ui = context
        self._state = State.UNKNOWN
        self._summary = "? looking …"
        self._incident = ""
        self._came_back = False

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        # Behind a dialog every change would redraw the whole screen.
        if self.screen.is_current:
            self.refresh()

    def show(self, state: State, summary: str) -> None:
        self._state = state
        self._summary = summary
        self.refresh()

    def show_incident(self, word: str, *, came_back: bool) -> None:
        """`INC-3 pass 1`, empty while none is open; and whether its failure came back after a
        clean pass."""
        if (word, came_back) != (self._incident, self._came_back):
            self._incident, self._came_back = word, came_back
            self.refresh()

    def render(self) -> Text:
        ui = self._ui
        right = Text(end="", no_wrap=True)
        if self._incident:
            right.append_text(literal(self._incident, "bold"))
            right.append("  ▲ REPEAT" if self._came_back else "", "bold yellow").append("   ")
        if ui.target.distrust:
            right.append(f"{ui.target.distrust.partition(':')[0]}   ", "bold red")
        elif ui.target.read_only:
            right.append("read-only   ", "yellow")
        right.append(f"{ui.time_of_day(ui.clock.now())} {ui.zone_name} ", "dim")
        summary = literal(self._summary, STATE_STYLES[self._state])
        # What is said of the state gives way first: a tab tells it all.
        summary.truncate(
            max(self.size.width - right.cell_len - _TARGET - 4, _TARGET), overflow="ellipsis"
        )
        right = Text(" ", end="").append_text(summary).append("   ").append_text(right)
        left = Text(" ", end="", no_wrap=True)
        left.append_text(cell(f"orket {ui.target.identity.version or '?'}", "bold")).append(" ")
        room = self.size.width - right.cell_len - left.cell_len - 1
        left.append_text(cell(_end_of(str(ui.target.path), room)))
        left.truncate(max(self.size.width - right.cell_len, 0), pad=True, overflow="ellipsis")
        return left.append_text(right)


def _end_of(path: str, room: int) -> str:
    """The path, or as much of its end as there is room for: there the names differ."""
    shown = clean(path)
    return shown if len(shown) <= room else "…" + shown[-max(room - 1, 1) :]
