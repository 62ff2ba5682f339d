"""The states that things are shown in, each a word and a glyph; colour only repeats them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"
    UNKNOWN = "unknown"
    """Not seen, so not known: never shown as ok."""
    INFO = "info"
    """Says something, judges nothing; or follows from another."""


GLYPHS: Final = {
    State.OK: "●",
    State.DEGRADED: "▲",
    State.FAILING: "✖",
    State.UNKNOWN: "?",
    State.INFO: "·",
}
ASCII_GLYPHS: Final = {
    State.OK: "o",
    State.DEGRADED: "!",
    State.FAILING: "x",
    State.UNKNOWN: "?",
    State.INFO: ".",
}
_RANK: Final = (State.INFO, State.OK, State.UNKNOWN, State.DEGRADED, State.FAILING)


def worst(states: Iterable[State]) -> State:
    """The state that wants the operator most; `info` for none at all."""
    return max(states, key=_RANK.index, default=State.INFO)
