"""One line of text that the operator adds to something."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog


class NoteScreen(Dialog[str | None]):
    """Ends with the note, which may be empty, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="note.cancel"),
    ]

    def __init__(self, question: str, note: str, longest: int) -> None:
        super().__init__()
        self._question = question
        self._note = note
        self._longest = longest

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--bottom"):
            yield Static(literal(self._question, "dim"))
            yield Input(
                self._note,
                placeholder="Enter keeps it, a note or none; Escape gives up",
                max_length=self._longest,
                compact=True,
                select_on_focus=False,
            )

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())
