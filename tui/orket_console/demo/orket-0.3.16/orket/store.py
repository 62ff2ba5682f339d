"""The two SQLite files: their tables, and rows as dictionaries."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that commits when the block ends well, and is closed either way."""
    connection = sqlite3.connect(path, timeout=5)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def create_tables(path: Path, kind: str) -> None:
    """The tables of `kind` (`runtime` or `webhook`), where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    statements = (HERE / f"schema_{kind}.sql").read_text(encoding="utf-8")
    with connect(path) as connection:
        connection.executescript(statements)


def rows(path: Path, query: str, *parameters: object) -> list[dict[str, Any]]:
    """What `query` answers."""
    with connect(path) as connection:
        return [dict(row) for row in connection.execute(query, parameters)]


def first(path: Path, query: str, *parameters: object) -> dict[str, Any] | None:
    """The first row, if there is one."""
    return next(iter(rows(path, query, *parameters)), None)
