"""`c`: the checks that are made only when somebody wants to know, with what each costs."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.health.probes import CHOSEN, probe_named
from orket_console.health.reading import Probe
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row


class ChecksScreen(Dialog[Probe | None]):
    """Ends with the check to make, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c", "dismiss(None)", "cancel", id="checks.cancel"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("Check now …   Enter makes it, Escape leaves it", "bold"))
            yield Listing([Column("check", 10), Column("what it costs")], id="checks")

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(CHOSEN) + 1
        rows = [Row(one.name, (cell(one.title), cell(one.costs))) for one in CHOSEN]
        listing.show(rows, cell("there is none"))
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(probe_named(message.key))
