"""A whole copy of a database that its owner goes on using, by SQLite's online backup."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from orket_console.base.files import make_private
from orket_console.base.sqlite.connect import connect
from orket_console.base.sqlite.database import Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault, classify

PATIENCE: Final = 10.0
"""Seconds in which it is copied a little at a time, and then again as many for all at once."""
WAIT: Final = 5.0
"""Seconds that a writer's lock is waited out."""
_PAGES: Final = 2000
_REST: Final = 0.002


class _OutOfTimeError(Exception):
    """A writer held it, or changed it again and again."""


def back_up(database: Database, destination: Path) -> None:
    """Copy `database` to `destination`, which is there whole or not at all (0600).

    Its writers are let in between the steps; one that never rests is held up once, at the end.
    Raises `DatabaseError`, also for a destination that can't be written.
    """
    partial = destination.with_name(f".{destination.name}.part")
    try:
        make_private(destination.parent)
        with closing(connect(database, Caps(wait=WAIT)).connection) as source:
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(partial)) as copy:
                _copied(source, copy)
        _on_disk(partial)
        partial.rename(destination)
    except _OutOfTimeError as error:
        raise DatabaseError(Fault.LOCKED, database.path, "its writers left no moment") from error
    except sqlite3.Error as error:
        detail = f"it can't be copied to {destination}: {error}"
        raise DatabaseError(classify(error), database.path, detail) from error
    except OSError as error:
        detail = f"it can't be copied to {destination}: {error.strerror}"
        raise DatabaseError(Fault.FAILED, database.path, detail) from error
    finally:
        for suffix in ("", "-journal"):
            with suppress(OSError):
                partial.with_name(partial.name + suffix).unlink()


def _copied(source: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    try:
        source.backup(copy, pages=_PAGES, sleep=_REST, progress=_until(PATIENCE))
    except _OutOfTimeError:
        # Each change began it anew.
        source.backup(copy, pages=-1, sleep=_REST, progress=_until(PATIENCE))


def _until(seconds: float) -> Callable[[int, int, int], None]:
    end = time.monotonic() + seconds

    def progress(_status: int, remaining: int, _total: int) -> None:
        if remaining and time.monotonic() >= end:
            raise _OutOfTimeError

    return progress


def _on_disk(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
