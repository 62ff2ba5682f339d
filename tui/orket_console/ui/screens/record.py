"""One row of a table in full: each column with its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.ui.literal import literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail


class RecordScreen(Dialog[None]):
    """`heading` says where the row is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss(None)", "close", id="record.close"),
    ]

    def __init__(self, heading: str, row: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._heading = heading
        self._values = tuple(row)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(self._heading, "bold"))
            yield Detail()
            yield Static(literal("esc closes", "dim"))

    def on_mount(self) -> None:
        width = max((len(name) for name, _ in self._values), default=0)
        text = literal("")
        for number, (name, value) in enumerate(self._values):
            text.append("\n" if number else "").append(f"{name:<{width}}  ", "dim")
            text.append_text(literal(value))
        self.query_one(Detail).show(text)
        self.query_one(Detail).focus()
