"""`?`: every key of where the operator is, made from the live bindings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.ui.keys import own_key_text
from orket_console.ui.literal import literal
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail

_MOVES: Final = ("up", "down", "left", "right", "page up", "page down", "first", "last")
_FRAME: Final = 3


class HelpScreen(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss(None)", "close", id="help.close"),
    ]
    DEFAULT_CSS = """
    HelpScreen .dialog { max-height: 100%; }
    """

    def __init__(self, title: str, bindings: Sequence[ActiveBinding], pane: Pane) -> None:
        super().__init__()
        self._heading = title
        self._active = bindings
        self._pane = pane

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(literal(f"Keys in {self._heading}", "bold"), id="help-title")
            yield Detail()

    def on_mount(self) -> None:
        detail = self.query_one(Detail)
        detail.show(self._text())
        detail.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Detail).styles.max_height = max(event.size.height - _FRAME, 3)

    def _text(self) -> Table:
        """What is done here first, then what works everywhere, then how to move."""
        here: list[tuple[Text, Text]] = []
        everywhere: list[tuple[Text, Text]] = []
        moves: list[tuple[Text, Text]] = []
        for binding, keys, active in _grouped(self.app, self._active):
            said = literal(binding.tooltip or binding.description)
            if not active.enabled:
                why = self._pane.why_off(binding.action.partition("(")[0])
                said.append(f"  off: {why}", "yellow")
            if binding.description in _MOVES:
                section = moves
            else:
                section = everywhere if active.node is self.app else here
            section.append((literal(" ".join(keys), "bold"), said))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=12, justify="right")
        table.add_column(ratio=1)
        for title, rows in (("", here), ("Everywhere", everywhere), ("Moving", moves)):
            if title:
                table.add_row()
                table.add_row(literal(title, "bold"))
            for row in rows:
                table.add_row(*row)
        return table


def _grouped(
    app: App[object], bindings: Sequence[ActiveBinding]
) -> list[tuple[Binding, list[str], ActiveBinding]]:
    """One entry an action, with all the keys that lead to it, nearest first.

    Ours have an id; Textual's own (scrolling, focus) are left out.
    """
    found: dict[str, tuple[Binding, list[str], ActiveBinding]] = {}
    for active in bindings:
        binding = active.binding
        if not binding.id:
            continue
        entry = found.setdefault(binding.action, (binding, [], active))
        entry[1].append(own_key_text(app, binding))
    return list(found.values())
