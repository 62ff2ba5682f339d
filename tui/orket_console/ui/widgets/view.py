"""What a detail shows, and the same as plain text for the clipboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orket_console.ui.literal import literal

_LABEL: Final = 9


@dataclass(frozen=True, slots=True)
class View:
    body: RenderableType
    plain: str


def points_view(head: Text, points: Iterable[tuple[str, str]]) -> View:
    """A headline and labelled points below it; those with nothing to say are left out."""
    said = [(label, text) for label, text in points if text]
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_LABEL + 2, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for label, text in said:
        grid.add_row(Text(f"  {label}", "dim"), literal(text))
    plain = "\n".join([head.plain, *(f"  {label:<{_LABEL}} {text}" for label, text in said)])
    head.end = "\n"
    return View(Group(head, grid) if said else head, plain)
