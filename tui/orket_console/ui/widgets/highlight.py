"""JSON and code as coloured text, from text that is already safe to show."""

from __future__ import annotations

import json
import re
from typing import Final

from rich.text import Text

_MOST_COLOURED: Final = 64_000
"""Characters that are coloured: colouring costs about a second a megabyte."""
_FENCE: Final = re.compile(r"^```([\w+-]*)[^\n]*\n(.*?)^```[^\n]*$", re.DOTALL | re.MULTILINE)


def code(text: str, language: str, *, dark: bool) -> Text:
    """`text` coloured as `language`; plain for a language unknown, or where it is too long."""
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


def json_text(value: object, *, dark: bool) -> Text:
    """A JSON value, indented by two."""
    return code(json.dumps(value, indent=2, ensure_ascii=False), "json", dark=dark)


def answer_text(text: str, *, dark: bool) -> Text:
    """A model's answer: prose as it is, its fenced blocks coloured by their language."""
    shown = Text(end="")
    at = 0
    for block in _FENCE.finditer(text):
        shown.append(text[at : block.start()]).append(text[block.start() : block.start(2)], "dim")
        shown.append_text(code(block[2], block[1], dark=dark))
        shown.append("\n```", "dim")
        at = block.end()
    return shown.append(text[at:])
