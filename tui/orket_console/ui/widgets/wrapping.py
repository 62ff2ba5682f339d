"""Where to break a line that is too long for its room."""

from __future__ import annotations

import itertools

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text


def breaks(text: str, width: int, rest: int) -> list[int]:
    """The offsets at which `text` is broken into `width` cells first, and then `rest` each.

    At a blank where one is near the end, else wherever the room ends.
    """
    offsets: list[int] = []
    at, room = 0, width
    left = cell_len(text)
    while left > room:
        piece = chop_cells(text[at : at + room], room)[0]
        blank = piece.rfind(" ")
        step = blank + 1 if blank > len(piece) // 2 else max(len(piece), 1)
        left -= cell_len(text[at : at + step])
        at += step
        offsets.append(at)
        room = rest
    return offsets


def wrapped(text: str, width: int) -> list[str]:
    """`text` as lines of at most `width` cells; nothing of it is lost but blanks at their ends."""
    offsets = [0, *breaks(text, width, width), len(text)]
    return [text[a:b].rstrip(" ") for a, b in itertools.pairwise(offsets)]


class Hanging:
    """Text in which an indented line that is too long goes on below its indentation."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._text.split("\n", allow_blank=True):
            indent = len(line.plain) - len(line.plain.lstrip(" "))
            for row in hung(line, indent, options.max_width) if indent else [line]:
                # Without its newline the last line would not be counted, and not be seen.
                row.end = "\n"
                yield row


def hung(text: Text, indent: int, width: int) -> list[Text]:
    """A line over as many rows as it takes, what goes on indented below what it continues."""
    if text.cell_len <= width:
        return [text]
    indent = min(indent, width // 2)
    first, *rest = text.divide(breaks(text.plain, width, width - indent))
    pad = " " * indent
    return [first, *(Text(pad, end="").append_text(row) for row in rest)]
