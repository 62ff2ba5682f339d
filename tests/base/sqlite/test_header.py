"""Looking at a database's header takes no lock from whoever reads it in this process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from orket_console.base.sqlite import DatabaseError, Fault
from orket_console.base.sqlite.header import is_wal

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
"""


def open_files() -> int:
    return len(psutil.Process().open_files())


def make(path: Path, mode: str = "delete") -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
    return path


def test_the_mode_is_told(tmp_path: Path) -> None:
    assert is_wal(make(tmp_path / "a.db")) is False
    assert is_wal(make(tmp_path / "b.db", "wal")) is True


def test_a_reader_of_this_process_keeps_its_lock(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    is_wal(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t").fetchall()
        is_wal(path)
        written = subprocess.run([sys.executable, "-c", WRITER, path], capture_output=True)
        assert b"database is locked" in written.stderr
        reader.execute("ROLLBACK")
    assert subprocess.run([sys.executable, "-c", WRITER, path]).returncode == 0


def test_what_took_its_place_is_looked_at(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    assert is_wal(path) is False
    make(tmp_path / "b.db", "wal").rename(path)
    assert is_wal(path) is True
    path.write_bytes(b"")
    with pytest.raises(DatabaseError) as caught:
        is_wal(path)
    assert caught.value.fault is Fault.EMPTY


def test_many_looks_take_one_descriptor(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db")
    is_wal(path)
    before = open_files()
    for _ in range(100):
        is_wal(path)
    assert open_files() == before


def test_files_without_end_take_no_descriptors_without_end(tmp_path: Path) -> None:
    before = open_files()
    for number in range(100):
        is_wal(make(tmp_path / f"{number}.db"))
    assert open_files() <= before + 64
