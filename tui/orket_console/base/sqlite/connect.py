"""Opening a database read-only, by way of a copy where the file itself can't be read so."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final
from urllib.parse import quote

from orket_console.base.files import make_private
from orket_console.base.sqlite.database import Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault, classify
from orket_console.base.sqlite.guard import Guard
from orket_console.base.sqlite.header import is_wal

_COMPANIONS: Final = ("", "-wal", "-journal")
_LONGEST_VALUE: Final = 64 << 20
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Opened:
    connection: sqlite3.Connection
    guard: Guard
    copied: bool


def connect(database: Database, caps: Caps) -> Opened:
    """A guarded, read-only connection. Raises `DatabaseError`.

    `immutable=1` is never used: it would miss what a writer has just committed.
    """
    if is_wal(database.path) and not _sibling(database.path, "-shm").exists():
        # SQLite would lay -wal and -shm beside a WAL database that nobody has open.
        return _connect_copy(database, caps)
    try:
        return _open(database.path, "ro", caps, copied=False)
    except DatabaseError as error:
        if error.fault is not Fault.NEEDS_RECOVERY:
            raise
        return _connect_copy(database, caps)


def _open(path: Path, mode: str, caps: Caps, *, copied: bool) -> Opened:
    # Percent-encoded: in a bare path, `?mode=rwc` or `#` would be read as part of the URI.
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    guard = Guard()
    try:
        connection = sqlite3.connect(
            uri, uri=True, timeout=caps.wait, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise DatabaseError(classify(error), path, str(error)) from error
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        # The first read tells a hot journal, a corrupt header and a lock apart from an answer.
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except sqlite3.Error as error:
        connection.close()
        raise DatabaseError(classify(error), path, str(error)) from error
    connection.set_authorizer(guard)
    return Opened(connection, guard, copied)


def _connect_copy(database: Database, caps: Caps) -> Opened:
    for _ in range(_TRIES):
        copy = _copy_whole(database)
        try:
            # Writable, so that SQLite can roll back a journal or replay a WAL into the copy.
            return _open(copy, "rw", caps, copied=True)
        except DatabaseError as error:
            # Gone means that another reader has just put a newer copy in its place.
            if copy.exists():
                detail = f"in a copy: {error.detail}"
                raise DatabaseError(error.fault, database.path, detail) from error
    raise DatabaseError(Fault.LOCKED, database.path, "it changed while it was copied")


def _copy_whole(database: Database) -> Path:
    """The database with its WAL or journal, copied while nothing changed it."""
    digest = hashlib.sha256(str(database.path.absolute()).encode()).hexdigest()[:12]
    try:
        for _ in range(_TRIES):
            before = _fingerprint(database.path)
            token = hashlib.sha256(repr(before).encode()).hexdigest()[:12]
            folder = database.copies / digest / token
            copy = folder / database.path.name
            if copy.exists():
                return copy
            partial = Path(mkdtemp(prefix=f"{token}.", dir=make_private(folder.parent)))
            try:
                _copy_into(partial, database.path)
                if _fingerprint(database.path) == before:
                    _publish(partial, folder)
                    return copy
            finally:
                # Also where the disk is full: what was copied so far would keep it so.
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise DatabaseError(Fault.NEEDS_RECOVERY, database.path, f"no copy: {error}") from error
    raise DatabaseError(Fault.LOCKED, database.path, "it changed while it was copied")


def _copy_into(folder: Path, path: Path) -> None:
    for suffix in _COMPANIONS:
        source = _sibling(path, suffix)
        if source.exists():
            shutil.copyfile(source, _sibling(folder / path.name, suffix))


def _publish(partial: Path, folder: Path) -> None:
    """Make the copy the only one of its database; another console may have been first."""
    with contextlib.suppress(OSError):
        partial.rename(folder)
    for other in folder.parent.iterdir():
        if other != folder and "." not in other.name:
            shutil.rmtree(other, ignore_errors=True)


def _fingerprint(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    marks: list[tuple[int, int, int] | None] = []
    for suffix in _COMPANIONS:
        try:
            info = _sibling(path, suffix).stat()
            marks.append((info.st_ino, info.st_size, info.st_mtime_ns))
        except FileNotFoundError:
            marks.append(None)
    return tuple(marks)


def _sibling(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
