"""`o`: which columns stand before what happened, and how wide they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.logs.look import Column as LogColumn
from orket_console.logs.look import Field, switched, widened
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row

_SHOWN: Final = {
    Field.TIME: "from 12 wide with thousandths, 14 with day",
    Field.SEVERITY: "a glyph",
    Field.ROLE: "who wrote it",
    Field.EVENT: "its name",
    Field.SESSION: "by any of its names",
    Field.ISSUE: "the card it is about",
    Field.TURN: "its number in the session",
    Field.SOURCE: "which log",
    Field.LINE: "its number, or @ and its byte",
}


class ColumnsScreen(Dialog[None]):
    """Every change is put in force at once, by `apply`; None gives the choice up again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "switch", "show or hide", id="columns.switch"),
        Binding("left", "widen(-1)", "narrower", id="columns.narrower"),
        Binding("right", "widen(1)", "wider", id="columns.wider"),
        Binding("r", "reset", "as at first", id="columns.reset"),
        Binding("escape,o,q", "dismiss(None)", "close", id="columns.close"),
    ]

    def __init__(
        self,
        columns: tuple[LogColumn, ...],
        apply: Callable[[tuple[LogColumn, ...] | None], tuple[LogColumn, ...]],
    ) -> None:
        super().__init__()
        self._chosen = columns
        self._apply = apply

    def compose(self) -> ComposeResult:
        keys = "space shows or hides   ←→ width   r as at first   esc closes"
        with Vertical(classes="dialog"):
            yield Static(literal("Columns of the log", "bold"))
            yield Listing(
                [Column("", 1), Column("column", 9), Column("wide", 4, right=True), Column("")],
                id="columns",
            )
            yield Static(literal(keys, "dim"))

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(Field) + 1
        self._show()
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.action_switch()

    def action_switch(self) -> None:
        self._change(switched(self._chosen, self._field))

    def action_widen(self, by: int) -> None:
        self._change(widened(self._chosen, self._field, by))

    def action_reset(self) -> None:
        self._change(None)

    def _change(self, columns: tuple[LogColumn, ...] | None) -> None:
        self._chosen = self._apply(columns)
        self._show()

    @property
    def _field(self) -> Field:
        return Field(self.query_one(Listing).selected or Field.TIME)

    def _show(self) -> None:
        widths = {column.field: column.width for column in self._chosen}
        rows = [
            Row(
                field.value,
                (
                    cell("●" if field in widths else "", "green"),
                    cell(field.value, "" if field in widths else "dim"),
                    cell(str(widths.get(field, ""))),
                    cell(_SHOWN[field], "dim"),
                ),
            )
            for field in Field
        ]
        self.query_one(Listing).show(rows, cell(""))
