"""`g`: to a turn of the open run by its number, key, issue or time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from orket_console.base.moments import moment
from orket_console.runs.goto import Goal, GoalError, parse_goal
from orket_console.ui.screens.go_to_turn import GoToTurnScreen

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane


class Going:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane

    def ask(self) -> None:
        self._pane.app.push_screen(GoToTurnScreen(self._understand), self._go)

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
