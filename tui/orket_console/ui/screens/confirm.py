"""Asking before something is changed: one key of its own, which no paste can press."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail

ALONE: Final = 0.25
"""Seconds without another key that make a key press a person's."""
_HINT: Final = "y yes, do it   esc no"
_FRAME: Final = 2


def fit(screen: Dialog[bool]) -> None:
    """Give the text of a question the room that the rest of its dialog leaves."""
    detail = screen.query_one(Detail)
    screen.query_one(".dialog").styles.max_height = "100%"
    others = sum(one.outer_size.height for one in detail.siblings)
    detail.styles.max_height = max(screen.size.height - others - _FRAME, 3)


def unread(detail: Detail) -> str:
    """How much of a text is still below; empty where it is all on screen."""
    below = round(detail.max_scroll_y - detail.scroll_y)
    return f"   {below} more line{'s' if below > 1 else ''} below: ↓" if below > 0 else ""


class ConfirmScreen(Dialog[bool]):
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
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(self._heading, "bold"), markup=False)
            yield Detail()
            yield Static(id="confirm-hint", markup=False)

    def on_mount(self) -> None:
        detail = self.query_one(Detail)
        detail.show(self._body)
        self.watch(detail, "scroll_y", self._say)
        self.watch(detail, "virtual_size", self._say)

    def on_resize(self) -> None:
        fit(self)
        self._say()

    def _say(self) -> None:
        """What the keys do, what is wrong, and how much is still to be read."""
        hint = literal(f"{_HINT}{unread(self.query_one(Detail))}", "bold")
        if self._problem:
            hint.append_text(literal(f"\n{self._problem}", "bold yellow"))
        self.query_one("#confirm-hint", Static).update(hint)
        self.call_after_refresh(fit, self)

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
        self._problem = text
        self._say()

    def _confirm(self) -> None:
        self.dismiss(result=True)

    def action_refuse(self) -> None:
        self.dismiss(result=False)
