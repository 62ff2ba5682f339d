"""The names of a report's sheets on one line, the one that is shown marked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from orket_console.ui.literal import literal


def sheet_line(names: Sequence[str], chosen: int, width: int) -> Text:
    """As many names as there is room for, the chosen one among them; `‹` and `›` say of more."""
    if not names:
        return literal("")
    first = last = chosen
    room = width - _width(names[chosen]) - 4
    while True:
        if last + 1 < len(names) and _width(names[last + 1]) <= room:
            last += 1
            room -= _width(names[last])
        elif first > 0 and _width(names[first - 1]) <= room:
            first -= 1
            room -= _width(names[first])
        else:
            break
    line = literal("‹ " if first else "  ", "dim")
    for index in range(first, last + 1):
        style = "bold reverse" if index == chosen else ""
        line.append_text(literal(f" {names[index]} ", style))
    return line.append_text(literal(" ›" if last + 1 < len(names) else "", "dim"))


def _width(name: str) -> int:
    return len(name) + 2
