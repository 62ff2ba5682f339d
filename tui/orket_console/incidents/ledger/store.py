"""The ledger's file: opened, brought to its schema, and never lost.

Several consoles write to it. Every change is one transaction, so that a process killed between
any two of them leaves all of it or nothing.

All of it blocks, by sqlite3 itself and not by aiosqlite: what calls it reads files, probes and
the clock between two of its statements, so the console runs the whole of that in a thread, and
the commands have no event loop at all. An asynchronous connection would hop between threads at
each statement and win nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import make_private
from orket_console.base.secret import Redactor
from orket_console.base.text import clean, clean_json
from orket_console.incidents.ledger.migrations import MIGRATIONS, VERSION
from orket_console.incidents.ledger.rows import encoded
from orket_console.target.target import Target

WAIT: Final = 5.0
"""Seconds that another console's write is waited for."""
_COMPANIONS: Final = ("", "-wal", "-shm", "-journal")
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_READ_ONLY: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


@dataclass(frozen=True, slots=True)
class Store:
    """An opened ledger. `read_only` says why nothing can be written, empty where it can;
    `notice` what the operator should know of how it was opened. Another console's write is
    waited for `wait` seconds. Nothing goes in that `redactor` knows as a secret."""

    path: Path
    redactor: Redactor
    read_only: str = ""
    notice: str = ""
    wait: float = WAIT

    def safe(self, text: str) -> str:
        """A text from outside as it may be kept: sanitised, and without secrets."""
        return self.redactor.redact(clean(text))

    def safe_json(self, value: object) -> str:
        """Plain data as JSON, likewise."""
        return encoded(self.redactor.redact_json(clean_json(value)))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One view of it, the same from the first statement to the last. Raises `ConsoleError`."""
        with self._connected("ro") as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One change, whole or not at all. Raises `ConsoleError`."""
        if self.read_only:
            raise ConsoleError(
                f"the ledger is read-only: {self.read_only}",
                where=str(self.path),
                exit_code=ExitCode.CANNOT_TELL,
            )
        with self._connected("rw") as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                # A full disk has ended it already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self, mode: str) -> Iterator[sqlite3.Connection]:
        try:
            with closing(_connect(self.path, mode, self.wait)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise _refused(error, self.path, self.wait) from error


def open_ledger(target: Target, clock: Clock, wait: float = WAIT) -> Store:
    """The ledger of a target. Raises `ConsoleError` as `open_store` does."""
    return open_store(target.state.ledger, target.redactor(), clock, wait)


def open_store(path: Path, redactor: Redactor, clock: Clock, wait: float = WAIT) -> Store:
    """The ledger at `path`, made where there is none.

    One that is damaged is moved aside, and said so; one of a newer console, or that may not be
    written, is opened for reading alone. Raises `ConsoleError` where it is locked, or neither
    can be had.
    """
    try:
        return Store(path, redactor, _opened(path, wait), wait=wait)
    except sqlite3.DatabaseError as error:
        if _code(error) not in _BROKEN:
            raise _refused(error, path, wait) from error
    aside = _move_aside(path, clock)
    try:
        read_only = _opened(path, wait)
    except sqlite3.DatabaseError as error:
        raise _refused(error, path, wait) from error
    notice = f"the ledger was damaged: it lies at {aside}, and a new one was begun"
    return Store(path, redactor, read_only, notice, wait)


def _opened(path: Path, wait: float) -> str:
    """Make it, or bring it to this schema; why it can only be read, if so."""
    try:
        make_private(path.parent)
        with closing(_connect(path, "rwc", wait)) as connection:
            path.chmod(0o600)
            connection.execute("PRAGMA journal_mode = wal")
            newer = _migrate(connection)
            # A damaged page further in is found now, and not in the middle of an incident.
            ((said,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
            if said != "ok":
                raise _Damaged(said)
            return newer
    except (sqlite3.OperationalError, OSError) as error:
        if isinstance(error, OSError) or _code(error) in _READ_ONLY:
            return _opened_for_reading(path, wait, error)
        raise


class _Damaged(sqlite3.DatabaseError):
    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def _opened_for_reading(path: Path, wait: float, error: Exception) -> str:
    if not path.exists():
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ConsoleError(
            f"the ledger can't be made: {why}",
            where=str(path),
            remedy="name another state folder: state.dir",
            exit_code=ExitCode.CANNOT_TELL,
        ) from error
    with closing(_connect(path, "ro", wait)) as connection:
        connection.execute("SELECT count(*) FROM incidents").fetchall()
    return "it can't be written to"


def _migrate(connection: sqlite3.Connection) -> str:
    """Bring it to this schema; why it can only be read, if it is a newer console's."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return ""
    if version > VERSION:
        return f"it is a newer console's (schema {version}, this one knows {VERSION})"
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another console may have been first.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for migration in MIGRATIONS[version:]:
            for statement in migration.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return ""


def _connect(path: Path, mode: str, wait: float) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = on")
        # Each of its few changes is on the disk when it is told to be done.
        connection.execute("PRAGMA synchronous = full")
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(path: Path, clock: Clock) -> Path:
    """Keep a damaged ledger with its companions under another name; never over one there is."""
    stem = f"{path.name}.damaged-{clock.now():%Y%m%dT%H%M%SZ}"
    number = 0
    while (aside := path.with_name(stem + (f"-{number}" if number else ""))).exists():
        number += 1
    for suffix in _COMPANIONS:
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside


def _refused(error: sqlite3.Error, path: Path, wait: float) -> ConsoleError:
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what, remedy = f"it is locked for more than {wait:g} s", "another console writes to it"
        case sqlite3.SQLITE_FULL:
            what, remedy = "the disk is full", "make room: nothing of this was recorded"
        case sqlite3.SQLITE_CONSTRAINT:
            what, remedy = "there is no such incident or step in it", "nothing was recorded"
        case sqlite3.SQLITE_ERROR if "no such " in str(error):
            what = f"an older console made it ({error})"
            remedy = "open it once in a console that may write: that brings it up to date"
        case _:
            what, remedy = str(error), "nothing of this was recorded"
    return ConsoleError(
        f"ledger: {what}", where=str(path), remedy=remedy, exit_code=ExitCode.CANNOT_TELL
    )


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
