"""Nothing but reading gets through, and what was denied is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from orket_console.base.errors import ExitCode
from orket_console.base.sqlite import Database, DatabaseError, Fault, read


def files(database: Database) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in database.path.parent.parent.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("ATTACH '{folder}/new.db' AS other", "ATTACH"),
        ("VACUUM INTO '{folder}/new.db'", "ATTACH"),
        ("VACUUM", "ATTACH"),
        ("PRAGMA query_only=off", "PRAGMA query_only"),
        ("PRAGMA writable_schema=1", "PRAGMA writable_schema"),
        ("PRAGMA journal_mode=wal", "PRAGMA journal_mode"),
        ("PRAGMA user_version=9", "PRAGMA user_version"),
        ("PRAGMA temp_store_directory='/'", "PRAGMA temp_store_directory"),
        ("SELECT load_extension('/tmp/x.so')", "load_extension"),
        ("INSERT INTO n VALUES (9999, 'x')", "INSERT n"),
        ("UPDATE n SET word = ''", "UPDATE n"),
        ("DELETE FROM n", "DELETE n"),
        ("CREATE TABLE t(x)", "change of the schema"),
        ("CREATE TEMP TABLE t(x)", "change of the schema"),
        ("CREATE VIRTUAL TABLE t USING fts5(x)", "change of the schema"),
        ("DROP TABLE n", "change of the schema"),
        ("BEGIN IMMEDIATE", "transaction BEGIN"),
        ("SAVEPOINT s", "SAVEPOINT"),
        ("REINDEX", "REINDEX"),
        ("ANALYZE", "ANALYZE"),
        ("DETACH main", "DETACH"),
    ],
)
def test_what_would_write_is_denied_and_named(
    numbers: Database, statement: str, named: str, tmp_path: Path
) -> None:
    before = files(numbers)
    with pytest.raises(DatabaseError) as refusal:
        read(numbers, statement.format(folder=tmp_path))
    assert refusal.value.fault is Fault.REFUSED
    assert refusal.value.exit_code is ExitCode.USAGE
    assert named in str(refusal.value)
    assert files(numbers) == before


def test_two_statements_are_one_too_many(numbers: Database) -> None:
    with pytest.raises(DatabaseError) as refusal:
        read(numbers, "SELECT 1; DELETE FROM n")
    assert refusal.value.fault is Fault.WRONG_STATEMENT


@pytest.mark.parametrize("statement", ["SELECT", "SELEC 1", "SELECT ?", "SELECT 1\0", "\ud83d"])
def test_a_statement_in_error_is_told(numbers: Database, statement: str) -> None:
    with pytest.raises(DatabaseError) as refusal:
        read(numbers, statement)
    assert refusal.value.fault is Fault.WRONG_STATEMENT
    assert refusal.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("SELECT count(*), max(word) FROM n", ((1000, "word 999"),)),
        ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", ((1,),)),
        ("PRAGMA user_version", ((0,),)),
        ("PRAGMA quick_check", (("ok",),)),
        ("EXPLAIN QUERY PLAN SELECT * FROM n WHERE id = 1", None),
        ("PRAGMA table_info(n)", None),
        ("", ()),
    ],
)
def test_what_only_reads_is_answered(
    numbers: Database, statement: str, rows: tuple[object, ...] | None
) -> None:
    answer = read(numbers, statement)
    assert rows is None or answer.rows == rows
    assert not answer.copied
    assert not answer.cut
