"""What can't be read in place is read from a copy of ours, and is said to be one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.base.sqlite import Database, DatabaseError, Fault, read
from orket_console.base.sqlite.awaited import read_async

Make = Callable[..., Database]

WAL = "PRAGMA journal_mode=wal; CREATE TABLE n(id INTEGER PRIMARY KEY); INSERT INTO n VALUES (1);"


def listing(database: Database) -> dict[str, tuple[bytes, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in database.path.parent.iterdir()
    }


@pytest.fixture
def killed(make: Make, tmp_path: Path) -> Database:
    """A WAL database whose owner was killed: `-wal` and `-shm` stay, the row is in `-wal`."""
    database = make(WAL)
    run_and_kill(
        database,
        "c.execute('INSERT INTO n VALUES (2)')",
    )
    assert database.path.with_name("webhook.db-wal").stat().st_size > 0
    return database


def run_and_kill(database: Database, work: str) -> None:
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f"{work}\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(database.path)], check=False, timeout=30)


def test_a_wal_database_without_owner_is_copied(make: Make) -> None:
    database = make(WAL)
    before = listing(database)
    answer = read(database, "SELECT id FROM n")
    assert answer.rows == ((1,),)
    assert answer.copied
    assert listing(database) == before


async def test_awaited_too(make: Make) -> None:
    database = make(WAL)
    before = listing(database)
    assert (await read_async(database, "SELECT id FROM n")).copied
    assert listing(database) == before


def test_a_wal_database_with_its_owner_is_read_in_place(make: Make) -> None:
    database = make(WAL)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as owner:
        owner.execute("INSERT INTO n VALUES (2)")
        answer = read(database, "SELECT id FROM n")
    assert answer.rows == ((1,), (2,))
    assert not answer.copied


def test_rows_that_a_killed_owner_committed_are_seen(killed: Database) -> None:
    names = set(listing(killed))
    raw = killed.path.read_bytes()
    assert read(killed, "SELECT id FROM n").rows == ((1,), (2,))
    assert set(listing(killed)) == names
    assert killed.path.read_bytes() == raw


def test_wal_rows_without_shm_are_in_the_copy(killed: Database) -> None:
    killed.path.with_name("webhook.db-shm").unlink()
    before = listing(killed)
    answer = read(killed, "SELECT id FROM n")
    assert (answer.rows, answer.copied) == (((1,), (2,)), True)
    assert listing(killed) == before


def test_a_copy_is_used_again_until_the_file_changes(make: Make) -> None:
    database = make(WAL)
    read(database, "SELECT id FROM n")
    (copy,) = database.copies.rglob("webhook.db")
    first = copy.stat().st_ino
    read(database, "SELECT id FROM n")
    assert copy.stat().st_ino == first
    make("INSERT INTO n VALUES (2);")
    assert read(database, "SELECT id FROM n").rows == ((1,), (2,))
    (copy,) = database.copies.rglob("webhook.db")
    assert copy.stat().st_ino != first


def test_copies_are_private(make: Make) -> None:
    database = make(WAL)
    read(database, "SELECT id FROM n")
    folders = [database.copies, *(path for path in database.copies.rglob("*") if path.is_dir())]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_many_threads_at_once_get_their_answer(make: Make) -> None:
    database = make(WAL)
    for number in range(2, 12):
        make(f"INSERT INTO n VALUES ({number});")
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda _: read(database, "SELECT max(id) FROM n").rows, range(16))
            )
        assert answers == [((number,),)] * 16
    assert len(list(database.copies.rglob("webhook.db"))) == 1


def test_a_hot_journal_is_rolled_back_in_the_copy_alone(make: Make) -> None:
    database = make(
        "CREATE TABLE n(id INTEGER PRIMARY KEY, w TEXT);"
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000)"
        "INSERT INTO n SELECT x, 'committed' FROM c;"
    )
    run_and_kill(
        database,
        "c.execute('PRAGMA cache_size=5'); c.execute('BEGIN');"
        "c.execute(\"UPDATE n SET w = 'half done'\")",
    )
    assert database.path.with_name("webhook.db-journal").exists()
    before = listing(database)
    answer = read(database, "SELECT DISTINCT w FROM n")
    assert (answer.rows, answer.copied) == ((("committed",),), True)
    assert listing(database) == before


def test_a_copy_that_can_not_be_made_is_told(make: Make) -> None:
    database = make(WAL)
    database.copies.write_text("a file in the way")
    with pytest.raises(DatabaseError) as refusal:
        read(database, "SELECT id FROM n")
    assert refusal.value.fault is Fault.NEEDS_RECOVERY
    assert str(database.path) in str(refusal.value)


def test_a_copy_that_found_no_room_leaves_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(source: Path, copy: Path) -> None:
        copy.write_bytes(source.read_bytes()[:100])
        raise OSError(28, "No space left on device")

    database = make(WAL)
    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(DatabaseError, match=r"no copy: .*No space left"):
        read(database, "SELECT id FROM n")
    assert [path for path in database.copies.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(make: Make) -> None:
    database = make(WAL)
    database.path.parent.chmod(0o500)
    try:
        assert read(database, "SELECT id FROM n").rows == ((1,),)
    finally:
        database.path.parent.chmod(0o700)


def test_a_copy_survives_the_loss_of_the_original_no_longer(make: Make) -> None:
    database = make(WAL)
    read(database, "SELECT id FROM n")
    shutil.rmtree(database.path.parent)
    with pytest.raises(DatabaseError) as refusal:
        read(database, "SELECT id FROM n")
    assert refusal.value.fault is Fault.MISSING
