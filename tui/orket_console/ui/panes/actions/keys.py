"""The keys of the Actions tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("x", "cancel", "cancel", id="actions.cancel"),
    Binding("p", "parameters", "parameters", id="actions.parameters"),
    Binding("o", "output", "output", id="actions.output"),
    Binding("h", "history", "history", id="actions.history"),
    Binding("r", "again", "again", id="actions.again"),
    Binding("e", "evidence", "evidence", id="actions.evidence"),
    Binding("a", "next", "what is next", id="actions.next"),
    Binding("b", "bundle", "bundle", id="actions.bundle"),
    Binding("right_square_bracket", "other(1)", "other run", key_display="[ ]", id="actions.other"),
    Binding(
        "left_square_bracket",
        "other(-1)",
        "other run, back",
        show=False,
        key_display="[",
        id="actions.other-back",
    ),
    Binding("escape", "close", "back", id="actions.close"),
]
