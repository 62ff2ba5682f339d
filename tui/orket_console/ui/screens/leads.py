"""`t`: which of the places that a record names to go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref
from orket_console.logs.leads import Lead
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row


class LeadsScreen(Dialog[Ref | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "cancel", id="leads.cancel"),
    ]

    def __init__(self, leads: Sequence[Lead]) -> None:
        super().__init__()
        self._leads = {str(index): lead for index, lead in enumerate(leads)}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("Go to …   Enter goes, - comes back", "bold"))
            yield Listing([Column("what", 12), Column("which")], id="leads")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(self._leads) + 1
        rows = [Row(key, (cell(lead.kind), cell(lead.name))) for key, lead in self._leads.items()]
        listing.show(rows, cell("this record names no place"))
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(self._leads[message.key].ref)
