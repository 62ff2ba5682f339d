"""Asking before a process is stopped or a database changed: the installation's name, typed."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from orket_console.actions.confirmation import Confirmation
from orket_console.ui.literal import literal
from orket_console.ui.screens.confirm import ALONE, fit, unread
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail

APART: Final = 0.02
"""Seconds between two keys, on the whole, below which they weren't typed one by one."""
_HINT: Final = "enter do it   esc no   ↑ ↓ read on"


class TypedName(Input):
    """Takes keys, and no paste in any form."""

    class Pasted(Message):
        """Something was to be pasted."""

    def __init__(self) -> None:
        super().__init__(compact=True)
        self.cursor_blink = False
        self._times: list[float] = []

    def on_key(self, event: events.Key) -> None:
        if event.is_printable:
            self._times = [*self._times, event.time][-len(self.value) - 1 :]

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted())

    def action_paste(self) -> None:
        self.post_message(self.Pasted())

    @property
    def came_at_once(self) -> bool:
        """Whether its characters came faster than fingers go."""
        span = self._times[-1] - self._times[0] if self._times else 0.0
        return span < APART * (len(self._times) - 1)


class TypedConfirmScreen(Dialog[bool]):
    """Ends with True when the name was typed, and Enter pressed alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "no", id="typed.no"),
        Binding("up", "scroll(-1)", "up", show=False, id="typed.up"),
        Binding("down", "scroll(1)", "down", show=False, id="typed.down"),
        Binding("pageup", "scroll(-8)", "page up", show=False, id="typed.page-up"),
        Binding("pagedown", "scroll(8)", "page down", show=False, id="typed.page-down"),
    ]
    AUTO_FOCUS = "TypedName"
    DEFAULT_CSS = """
    TypedConfirmScreen TypedName { width: 1fr; }
    """

    def __init__(self, title: str, body: RenderableType, confirmation: Confirmation) -> None:
        super().__init__()
        self._heading = title
        self._body = body
        self._confirmation = confirmation
        self._pressed: Timer | None = None
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(self._heading, "bold"), markup=False)
            yield Detail()
            wanted = f"{self._confirmation.reason}: type {self._confirmation.name} to go on"
            yield Static(literal(wanted, "bold yellow"), id="typed-wanted", markup=False)
            yield TypedName()
            yield Static(id="typed-hint", markup=False)

    def on_mount(self) -> None:
        detail = self.query_one(Detail)
        detail.show(self._body)
        detail.can_focus = False
        self.watch(detail, "scroll_y", self._say)
        self.watch(detail, "virtual_size", self._say)
        # Once it has the lines that it needs: before that there is too much room for the text.
        self.watch(self.query_one("#typed-hint"), "virtual_size", lambda: fit(self))

    def on_resize(self) -> None:
        fit(self)
        self._say()

    def _say(self) -> None:
        """What the keys do, what is wrong, and how much is still to be read."""
        hint = literal(f"{_HINT}{unread(self.query_one(Detail))}", "bold")
        if self._problem:
            hint.append_text(literal(f"\n{self._problem}", "bold yellow"))
        self.query_one("#typed-hint", Static).update(hint)

    def on_typed_name_pasted(self, message: TypedName.Pasted) -> None:
        message.stop()
        self._refuse("a paste never confirms: type the name")

    def on_input_changed(self, _message: Input.Changed) -> None:
        if self._pressed is not None:
            # Enter came together with other keys: a paste that the terminal sends as keys.
            self._pressed.stop()
            self._pressed = None
            self._refuse("a paste never confirms: type the name, then press enter alone")
        elif self._problem and self.query_one(TypedName).value:
            self._problem = ""
            self._say()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        field = self.query_one(TypedName)
        if objection := self._confirmation.objection(field.value):
            self._refuse(objection)
        elif field.came_at_once:
            self._refuse("that came all at once, like a paste: type the name")
        elif self._pressed is None:
            self._pressed = self.set_timer(ALONE, self._confirm)

    def _refuse(self, why: str) -> None:
        field = self.query_one(TypedName)
        with self.prevent(Input.Changed):
            field.value = ""
        self._problem = why
        self._say()

    def _confirm(self) -> None:
        self.dismiss(result=True)

    def action_scroll(self, lines: int) -> None:
        self.query_one(Detail).scroll_relative(y=lines, animate=False)

    def action_refuse(self) -> None:
        self.dismiss(result=False)
