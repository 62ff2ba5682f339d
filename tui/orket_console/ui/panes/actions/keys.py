"""The keys of the Actions tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("x", "cancel", "cancel", tooltip="cancel it; once more: kill it", id="actions.cancel"),
    Binding("p", "parameters", "parameters", tooltip="set its parameters", id="actions.parameters"),
    Binding("o", "output", "output", tooltip="its output", id="actions.output"),
    Binding("h", "history", "history", tooltip="what was run before", id="actions.history"),
    Binding("r", "again", "again", tooltip="run it again as it was run", id="actions.again"),
    Binding(
        "e", "evidence", "evidence", tooltip="what bears its verdict out", id="actions.evidence"
    ),
    Binding("a", "next", "what is next", tooltip="what the runbook has next", id="actions.next"),
    Binding(
        "b", "bundle", "bundle", tooltip="to the bundle that it belongs to", id="actions.bundle"
    ),
    Binding(
        "right_square_bracket",
        "other(1)",
        "other run",
        key_display="[ ]",
        tooltip="the next of those that run",
        id="actions.other",
    ),
    Binding(
        "left_square_bracket",
        "other(-1)",
        "the one before of those that run",
        show=False,
        key_display="[",
        id="actions.other-back",
    ),
    Binding("escape", "close", "back", id="actions.close"),
]
