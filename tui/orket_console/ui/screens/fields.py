"""`W`: which value of the turn in view is asked about: who changed it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.base.refs import Ref
from orket_console.runs.changes import Change, Field
from orket_console.runs.fields import MOST_FIELDS, FieldValue, narrow_fields
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.changes import ChangesScreen
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.reading import GoOn, Reading
from orket_console.ui.widgets.lazy_rows import LazyRows
from orket_console.ui.widgets.listing import Column, Listing

ReadFields = Callable[[GoOn], tuple[FieldValue, ...]]
ReadChanges = Callable[[Field, str, GoOn], tuple[Change, ...]]
"""The changes of a field, of one issue or (empty) of all."""
_KEYS: Final = "type to narrow  ↑/↓ choose  ↵ who changed it  esc closes"


class FieldsScreen(Dialog[Ref | None]):
    """Ends with a turn to go to, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False, id="fields.up"),
        Binding("down", "move(1)", "down", show=False, id="fields.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="fields.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="fields.page-down"),
        Binding("escape", "dismiss(None)", "close", id="fields.close"),
    ]
    DEFAULT_CSS = """
    FieldsScreen Listing { height: 1fr; background: $surface; }
    """

    def __init__(
        self, context: UiContext, issue: str, read: ReadFields, changes: ReadChanges
    ) -> None:
        super().__init__()
        self._ui = context
        self._issue = issue
        self._read = read
        self._changes = changes
        self._offered: tuple[FieldValue, ...] = ()
        self._narrowed: tuple[FieldValue, ...] = ()
        self._problem = ""
        self._reading = Reading(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static(literal("Who changed it: which value of this turn?", "bold"))
            yield Input(placeholder="words of its path or value", id="fields-words", compact=True)
            yield Listing(_columns(38), id="fields")
            yield Static("", id="fields-count")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.query_one(Input).focus()
        self._reading.start(self._read, self._take, self._fail)
        self._show()

    def on_unmount(self) -> None:
        self._reading.stop()

    def _take(self, fields: tuple[FieldValue, ...]) -> None:
        self._offered = fields
        self._show()

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._show()

    def on_resize(self, _event: events.Resize) -> None:
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()
        self.query_one(Listing).action_edge(0)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(Listing).action_choose()

    def action_move(self, step: int) -> None:
        self.query_one(Listing).action_move(step)

    def action_page(self, direction: int) -> None:
        self.query_one(Listing).action_page(direction)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        field = self._narrowed[int(message.key)].field
        screen = ChangesScreen(self._ui, field, self._issue, self._changes)
        self.app.push_screen(screen, self._go)

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()

    def _go(self, ref: Ref | None) -> None:
        if ref is not None:
            self.dismiss(ref)

    def _show(self) -> None:
        words = self.query_one(Input).value
        found = self._narrowed = narrow_fields(self._offered, words)
        rows = LazyRows(
            [str(at) for at in range(len(found))],
            lambda at: (cell(str(found[at].field)), cell(found[at].value, "dim")),
        )
        listing = self.query_one(Listing)
        listing.set_columns(_columns(self.size.width // 2))
        listing.show(rows, literal(self._why_none()))
        more = ", the first of them" if len(self._offered) >= MOST_FIELDS else ""
        said = f"{len(found)} of {len(self._offered)}{more}"
        self.query_one("#fields-count", Static).update(literal(said, "dim"))

    def _why_none(self) -> str:
        if self._reading.busy:
            return "reading the turn"
        return self._problem or "no value has these words in it"


def _columns(width: int) -> tuple[Column, ...]:
    """`width` of the ways to the values."""
    return Column("value of", max(width, 20)), Column("in this turn")
