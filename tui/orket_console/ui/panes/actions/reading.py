"""The output of a run, of now or kept, and the history of an action."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from orket_console.actions.after import After, after
from orket_console.actions.records import History, Record, history, load
from orket_console.base.refs import Ref
from orket_console.ui.action_runs import Reading, reading_of
from orket_console.ui.literal import literal
from orket_console.ui.messages import Jump
from orket_console.ui.screens.action_leads import ActionLeadsScreen
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

    def open_record(self, record_id: str, line: str = "") -> None:
        """Show what a run printed, at a line of it, or where its verdict's evidence stands."""

        def opened(reading: Reading) -> None:
            self._pane.select(reading.record.action)
            self.show(reading, line)

        if (watched := self._pane.running.runs.by_id(record_id)) is not None:
            opened(watched)
        else:
            self._pane.load("record", partial(self._kept, record_id), opened)

    def _kept(self, record_id: str) -> Reading:
        target = self._pane.context.target
        return reading_of(target, load(target, record_id))

    def show(self, reading: Reading, line: str = "") -> None:
        self._pane.views.show_output(reading, line)
        self._pane.turn_to(OUTPUT)

    def with_record(self, record_id: str, then: Callable[[Record], None]) -> None:
        """Read a record, and go on with it."""
        self._pane.load("record", partial(load, self._pane.context.target, record_id), then)

    def turn_over(self, step: int) -> None:
        """Show the next of those that run."""
        running = self._pane.running.runs.running()
        shown = self._pane.views.reading
        if running:
            at = running.index(shown) + step if shown in running else 0
            reading = running[at % len(running)]
            self._pane.select(reading.record.action)
            self.show(reading)

    def open_evidence(self, record_id: str) -> None:
        """Go to what bears a verdict out: at once where there is one such place."""
        target = self._pane.context.target

        def found() -> After | None:
            return after(target, load(target, record_id), history(target))

        self._pane.load("evidence", found, self._lead)

    def _lead(self, found: After | None) -> None:
        leads = found.leads if found is not None else ()
        if not leads:
            self._pane.tell("nothing else bears it out: its output is empty")
        elif len(leads) == 1:
            self._pane.post_message(Jump(leads[0].ref))
        else:
            self._pane.app.push_screen(ActionLeadsScreen(leads), self._led)

    def _led(self, ref: Ref | None) -> None:
        if ref is not None:
            self._pane.post_message(Jump(ref))

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
