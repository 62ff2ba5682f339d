"""`?`: every key of where the operator is, made from the live bindings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.ui.keys import key_text
from orket_console.ui.literal import literal
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.detail import Detail


class HelpScreen(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss(None)", "close", id="help.close"),
    ]

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

    def _text(self) -> Text:
        here, everywhere = Text(end=""), Text(end="")
        for binding, keys, active in _grouped(self.app, self._active):
            section = everywhere if active.node is self.app else here
            label = binding.tooltip or binding.description
            line = Text.assemble((f"{' '.join(keys):>12}  ", "bold"), label, end="")
            if not active.enabled:
                line.append(f"  off: {self._pane.why_off(binding.action)}", "yellow")
            section.append_text(line).append("\n")
        return Text.assemble(here, "\n", ("Everywhere\n", "bold"), everywhere)


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
        entry[1].append(key_text(app, binding))
    return list(found.values())
