"""Asking before something is changed: one key of its own, which no paste can press."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from orket_console.ui.literal import literal
from orket_console.ui.widgets.detail import Detail

ALONE: Final = 0.25
"""Seconds without another key that make a key press a person's."""
_HINT: Final = "y yes, do it   esc no"


class ConfirmScreen(ModalScreen[bool]):
    """Ends with True only after `y` pressed alone.

    A bracketed paste is no key at all, and is ignored. Where the terminal sends a paste as
    keys they come together: `y` counts when no other key came just before or after it. Enter
    does nothing, since it is what brought the operator here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "refuse", "no", id="confirm.no"),
    ]
    AUTO_FOCUS = "Detail"

    def __init__(self, title: str, body: RenderableType) -> None:
        super().__init__()
        self._heading = title
        self._body = body
        self._pressed: Timer | None = None
        self._quiet_at = 0.0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(self._heading, "bold"), markup=False)
            yield Detail()
            yield Static(literal(_HINT, "bold"), id="confirm-hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Detail).show(self._body)

    def on_key(self, event: events.Key) -> None:
        alone = self._pressed is None and event.time >= self._quiet_at
        self._quiet_at = event.time + ALONE
        if self._pressed is not None:
            self._pressed.stop()
            self._pressed = None
        if event.key == "y":
            event.stop()
            if alone:
                self._pressed = self.set_timer(ALONE, self._confirm)
                return
        if event.key == "y" or not alone:
            self._hint("that came together with other keys, like a paste: press y alone")

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._hint("a paste never confirms: press y")

    def _hint(self, text: str) -> None:
        self.query_one("#confirm-hint", Static).update(literal(f"{_HINT}   {text}", "bold yellow"))

    def _confirm(self) -> None:
        self.dismiss(result=True)

    def action_refuse(self) -> None:
        self.dismiss(result=False)
