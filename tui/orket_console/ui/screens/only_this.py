"""`=`: which of a record's values to filter on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from orket_console.logs.filter import term
from orket_console.logs.records import Record
from orket_console.ui.literal import cell, literal
from orket_console.ui.widgets.listing import Column, Listing, Row


class OnlyThisScreen(ModalScreen[str | None]):
    """Ends with a part of a filter expression, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "cancel", id="only.cancel"),
    ]

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("Only records with the same …   Enter chooses", "bold"))
            yield Listing([Column("field", 8), Column("value")], id="only-this")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        rows = [
            Row(term(name, value), (cell(name), cell(value)))
            for name, value in values_of(self._record)
        ]
        listing.styles.height = len(rows) + 1
        listing.show(rows, cell("nothing to filter on"))
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(message.key)


def values_of(record: Record) -> list[tuple[str, str]]:
    """The keys of the filter language that the record has a value for, likeliest first."""
    found = (
        ("event", record.event),
        ("session", record.session),
        ("issue", record.issue),
        ("turn", str(record.turn or "")),
        ("role", record.role),
        ("level", record.severity.word),
        ("source", record.source),
    )
    return [(name, value) for name, value in found if value]
