"""The filters of the Runs tab: one for the list of runs, one for the turns of the open run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orket_console.runs.model import Turn
from orket_console.runs.narrow import narrow_turns
from orket_console.ui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane


class Filtering:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane

    @property
    def expression(self) -> str:
        """The filter of turns in force, as it was written."""
        return self._bar("turns").expression

    @property
    def of_runs(self) -> str:
        """The filter of runs in force, as it was written."""
        return self._bar("runs").expression

    def ask(self) -> None:
        self._bar("runs" if self._pane.level == "runs" else "turns").open()

    def applied(self) -> None:
        self._pane.showing.focus()
        self._pane.showing.runs()
        self._pane.showing.turns()

    def let_through(self, turn: Turn | None) -> None:
        """Drop the filter if it would hide a turn that is to be shown."""
        if turn is not None and not narrow_turns([turn], self.expression):
            self._bar("turns").keep("")

    def _bar(self, name: str) -> FilterBar:
        return self._pane.query_one(f"#{name}-filter", FilterBar)
