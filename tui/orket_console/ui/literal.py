"""The one way from a string to a widget: as text that is shown as it is, never as markup."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from orket_console.base.state import GLYPHS, State
from orket_console.base.text import clean, one_line

STATE_STYLES: Final = {
    State.OK: "green",
    State.DEGRADED: "yellow",
    State.FAILING: "bold red",
    State.UNKNOWN: "magenta",
    State.INFO: "dim",
}
"""Colours by name, so that a terminal of 16 colours shows its own."""


# The style is a span of the text, not its base: what is appended later has its own.


def literal(text: str, style: str = "") -> Text:
    """`text` over as many lines as it has, every bracket and escape shown."""
    return Text(end="").append(clean(text), style)


def cell(text: str, style: str = "") -> Text:
    """`text` on one line, for a row of a list."""
    return Text(no_wrap=True, overflow="ellipsis", end="").append(one_line(text), style)


def glyph(state: State) -> Text:
    """The state's glyph; what has no UTF-8 is shown in ASCII by the app's line filter."""
    return Text(end="").append(GLYPHS[state], STATE_STYLES[state])
