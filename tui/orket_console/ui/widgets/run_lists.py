"""The two lists of the Runs tab, each narrowed by its filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.text import Text
from textual import events

from orket_console.runs.model import Issue, Run, RunDetail, RunPage, Turn
from orket_console.runs.narrow import narrow_runs
from orket_console.runs.pick import next_failed_run, next_turn
from orket_console.ui.context import UiContext
from orket_console.ui.literal import literal
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.run_rows import (
    ISSUE_KEY,
    run_columns,
    run_rows,
    runs_empty,
    turn_columns,
    turn_rows,
    turns_empty,
)

_ROOM: Final = 24
"""Columns that what a turn did needs, before its change of state is shown, too."""


class RunsListing(Listing):
    def __init__(self, context: UiContext) -> None:
        super().__init__(run_columns(()), id="runs-list")
        self._ui = context
        self._runs: Sequence[Run] = ()
        self._by_session: dict[str, Run] = {}

    def show_page(self, page: RunPage, expression: str) -> int:
        """The runs that fit the filter; how many there are of them."""
        self._runs = narrow_runs(page.runs, expression)
        self._by_session = {run.session: run for run in self._runs}
        self.set_columns(run_columns(self._runs))
        self.show(run_rows(self._runs, self._ui), runs_empty(page, expression))
        return len(self._runs)

    @property
    def run(self) -> Run | None:
        """The selected run."""
        return self._by_session.get(self.selected or "")

    def next_failed(self, step: int) -> Run | None:
        """The next run from the selected one on that is not well."""
        return next_failed_run(self._runs, self.selected or "", step)


class TurnsListing(Listing):
    """A run's turns in order of time, and after them its issues without turns."""

    def __init__(self) -> None:
        super().__init__(turn_columns((), (), wide=False), id="turns-list")
        self._turns: Sequence[Turn] = ()
        self._issues: Sequence[Issue] = ()
        self._empty_because = Text()

    def show_run(
        self, detail: RunDetail, turns: Sequence[Turn], expression: str, reading: str
    ) -> None:
        """A run's `turns` that fit the filter; `reading` tells what is still looked through."""
        self._turns = turns
        self._issues = () if expression else detail.issues
        self._empty_because = literal(reading) if reading else turns_empty(detail, expression)
        self._show_rows()

    def clear(self) -> None:
        """Hold no run's turns any more."""
        self._turns, self._issues = (), ()
        self._show_rows()

    def _show_rows(self) -> None:
        columns = turn_columns(self._turns, self._issues, wide=True)
        wide = self.size.width - sum((column.width or 0) + 1 for column in columns) > _ROOM
        self.set_columns(columns if wide else columns[:-1])
        self.show(turn_rows(self._turns, self._issues, wide=wide), self._empty_because)

    def on_resize(self, _event: events.Resize) -> None:
        self._show_rows()

    @property
    def turns(self) -> Sequence[Turn]:
        """Those that fit the filter."""
        return self._turns

    @property
    def turn(self) -> Turn | None:
        """The selected turn; None where the cursor is on an issue, or on nothing."""
        return None if self._at is None else self._turns[self._at]

    @property
    def at_hand(self) -> list[str]:
        """The paths of the turns on screen, and of the selected one."""
        return [*self.in_view, self.selected or ""]

    @property
    def issue(self) -> Issue | None:
        """The selected issue without turns."""
        selected = self.selected or ""
        return next((i for i in self._issues if ISSUE_KEY + i.issue == selected), None)

    @property
    def order(self) -> int | None:
        """The selected turn's place among those that fit the filter."""
        return self._at

    @property
    def near(self) -> Sequence[Turn]:
        """The turns that a step leads to: the one after, and the one before."""
        at = self._at
        if at is None:
            return self._turns[:1]
        return [*self._turns[at + 1 : at + 2], *self._turns[max(at - 1, 0) : at]]

    @property
    def position(self) -> str:
        """Where the selected turn stands: `turn 2 of 6`."""
        return "" if self._at is None else f"turn {self._at + 1} of {len(self._turns)}"

    def step(self, by: int) -> bool:
        """To the turn after or before; False at an end."""
        return self._come_to(0 if self._at is None else self._at + by)

    def step_to(self, wanted: Callable[[Turn], bool], by: int) -> bool:
        """To the next turn that is wanted, or the one before; False when there is none."""
        outside = -1 if by > 0 else len(self._turns)
        found = next_turn(self._turns, outside if self._at is None else self._at, by, wanted)
        if found is not None:
            self._come_to(found)
        return found is not None

    @property
    def _at(self) -> int | None:
        at = self._places.get(self.selected or "")
        return at if at is not None and at < len(self._turns) else None

    def _come_to(self, at: int) -> bool:
        return 0 <= at < len(self._turns) and self.select(self._turns[at].path)
