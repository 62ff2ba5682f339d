"""The keys of the Runs tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("n", "turn(1)", "turn", key_display="n/p", id="runs.next-turn"),
    Binding("p", "turn(-1)", "previous turn", show=False, id="runs.previous-turn"),
    Binding("f", "failure(1)", "failure", key_display="f", id="runs.next-failure"),
    Binding("F", "failure(-1)", "previous failure", show=False, id="runs.previous-failure"),
    Binding("right_square_bracket", "part(1)", "part", key_display="[ ]", id="runs.next-part"),
    Binding(
        "left_square_bracket",
        "part(-1)",
        "previous part",
        show=False,
        key_display="[",
        id="runs.previous-part",
    ),
    Binding("t", "call(1)", "tool", key_display="t", id="runs.next-call"),
    Binding("T", "call(-1)", "previous tool", show=False, id="runs.previous-call"),
    Binding("s", "state(1)", "state", key_display="s", id="runs.next-state"),
    Binding("S", "state(-1)", "previous state", show=False, id="runs.previous-state"),
    Binding("c", "compare", "compare", id="runs.compare"),
    Binding("d", "divergence", "divergence", id="runs.divergence"),
    Binding("W", "changes", "who changed", id="runs.changes"),
    Binding("b", "before_rerun", "before rerun", id="runs.before-rerun"),
    Binding("g", "go_to", "go to", id="runs.go-to"),
    Binding("space", "play", "play", key_display="space", id="runs.play"),
    Binding("less_than_sign", "speed(-1)", "slower", show=False, key_display="<", id="runs.slower"),
    Binding(
        "greater_than_sign", "speed(1)", "faster", show=False, key_display=">", id="runs.faster"
    ),
    Binding("l", "log", "log", id="runs.log"),
    Binding("slash", "narrow", "find", key_display="/", id="runs.filter"),
    Binding("R", "replay", "replay", id="runs.replay"),
    Binding("y", "copy", "copy", id="runs.copy"),
    Binding("w", "write", "write out", show=False, id="runs.write"),
    Binding("m", "more", "more", id="runs.more"),
    Binding("r", "again", "reload", show=False, id="runs.reload"),
    Binding("escape", "shallower", "back", id="runs.back"),
]
