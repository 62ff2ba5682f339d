"""JSON for programs, printed where a terminal may be looking.

Every string keeps its value: what a terminal could obey is written as `\\uXXXX`, which a
program reads back and a terminal shows.
"""

from __future__ import annotations

import json
import math
import re
from typing import Final

from orket_console.base.text import clean

DEEPEST: Final = 200
"""Levels of nesting that are printed; walking more of them would run out of stack."""
_BEYOND_ASCII: Final = re.compile(r"[^\n\x20-\x7e]")


def printed(document: object) -> str:
    """`document`, indented by two, keys in their order. Half surrogates become U+FFFD."""
    text = json.dumps(shallow(document), indent=2, ensure_ascii=False)
    return text if clean(text) == text else _BEYOND_ASCII.sub(_escaped, text)


def shallow(value: object, depth: int = DEEPEST) -> object:
    """`value`, with what is nested deeper than `depth` replaced by a word that says so.

    What is no number becomes null: Python reads and writes `NaN`, and JSON has none.
    """
    if isinstance(value, dict | list | tuple) and depth == 0:
        return f"‹nested deeper than {DEEPEST}›"
    if isinstance(value, dict):
        return {key: shallow(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shallow(item, depth - 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return character if clean(character) == character else f"\\u{ord(character):04x}"
