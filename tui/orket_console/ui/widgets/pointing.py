"""A line under what is typed, that points at a column of it and says what is wrong there."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from orket_console.base.text import one_line, shorten
from orket_console.ui.literal import cell

_NARROWEST: Final = 40
"""Characters that what is said needs behind the sign; with less room it stands before it."""


def pointed(column: int, said: str, scrolled: int, width: int) -> Text:
    """`^` below a column (from 1) and what is `said` of it, in `width` cells.

    The text above is `scrolled` so far to the left; of a column out of view the number is told.
    """
    at, text = column - 1 - scrolled, one_line(said)
    if not 0 <= at < width:
        return cell(f"column {column}: {text}", "yellow")
    if at + _NARROWEST < width or len(text) + 2 + at <= width:
        before, behind = " " * at, f" {text}"
    else:
        before, behind = f"{shorten(text, at - 1)} ".rjust(at), ""
    line = cell("").append(before, "yellow").append("^", "bold yellow")
    return line.append(behind, "yellow")
