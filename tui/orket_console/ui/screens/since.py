"""The moment after which a pattern is new, in one line."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.base.moments import EXAMPLES, moment
from orket_console.ui.context import UiContext
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog


class SinceScreen(Dialog[tuple[datetime | None] | None]):
    """Ends with a moment in a tuple, `(None,)` for the last minutes, or None if left.

    `here` is the time of the line that is looked at; `.` stands for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="since.cancel"),
    ]

    def __init__(self, context: UiContext, here: datetime | None) -> None:
        super().__init__()
        self._ui = context
        self._here = here

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--bottom"):
            yield Static(self._hint(), id="since-help")
            yield Input(placeholder=EXAMPLES, id="since-input", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value.strip()
        at = self._moment(typed)
        if not typed:
            said = self._hint()
        elif at is None:
            said = literal(f"{typed} is no time: such as {EXAMPLES}", "yellow")
        else:
            said = literal(f"New is what was never seen before {self._ui.day_and_time(at)}")
        self.query_one("#since-help", Static).update(said)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        at = self._moment(typed)
        if at is not None or not typed:
            self.dismiss((at,))

    def _moment(self, typed: str) -> datetime | None:
        if typed == ".":
            return self._here
        return moment(typed, self._ui.clock.now(), local=not self._ui.is_utc)

    def _hint(self) -> Text:
        here = ""
        if self._here is not None:
            here = f", . the selected line's {self._ui.day_and_time(self._here)}"
        return literal(f"New since when? Enter alone: the last 10 minutes{here}", "dim")
