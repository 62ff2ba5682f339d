"""A list of evidence: each line leads to its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row


class EvidenceScreen(Dialog[Ref | None]):
    """Ends with the piece of evidence to open, or None."""

    DEFAULT_CSS = """
    EvidenceScreen Listing {
        height: auto;
        max-height: 16;
        background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,e", "dismiss(None)", "close", id="evidence.close"),
    ]

    def __init__(self, heading: str, refs: Sequence[Ref]) -> None:
        super().__init__()
        self._heading = heading
        self._refs = {str(number): ref for number, ref in enumerate(refs, 1)}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(self._heading, "bold"))
            yield Listing(
                [Column("", 2, right=True), Column("evidence (↵ opens it)")], id="evidence"
            )

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        rows = [Row(key, (cell(key, "dim"), cell(str(ref)))) for key, ref in self._refs.items()]
        listing.show(rows, Text("nothing to open"))
        listing.styles.height = len(rows) + 1
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.dismiss(self._refs[message.key])
