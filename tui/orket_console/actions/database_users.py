"""Who has a database open: nobody's database is replaced under its hands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from orket_console.actions.listening import described
from orket_console.target.holders import writers

_FILES: Final = ("", "-wal", "-shm", "-journal")


def users_of(database: Path, root: Path) -> list[str]:
    """The processes that have the database or one of its companions open to write, in words.

    Those that only read, as consoles do, are let be: SQLite gives them the old or the new.
    Source: each process's open files, as far as this account is told of them, and the kernel's
    table of locks. This process does not count.
    """
    files = {identity for end in _FILES if (identity := _identity(f"{database}{end}"))}
    locking = {one.pid for one in writers(database, root)}
    return [described(pid) for pid in sorted({*_holding(files), *locking} - {os.getpid()})]


def _holding(files: set[tuple[int, int]]) -> Iterator[int]:
    if not files:
        return
    for process in psutil.process_iter():
        try:
            opened = process.open_files()
        except (psutil.Error, OSError):
            continue
        # Where the mode is not told, it may be any.
        writable = (one.path for one in opened if getattr(one, "mode", "") != "r")
        if any(_identity(path) in files for path in writable):
            yield process.pid


def _identity(path: str) -> tuple[int, int] | None:
    try:
        info = os.stat(path)  # noqa: PTH116  names of open files are text
    except (OSError, ValueError):
        return None
    return info.st_dev, info.st_ino
