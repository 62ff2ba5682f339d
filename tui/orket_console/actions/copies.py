"""The copies of both databases that earlier actions made, which restoring puts back."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orket_console.actions.backups import FOLDER
from orket_console.actions.records import Record, folder_of, load
from orket_console.base.errors import ConsoleError
from orket_console.base.sqlite import DatabaseError
from orket_console.base.sqlite.restore import integrity
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Copy:
    """One database's copy: its file's name and place, bytes, and what is wrong with it, if so."""

    database: str
    path: str
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What one run copied before it began: by the id, name and title of that run's action."""

    id: str
    action: str
    title: str
    at: datetime
    copies: tuple[Copy, ...]

    @property
    def bytes(self) -> int:
        return sum(copy.bytes for copy in self.copies)


def list_backups(target: Target) -> tuple[Backup, ...]:
    """Every backup there is, newest first, each copy checked through."""
    return tuple(
        Backup(
            id=record.id,
            action=record.action,
            title=record.title,
            at=record.started,
            copies=tuple(_checked(path) for path in copies_of(target, record.id)),
        )
        for record in backed_up_by(target)
    )


def backed_up_by(target: Target) -> Iterator[Record]:
    """The records of the runs that have copies, newest first.

    Reads `<state>/actions/*/backup`.
    """
    folders = target.state.actions.glob(f"*/{FOLDER}")
    for record_id in sorted((folder.parent.name for folder in folders), reverse=True):
        try:
            if copies_of(target, record_id):
                yield load(target, record_id)
        except ConsoleError:
            # Its record can't be read; `history` names it.
            continue


def copies_of(target: Target, record_id: str) -> tuple[Path, ...]:
    """The files that a run copied and that are still there."""
    folder = folder_of(target, record_id) / FOLDER
    names = (target.runtime_db.path.name, target.webhook_db.path.name)
    return tuple(folder / name for name in names if (folder / name).is_file())


def _checked(path: Path) -> Copy:
    return Copy(path.name, str(path), path.stat().st_size, problem_of(path))


def problem_of(copy: Path) -> str:
    """What is wrong with a copy; empty when it is whole. Read through once, until it changes."""
    info = copy.stat()
    return _problem_of(copy, info.st_size, info.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _problem_of(copy: Path, _size: int, _changed: int) -> str:
    try:
        return integrity(copy)
    except DatabaseError as error:
        return f"{error.fault} ({error.detail})"
