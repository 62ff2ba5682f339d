"""`g`: one line for a line number, a share or a moment; it says what it understood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.logs.goto import EXAMPLES, Goal, GoalError, Here, parse_goal
from orket_console.ui.context import UiContext
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog


class GoToScreen(Dialog[Goal | None]):
    """Ends with a goal, or None. `here` says from where, whenever something is typed: what is
    looked at may still be read when this opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="go-to.cancel"),
    ]

    def __init__(self, context: UiContext, here: Callable[[], Here]) -> None:
        super().__init__()
        self._ui = context
        self._here_now = here

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--bottom"):
            yield Static(self._hint(), id="go-to-help")
            yield Input(placeholder=EXAMPLES, id="go-to-input", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#go-to-help", Static).update(self._answer(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(parse_goal(event.value, self._here_now()))
        except GoalError as error:
            self.query_one("#go-to-help", Static).update(literal(str(error), "yellow"))

    def _answer(self, typed: str) -> Text:
        if not typed.strip():
            return self._hint()
        try:
            goal = parse_goal(typed, self._here_now())
        except GoalError as error:
            return literal(str(error), "yellow")
        return literal(f"Enter goes to {goal.sentence(self._day_and_time)}")

    def _hint(self) -> Text:
        source = self._here_now().source
        whose = f"of {source.name}" if source is not None else "of a log, its name before it"
        return literal(f"Go to a line or a share {whose}, or to a time in all logs", "dim")

    def _day_and_time(self, at: datetime) -> str:
        return f"{self._ui.day_and_time(at)} {self._ui.zone_name}"
