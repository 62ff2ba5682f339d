"""A backup is whole or not there, whatever its database's owner does meanwhile."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.base.sqlite import Database, DatabaseError, Fault, backup
from orket_console.base.sqlite.backup import back_up

ROWS = 3000


@pytest.fixture(params=["DELETE", "WAL"])
def owned(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sqlite3.Connection]:
    """The owner's open connection to `orket.db`, a few megabytes large."""
    connection = sqlite3.connect(tmp_path / "orket.db", timeout=20, check_same_thread=False)
    connection.execute(f"PRAGMA journal_mode={request.param}")
    connection.execute("CREATE TABLE issues (id INTEGER PRIMARY KEY, text TEXT)")
    connection.executemany("INSERT INTO issues (text) VALUES (?)", [("x" * 1000,)] * ROWS)
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "orket.db", tmp_path / "copies")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "backup" / "orket.db"


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count: int = connection.execute("SELECT count(*) FROM issues").fetchone()[0]
        return count


def test_it_holds_all_that_was_committed_and_is_private(
    owned: sqlite3.Connection, database: Database, copy: Path
) -> None:
    owned.execute("INSERT INTO issues (text) VALUES ('not committed')")
    before = database.path.read_bytes()
    back_up(database, copy)
    assert database.path.read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == ["orket.db"]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert rows(copy) == ROWS


def test_a_database_whose_owner_is_away(
    owned: sqlite3.Connection, database: Database, copy: Path
) -> None:
    owned.close()
    back_up(database, copy)
    assert rows(copy) == ROWS
    assert {path.name for path in database.path.parent.glob("orket.db*")} == {"orket.db"}


def test_a_writer_that_never_rests_ends_in_a_whole_backup(
    owned: sqlite3.Connection, database: Database, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PATIENCE", 0.3)
    monkeypatch.setattr(backup, "_PAGES", 5)
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(0.001):
            with owned:
                owned.execute("INSERT INTO issues (text) VALUES ('more')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        back_up(database, copy)
    finally:
        ended.set()
        writer.join()
    assert ROWS <= rows(copy) <= rows(database.path)


def test_one_that_stays_locked_is_told_and_leaves_nothing(
    database: Database, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "WAIT", 0.2)
    with closing(sqlite3.connect(database.path)) as owner:
        owner.execute("CREATE TABLE issues (id)")
        owner.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseError) as caught:
            back_up(database, copy)
    assert caught.value.fault is Fault.LOCKED
    assert list(copy.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [(None, Fault.MISSING), (b"", Fault.EMPTY), (b"no database at all", Fault.NOT_A_DATABASE)],
)
def test_what_is_no_database_has_no_backup(
    database: Database, copy: Path, content: bytes | None, fault: Fault
) -> None:
    if content is not None:
        database.path.write_bytes(content)
    with pytest.raises(DatabaseError) as caught:
        back_up(database, copy)
    assert caught.value.fault is fault
    assert not copy.exists()


def test_a_full_disk_leaves_nothing_behind(
    owned: sqlite3.Connection, database: Database, copy: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DatabaseError, match="can't be copied to"):
            back_up(database, copy)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(copy.parent.iterdir()) == []


def test_a_place_that_cant_be_written_is_told(
    owned: sqlite3.Connection, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="can't be copied to"):
        back_up(database, tmp_path / "file" / "orket.db")
