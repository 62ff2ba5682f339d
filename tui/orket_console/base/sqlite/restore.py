"""A copy put back over the database that it was made of, by SQLite's online backup."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orket_console.base.sqlite.faults import DatabaseError, Fault, classify

WAIT: Final = 10.0
"""Seconds that another's lock is waited out."""
CHECKED_WITHIN: Final = 60.0
"""Seconds that a check of all pages may take."""
_REST: Final = 0.05
_STEPS: Final = 10_000
_DAMAGED: Final = frozenset({Fault.NOT_A_DATABASE, Fault.CORRUPT})
_COMPANIONS: Final = ("-wal", "-shm", "-journal")
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


class _OutOfTimeError(Exception):
    """Another held the database all the time."""


def put_back(copy: Path, database: Path) -> None:
    """Make `database` what `copy` is: in one transaction, so that it is the old or the new.

    It stays the same file, with its owner and mode. One that is damaged beyond writing is emptied
    first. `copy` must be a file that nobody writes to. Raises `DatabaseError`.
    """
    try:
        _copied(copy, database)
    except DatabaseError as error:
        if error.fault not in _DAMAGED or error.path != database:
            raise
        _emptied(database)
        _copied(copy, database)


def difference(copy: Path, database: Path) -> str:
    """What is wrong with `database` as the image of `copy`: its integrity, its schema.

    Empty when it is whole and has the same tables, indexes and version. Raises `DatabaseError`.
    """
    if wrong := integrity(database, "ro"):
        return wrong
    if _schema(copy, "ro&immutable=1") != _schema(database, "ro"):
        return "its schema is not that of the copy"
    return ""


def integrity(path: Path, mode: str = "ro&immutable=1") -> str:
    """What SQLite finds wrong in a file; empty when it is whole. Raises `DatabaseError`.

    `mode` is how it is opened: immutable for one that nobody writes to.
    """
    end = time.monotonic() + CHECKED_WITHIN
    try:
        with closing(_opened(path, mode)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() >= end, _STEPS)
            row = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise DatabaseError(classify(error), path, str(error)) from error
    return "" if row == ("ok",) else str(row[0] if row else "it says nothing")


def tables_in(path: Path) -> int:
    """How many tables a database has. Raises `DatabaseError`."""
    schema, _ = _schema(path, "ro")
    return sum(1 for kind, *_ in schema if kind == "table")


def _copied(copy: Path, database: Path) -> None:
    at = copy
    try:
        with closing(_opened(copy, "ro&immutable=1")) as source:
            source.execute("PRAGMA schema_version").fetchone()
            at = database
            with closing(sqlite3.connect(database, timeout=WAIT)) as live:
                live.execute("PRAGMA schema_version").fetchone()
                source.backup(live, pages=-1, sleep=_REST, progress=_until(WAIT))
    except _OutOfTimeError as error:
        raise DatabaseError(Fault.LOCKED, at, "another process left no moment") from error
    except sqlite3.Error as error:
        raise DatabaseError(classify(error), at, str(error)) from error


def _until(seconds: float) -> Callable[[int, int, int], None]:
    end = time.monotonic() + seconds

    def progress(_status: int, remaining: int, total: int) -> None:
        # As long as the other side is locked, there is no total either.
        if (remaining or not total) and time.monotonic() >= end:
            raise _OutOfTimeError

    return progress


def _emptied(database: Path) -> None:
    try:
        for companion in _COMPANIONS:
            database.with_name(database.name + companion).unlink(missing_ok=True)
        os.truncate(database, 0)
    except OSError as error:
        raise DatabaseError(Fault.FAILED, database, f"not emptied: {error.strerror}") from error


def _schema(path: Path, mode: str) -> tuple[list[tuple[str, ...]], object]:
    try:
        with closing(_opened(path, mode)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()
            return connection.execute(_SCHEMA).fetchall(), version
    except sqlite3.Error as error:
        raise DatabaseError(classify(error), path, str(error)) from error


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=WAIT
    )
