"""Where the evidence of a verdict can be opened: one of a few places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.actions.after import Lead
from orket_console.base.refs import Ref
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row


class ActionLeadsScreen(Dialog[Ref | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "cancel", id="action-leads.cancel"),
    ]

    def __init__(self, leads: Sequence[Lead]) -> None:
        super().__init__()
        self._leads = {str(index): lead for index, lead in enumerate(leads)}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("What bears it out   Enter goes there, - comes back", "bold"))
            yield Listing([Column("where")], id="action-leads")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(self._leads) + 1
        rows = [Row(key, (cell(lead.text),)) for key, lead in self._leads.items()]
        listing.show(rows, cell("nothing"))
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(self._leads[message.key].ref)
