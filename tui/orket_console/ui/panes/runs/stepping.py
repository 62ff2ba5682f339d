"""Stepping through the open run: by turn, failure and tool call; all obey the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orket_console.runs.pick import first_failure
from orket_console.ui.widgets.turn_panel import TurnPanel

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane


class Stepping:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane

    def turn(self, step: int) -> None:
        self._pane.turns.step(step)
        # Now, and not when the list tells of it: a frame could come in between.
        self._pane.showing.turn()

    def failure(self, step: int) -> None:
        """The next failed turn of this run; then of the next run that is not well."""
        pane = self._pane
        in_list = pane.level == "runs"
        if not in_list and pane.turns.step_to_failure(step):
            return
        detail = pane.reading.detail
        if not in_list and detail is not None and detail.pending:
            self._say(f"no failure so far, {detail.pending} turns are still being read")
            return
        run = pane.runs.next_failed(step)
        if run is None:
            self._say("no further failure")
        elif in_list:
            pane.runs.select(run.session)
        else:
            pane.reading.open(run.session, lambda run: first_failure(run.judge().turns, step))

    def call(self) -> None:
        """The next tool call: of this turn, else of the next turn that made one."""
        if self._pane.query_one(TurnPanel).next_call() or self._pane.turns.step_to_call():
            return
        self._say("no tool call after this one")

    def _say(self, text: str) -> None:
        self._pane.app.notify(text, markup=False, timeout=2)
