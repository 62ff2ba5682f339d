"""Databases as another process leaves them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.base.sqlite import Database

Make = Callable[..., Database]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a database in `tmp_path/db` by running a script on it."""

    def made(script: str = "", name: str = "webhook.db") -> Database:
        folder = tmp_path / "db"
        folder.mkdir(exist_ok=True)
        if script:
            with closing(sqlite3.connect(folder / name)) as connection:
                connection.executescript(script)
        return Database(folder / name, tmp_path / "copies")

    return made


@pytest.fixture
def numbers(make: Make) -> Database:
    """A table `n(id, word)` of a thousand rows."""
    return make(
        "CREATE TABLE n(id INTEGER PRIMARY KEY, word TEXT);"
        "CREATE INDEX words ON n(word);"
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000)"
        "INSERT INTO n SELECT x, 'word ' || x FROM c;"
    )


@pytest.fixture
def owner(numbers: Database) -> Iterator[sqlite3.Connection]:
    """The process that owns `numbers`, at work on it."""
    with closing(sqlite3.connect(numbers.path, isolation_level=None)) as connection:
        yield connection
