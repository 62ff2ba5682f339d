"""One row of a list, as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a key that is its own for as long as it lives, and a cell a column."""

    key: str
    cells: tuple[Text, ...]
