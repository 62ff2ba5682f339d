"""`g`: to a turn of the open run by its number, key, issue or time; and to a moment of any run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from orket_console.base.moments import moment
from orket_console.runs.goto import Goal, GoalError, parse_goal
from orket_console.runs.model import Run
from orket_console.runs.pick import run_at, turn_at
from orket_console.runs.sessions import list_runs
from orket_console.ui.screens.go_to_turn import GoToTurnScreen

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_AMONG: Final = 200
"""Runs among which the one of a moment is looked for."""


class Going:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane

    def ask(self) -> None:
        self._pane.app.push_screen(GoToTurnScreen(self._understand), self._go)

    def to_moment(self, at: datetime) -> None:
        """The run that went on then, at its last turn by then."""
        context = self._pane.context

        def find() -> Run | None:
            return run_at(list_runs(context.target, context.clock, _AMONG).runs, at)

        self._pane.load("moment", find, lambda run: self._open(run, at))

    def _open(self, run: Run | None, at: datetime) -> None:
        if run is not None:
            self._pane.reading.open(run.session, lambda opened: turn_at(opened.detail.turns, at))

    def _understand(self, text: str) -> Goal:
        """Among the turns that fit the filter; only where none does, among the others."""
        pane, listing = self._pane, self._pane.turns
        detail = pane.reading.detail
        try:
            return parse_goal(text, listing.turns, listing.order, self._moment)
        except GoalError:
            if not pane.filtering.expression or detail is None:
                raise
        goal = parse_goal(text, detail.turns, None, self._moment)
        return replace(goal, sentence=f"{goal.sentence}, and drops the filter")

    def _moment(self, text: str, until: datetime) -> datetime | None:
        return moment(text, until, local=not self._pane.context.is_utc)

    def _go(self, goal: Goal | None) -> None:
        if goal is not None:
            self._pane.stepping.come_to(goal.turn)
