"""`:`: one line to jump anywhere."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.base.refs import Ref
from orket_console.ui.jump import EXAMPLES, parse_jump
from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog


class JumpScreen(Dialog[Ref | str | None]):
    """Ends with a place, a tab's title, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel", id="jump.cancel"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--bottom"):
            yield Static(Text("   ".join(EXAMPLES), style="dim"), id="jump-help")
            yield Input(value=":", id="jump-input", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self.dismiss(parse_jump(event.value))
        except ValueError as error:
            self.query_one("#jump-help", Static).update(literal(str(error), "yellow"))
