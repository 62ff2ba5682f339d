"""`g` in the runs: one line for a turn's number, key, issue or time; it says what it understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.runs.goto import EXAMPLES, Goal, GoalError
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog


class GoToTurnScreen(Dialog[Goal | None]):
    """Ends with a goal, or None. `understand` raises `GoalError`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="go-to.cancel"),
    ]

    def __init__(self, understand: Callable[[str], Goal]) -> None:
        super().__init__()
        self._understand = understand

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--bottom"):
            yield Static(self._answer(""), id="go-to-help")
            yield Input(placeholder=EXAMPLES, id="go-to-input", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#go-to-help", Static).update(self._answer(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(self._understand(event.value))
        except GoalError as error:
            self.query_one("#go-to-help", Static).update(literal(str(error), "yellow"))

    def _answer(self, typed: str) -> Text:
        if not typed.strip():
            return literal("Go to a turn by its number, key, issue or time", "dim")
        try:
            return literal(f"Enter goes to {self._understand(typed).sentence}")
        except GoalError as error:
            return literal(str(error), "yellow")
