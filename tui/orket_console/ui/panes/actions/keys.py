"""The keys of the Actions tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("x", "cancel", "cancel", id="actions.cancel"),
    Binding("p", "parameters", "parameters", id="actions.parameters"),
    Binding("o", "output", "output", id="actions.output"),
    Binding("h", "history", "history", id="actions.history"),
    Binding("escape", "close", "back to the plan", id="actions.close"),
]
