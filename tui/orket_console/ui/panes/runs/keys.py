"""The keys of the Runs tab, most used first: 80 columns show those of the first lines."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("n", "turn(1)", "turn", key_display="n/p", tooltip="next turn", id="runs.next-turn"),
    Binding("p", "turn(-1)", "previous turn", show=False, id="runs.previous-turn"),
    Binding(
        "f",
        "failure(1)",
        "fail",
        key_display="f",
        tooltip="next failure, of this run or the next",
        id="runs.next-failure",
    ),
    Binding("F", "failure(-1)", "previous failure", show=False, id="runs.previous-failure"),
    Binding(
        "right_square_bracket",
        "part(1)",
        "part",
        key_display="[ ]",
        tooltip="next part of the turn",
        id="runs.next-part",
    ),
    Binding(
        "left_square_bracket",
        "part(-1)",
        "previous part",
        show=False,
        key_display="[",
        id="runs.previous-part",
    ),
    Binding(
        "d",
        "divergence",
        "differs",
        tooltip="where it first differs from a good run",
        id="runs.divergence",
    ),
    Binding("W", "changes", "who", tooltip="who changed a value", id="runs.changes"),
    Binding(
        "b", "before_rerun", "rerun", tooltip="what a rerun would meet", id="runs.before-rerun"
    ),
    Binding("t", "call(1)", "tool", key_display="t", tooltip="next tool call", id="runs.next-call"),
    Binding("T", "call(-1)", "previous tool call", show=False, id="runs.previous-call"),
    Binding(
        "c", "compare", "compare", tooltip="mark; compare with what is marked", id="runs.compare"
    ),
    Binding(
        "s",
        "state(1)",
        "state",
        key_display="s",
        tooltip="next change of state",
        id="runs.next-state",
    ),
    Binding("S", "state(-1)", "previous change of state", show=False, id="runs.previous-state"),
    Binding("slash", "narrow", "find", key_display="/", tooltip="filter", id="runs.filter"),
    Binding("l", "log", "log", tooltip="its log lines", id="runs.log"),
    Binding("g", "go_to", "go to", tooltip="go to a turn or a time", id="runs.go-to"),
    Binding("space", "play", "play", key_display="space", id="runs.play"),
    Binding("less_than_sign", "speed(-1)", "slower", show=False, key_display="<", id="runs.slower"),
    Binding(
        "greater_than_sign", "speed(1)", "faster", show=False, key_display=">", id="runs.faster"
    ),
    Binding("R", "replay", "replay", tooltip="what upstream's replay prints", id="runs.replay"),
    Binding(
        "u", "upstream", "upstream", tooltip="replay by upstream's own command", id="runs.upstream"
    ),
    Binding("y", "copy", "copy", tooltip="copy the part", id="runs.copy"),
    Binding("w", "write", "write the part to a file", show=False, id="runs.write"),
    Binding("m", "more", "more", tooltip="older runs", id="runs.more"),
    Binding("r", "again", "reload", show=False, id="runs.reload"),
    Binding("escape", "shallower", "back", id="runs.back"),
]
