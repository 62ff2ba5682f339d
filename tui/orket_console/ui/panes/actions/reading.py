"""The output of a run, of now or kept, and the history of an action."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from orket_console.actions.records import History, history, load
from orket_console.ui.action_runs import Reading, reading_of
from orket_console.ui.literal import literal
from orket_console.ui.widgets.action_text import history_row
from orket_console.ui.widgets.action_views import HISTORY, OUTPUT

if TYPE_CHECKING:
    from orket_console.ui.panes.actions.pane import ActionsPane


class Outputs:
    def __init__(self, pane: ActionsPane) -> None:
        self._pane = pane

    def open(self) -> None:
        """The output of the selected action: of the run that is watched, else of the last."""
        if reading := self._pane.running.runs.of(self._pane.selected):
            self.show(reading)
        elif record := self._pane.last_record:
            self.open_record(record)

    def open_record(self, record_id: str) -> None:
        self._pane.load("record", partial(self._kept, record_id), self.show)

    def _kept(self, record_id: str) -> Reading:
        target = self._pane.context.target
        return reading_of(target, load(target, record_id))

    def show(self, reading: Reading) -> None:
        self._pane.views.show_output(reading)
        self._pane.turn_to(OUTPUT)

    def open_history(self) -> None:
        self._pane.turn_to(HISTORY)
        self.read_history()

    def read_history(self) -> None:
        self._pane.load("history", partial(history, self._pane.context.target), self._show_history)

    def _show_history(self, kept: History) -> None:
        pane, name = self._pane, self._pane.selected
        records = [record for record in kept.records if record.action == name]
        rows = [history_row(pane.context, record) for record in records]
        empty = f"{pane.title_of(name)} was not run yet: esc, then ↵ runs it"
        pane.views.show_history(rows, literal(empty))
