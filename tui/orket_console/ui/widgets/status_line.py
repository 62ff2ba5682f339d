"""The first line, the same everywhere: target, worst state, whether it is read-only, clock."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text
from textual.widget import Widget

from orket_console.base.state import State
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell


class StatusLine(Widget):
    def __init__(self, context: UiContext) -> None:
        super().__init__(id="status-line")
        self._ui = context
        self._state = State.UNKNOWN
        self._summary = "? looking …"

    def on_mount(self) -> None:
        self.set_interval(1.0, self.refresh)

    def show(self, state: State, summary: str) -> None:
        self._state = state
        self._summary = summary
        self.refresh()

    def render(self) -> Table:
        target, ui = self._ui.target, self._ui
        left = Text(" ", no_wrap=True, end="")
        left.append_text(cell(f"orket {target.identity.version or '?'}", "bold")).append(" ")
        left.append_text(cell(str(target.path)))
        middle = cell(self._summary, STATE_STYLES[self._state])
        right = Text(end="", no_wrap=True)
        if target.read_only:
            right.append("read-only  ", "yellow")
        right.append(f"{ui.time_of_day(ui.clock.now())} {ui.zone_name} ", "dim")
        grid = Table.grid(expand=True, padding=(0, 1))
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        grid.add_column(no_wrap=True, overflow="ellipsis", max_width=34)
        grid.add_column(no_wrap=True, justify="right")
        grid.add_row(left, middle, right)
        return grid
