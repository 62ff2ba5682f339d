"""What is read from (a database) and what comes back (an answer within its caps)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Database:
    """A database file of the installation, and a folder of ours where a copy may be laid.

    A copy is needed where SQLite could read the file only by writing beside it.
    """

    path: Path
    copies: Path


@dataclass(frozen=True, slots=True)
class Caps:
    """Where an answer is cut. `wait` is how long a writer's lock is waited out, in seconds."""

    rows: int = 500
    bytes: int = 4 << 20
    seconds: float = 2.0
    wait: float = 0.25


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, their text already sanitised.

    `cut` says which cap ended the answer, empty when it is whole. `copied` tells that a copy
    in the state folder was read, not the file itself.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    seconds: float
    cut: str = ""
    copied: bool = False

    def records(self) -> Iterator[dict[str, Any]]:
        """Each row as a mapping from column to value."""
        return map(dict, map(zip, repeat(self.columns), self.rows))
