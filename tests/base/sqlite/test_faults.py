"""Every way in which a database gives no answer is a state of its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.base.errors import ExitCode
from orket_console.base.sqlite import Caps, Database, DatabaseError, Fault, read

Make = Callable[..., Database]


def fault(database: Database, sql: str = "SELECT * FROM n") -> DatabaseError:
    with pytest.raises(DatabaseError) as refusal:
        read(database, sql, caps=Caps(wait=0.01))
    assert database.path.name in str(refusal.value)
    assert "\n" not in str(refusal.value)
    return refusal.value


def test_missing(make: Make) -> None:
    database = make(name="none.db")
    assert fault(database).fault is Fault.MISSING
    assert not database.path.exists()


def test_empty_is_no_valid_database(make: Make) -> None:
    database = make()
    database.path.touch()
    assert fault(database).fault is Fault.EMPTY


@pytest.mark.parametrize(
    "content",
    [b"x", b"not a database" * 100, bytes(range(256)) * 20],
    ids=["short", "text", "binary"],
)
def test_garbage(make: Make, content: bytes) -> None:
    database = make()
    database.path.write_bytes(content)
    assert fault(database).fault is Fault.NOT_A_DATABASE


def test_a_fifo_or_folder_in_its_place(make: Make) -> None:
    database = make()
    os.mkfifo(database.path)
    assert fault(database).fault is Fault.NOT_A_DATABASE
    assert fault(Database(database.path.parent, database.copies)).fault is Fault.NOT_A_DATABASE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(numbers: Database) -> None:
    numbers.path.chmod(0)
    assert fault(numbers).fault is Fault.DENIED


def test_corrupt(numbers: Database) -> None:
    raw = bytearray(numbers.path.read_bytes())
    raw[100:4096] = b"\xff" * (4096 - 100)
    numbers.path.write_bytes(raw)
    assert fault(numbers).fault is Fault.CORRUPT


def test_rows_before_the_corrupt_page_are_shown(make: Make) -> None:
    database = make(
        "CREATE TABLE n(id INTEGER PRIMARY KEY, word TEXT);"
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000)"
        "INSERT INTO n SELECT x, 'word ' || x FROM c;"
    )
    raw = bytearray(database.path.read_bytes())
    raw[-4096:] = b"\xff" * 4096
    database.path.write_bytes(raw)
    answer = read(database, "SELECT id FROM n", caps=Caps(rows=2000))
    assert 0 < len(answer.rows) < 1000
    assert answer.rows[-1] == (len(answer.rows),)
    assert answer.cut == f"corrupt after {len(answer.rows)} rows"


def test_cut_off_in_the_middle(numbers: Database) -> None:
    numbers.path.write_bytes(numbers.path.read_bytes()[:3000])
    assert fault(numbers).fault in (Fault.CORRUPT, Fault.NOT_A_DATABASE)


def test_a_missing_table_and_a_renamed_column_are_named(numbers: Database) -> None:
    missing = fault(numbers, "SELECT * FROM review_failures")
    assert (missing.fault, missing.exit_code) == (Fault.SCHEMA, ExitCode.CANNOT_TELL)
    assert "review_failures" in str(missing)
    renamed = fault(numbers, "SELECT reason FROM n")
    assert renamed.fault is Fault.SCHEMA
    assert "reason" in str(renamed)


def test_locked_by_a_writer(numbers: Database, owner: sqlite3.Connection) -> None:
    owner.execute("BEGIN EXCLUSIVE")
    owner.execute("DELETE FROM n")
    assert fault(numbers).fault is Fault.LOCKED
    owner.execute("ROLLBACK")
    assert read(numbers, "SELECT count(*) FROM n").rows == ((1000,),)


def test_a_committed_row_is_never_missed(numbers: Database, owner: sqlite3.Connection) -> None:
    for number in range(2000, 2010):
        owner.execute("INSERT INTO n VALUES (?, '')", (number,))
        assert read(numbers, "SELECT max(id) FROM n").rows == ((number,),)


def test_a_path_is_no_part_of_the_uri(make: Make, tmp_path: Path) -> None:
    database = make(name="a?mode=rwc#b")
    assert fault(database).fault is Fault.MISSING
    assert list(database.path.parent.iterdir()) == []
    made = make("CREATE TABLE n(x); INSERT INTO n VALUES (5)", name="a%41?mode=rwc#b é")
    assert read(made, "SELECT x FROM n").rows == ((5,),)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]


def test_a_writer_is_not_held_up_by_an_answer(numbers: Database, owner: sqlite3.Connection) -> None:
    read(numbers, "SELECT * FROM n", caps=Caps(rows=3))
    with closing(sqlite3.connect(numbers.path, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("COMMIT")
