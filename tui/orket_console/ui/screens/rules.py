"""`r` in a comparison: what is taken out before texts are compared, each switched off and on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.runs.compare.rules import RULES
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row


class RulesScreen(Dialog[None]):
    """`off` are the names of the rules that are not in force; `switch` puts others in force."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "switch", "off or on", id="rules.switch"),
        Binding("escape,r,q", "dismiss(None)", "close", id="rules.close"),
    ]

    def __init__(self, off: Collection[str], switch: Callable[[frozenset[str]], None]) -> None:
        super().__init__()
        self._off = frozenset(off)
        self._switch = switch

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal("What is taken out before texts are compared", "bold"))
            yield Listing([Column("", 1), Column("rule", 9), Column("takes out")], id="rules")
            yield Static(literal("space off or on  esc closes", "dim"))

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(RULES) + 1
        self._show()
        listing.focus()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.action_switch()

    def action_switch(self) -> None:
        name = self.query_one(Listing).selected
        if name is not None:
            self._off ^= {name}
            self._switch(self._off)
            self._show()

    def _show(self) -> None:
        rows = [
            Row(
                rule.name,
                (
                    cell("" if rule.name in self._off else "●", "green"),
                    cell(rule.name, "dim" if rule.name in self._off else ""),
                    cell(rule.what, "dim"),
                ),
            )
            for rule in RULES
        ]
        self.query_one(Listing).show(rows, cell(""))
