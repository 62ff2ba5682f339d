"""The filters that were used last, for the next console too."""

from __future__ import annotations

from pathlib import Path

from orket_console.base.secret import Redactor
from orket_console.logs.filter.words import LONGEST
from orket_console.target.used import MOST, keep_used, read_used

__all__ = ["MOST", "keep", "read_history"]


def read_history(path: Path) -> tuple[str, ...]:
    """The kept filters, oldest first; none where there is no such file or it is damaged."""
    return read_used(path, LONGEST)


def keep(path: Path, expression: str, redactor: Redactor) -> tuple[str, ...]:
    """Put `expression` behind those that are kept, without secrets; what is kept then.

    Raises `ConsoleError` where it can't be written.
    """
    return keep_used(path, expression, redactor, LONGEST)
