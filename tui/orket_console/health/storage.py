"""How a database lies on disk: its size and growth, its journal, and SQLite itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from orket_console.base.clock import ago, size
from orket_console.health.look import Look

_MODES: Final = {"wal": "write-ahead log", "delete": "rollback (delete)"}
_LARGE_WAL: Final = 64 << 20
"""Bytes beyond which a write-ahead log has not been brought back into the database for long:
SQLite does so by itself from 4 MB on, unless a reader never ends."""
_GROWN: Final = 4096


def lines(look: Look, path: Path, tables: int, mode: str) -> list[str]:
    """What there is to say, a line each; growth is since the first round that looked.

    Source: `stat` of the file and its `-wal`; `mode` is SQLite's journal mode. The file itself
    is not opened: closing it would take SQLite's locks from whoever reads in this process.
    """
    try:
        length = path.stat().st_size
    except OSError:
        return [f"{path}: size unknown, {tables} tables"]
    wal = _size_of_wal(path)
    told = [f"{path}: {size(length)}, {tables} tables{_grown(look, path, length)}"]
    if mode:
        waiting = f", {size(wal)} of it not yet in the database" if wal else ""
        told.append(f"journal: {_MODES.get(mode, mode)}{waiting}")
    if wal > _LARGE_WAL:
        told.append("its write-ahead log only grows: a reader holds it, or no checkpoint succeeds")
    if mode == "wal" and has_reset_fault(sqlite3.sqlite_version_info):
        told.append(
            f"this console's SQLite {sqlite3.sqlite_version} can, rarely, corrupt a write-ahead "
            "log that two processes write to (mended in 3.51.3): see which one Orket's Python has"
        )
    return told


def _size_of_wal(path: Path) -> int:
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def has_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether a SQLite has the fault of 3.7.0 to 3.51.2 that can lose a checkpoint when a
    write-ahead log is reset meanwhile. 3.44.6 and 3.50.7 have the repair too."""
    if (3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51):
        return False
    return (3, 7, 0) <= version < (3, 51, 3)


def _grown(look: Look, path: Path, length: int) -> str:
    name, now = f"first size of {path}", look.clock.monotonic()
    first = look.memory.recall(name, now, float("inf"))
    if not isinstance(first, tuple):
        look.memory.keep(name, now, (now, length))
        return ""
    since, before = first
    if abs(length - before) < _GROWN:
        return ""
    return f", {'+' if length > before else '-'}{size(abs(length - before))} in {ago(now - since)}"
