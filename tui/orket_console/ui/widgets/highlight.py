"""JSON and code as coloured text."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from orket_console.base.text import clean

_MOST_COLOURED: Final = 64_000
"""Characters that are coloured: colouring costs about a second a megabyte."""


def code(text: str, language: str, *, dark: bool) -> Text:
    """`text` coloured as `language`; plain for a language unknown, or where it is too long."""
    text = clean(text)
    if len(text) > _MOST_COLOURED or not language:
        return Text(text, end="")
    # Only here: most of what is shown needs no colours, and pygments takes its time to come.
    from rich.syntax import Syntax

    theme = "ansi_dark" if dark else "ansi_light"
    coloured = Syntax(text, language, theme=theme, background_color="default").highlight(text)
    coloured.rstrip()
    coloured.no_wrap = False
    coloured.overflow = "fold"
    return coloured
