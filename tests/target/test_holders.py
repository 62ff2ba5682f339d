"""Who writes to a database just now, by the kernel's table of locks."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.target.holders import writers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc/locks is Linux's")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_writer_is_named_and_a_reader_is_not(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM t").fetchall()
        assert writers(path, tmp_path) == []
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        assert [one.pid for one in writers(path, tmp_path)] == [os.getpid()]
        connection.execute("ROLLBACK")
    assert writers(path, tmp_path) == []


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    assert writers(tmp_path / "none.db", tmp_path) == []
