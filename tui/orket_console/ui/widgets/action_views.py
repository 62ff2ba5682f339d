"""The list of actions, and what stands beside it: the plan, an output, or the history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import ContentSwitcher, Static

from orket_console.ui.action_runs import Reading
from orket_console.ui.widgets.action_text import (
    HISTORY_COLUMNS,
    LIST_COLUMNS,
    SHORT_COLUMNS,
    heading,
    others_text,
    short_row,
)
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.listing import Listing, Row
from orket_console.ui.widgets.output_view import OutputView

PLAN: Final = "action-plan"
OUTPUT: Final = "action-output"
HISTORY: Final = "action-history"


_ROOM: Final = 76
"""Columns of the screen that the list needs to say what each action does."""


class ActionList(Listing):
    """A row an action. `obstacle` says why the selected one can't be run, empty when it can."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "run", key_display="↵", id="actions.run"),
    ]

    def __init__(self, obstacle: Callable[[], str]) -> None:
        super().__init__(LIST_COLUMNS, id="action-list")
        self._obstacle = obstacle

    def show_actions(self, rows: Sequence[Row], empty: Text) -> None:
        """In all columns where there is room for them."""
        if self.size.width < _ROOM:
            self.set_columns(SHORT_COLUMNS)
            self.show([short_row(row) for row in rows], empty)
        else:
            self.set_columns(LIST_COLUMNS)
            self.show(rows, empty)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "choose" and self._obstacle() else True


class ActionViews(Container):
    """One of three views at a time."""

    DEFAULT_CSS = """
    ActionViews ContentSwitcher { height: 1fr; }
    ActionViews #action-plan { height: 1fr; }
    ActionViews #actions-running { height: auto; padding: 0 1; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._headed = ""

    def compose(self) -> ComposeResult:
        yield Static(id="actions-running", markup=False)
        with ContentSwitcher(initial=PLAN):
            yield Detail(id=PLAN)
            yield OutputView(id=OUTPUT)
            yield Listing(HISTORY_COLUMNS, id=HISTORY)

    @property
    def record_at_cursor(self) -> str:
        """The id of the run that is looked at; empty while the plan is."""
        if self.view == HISTORY:
            return self.query_one(Listing).selected or ""
        reading = self.reading
        return reading.record.id if reading is not None else ""

    @property
    def view(self) -> str:
        """Which is in view: PLAN, OUTPUT or HISTORY."""
        return self.query_one(ContentSwitcher).current or PLAN

    @property
    def reading(self) -> Reading | None:
        """Whose output is in view."""
        return self.query_one(OutputView).reading if self.view == OUTPUT else None

    def turn_to(self, view: str) -> None:
        self.query_one(ContentSwitcher).current = view

    def focus_view(self) -> None:
        """Give the keys to what is in view."""
        if self.view == OUTPUT:
            self.query_one(OutputView).lines.focus()
        elif self.view == HISTORY:
            self.query_one(Listing).focus()

    def leave(self) -> bool:
        """Drop what is selected or looked for in the output in view; whether there was any."""
        return self.view == OUTPUT and self.query_one(OutputView).leave()

    def show_plan(self, content: RenderableType, *, keep_place: bool) -> None:
        self.query_one(f"#{PLAN}", Detail).show(content, keep_place=keep_place)

    def show_history(self, rows: Sequence[Row], empty: Text) -> None:
        self.query_one(Listing).show(rows, empty)

    def show_output(self, reading: Reading, line: str = "") -> None:
        self.turn_to(OUTPUT)
        self.query_one(OutputView).show(reading, line)
        self.keep_up()

    def show_running(self, readings: Sequence[Reading]) -> None:
        """What runs, where that is more than one."""
        line = self.query_one("#actions-running", Static)
        line.display = len(readings) > 1
        if line.display:
            line.update(others_text(readings, self.reading))

    def keep_up(self) -> None:
        """Bring the output in view up to date: its lines, and how far it is."""
        reading = self.reading
        if reading is None:
            return
        view = self.query_one(OutputView)
        view.keep_up()
        head = heading(reading, view.place)
        if head.markup != self._headed:
            self._headed = head.markup
            view.head(head)
