"""Both databases, copied before an action that changes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.sqlite import DatabaseError, Fault
from orket_console.base.sqlite.backup import back_up
from orket_console.base.text import one_line
from orket_console.target.target import Target

FOLDER: Final = "backup"
_OF_A_RUN: Final = "<id>"
_NOTHING_THERE: Final = frozenset({Fault.MISSING, Fault.EMPTY})


def to_back_up(target: Target) -> Iterator[str]:
    """What would be copied before a run, one a line: `webhook.db, 86 KB, to <folder>`."""
    folder = target.state.actions / _OF_A_RUN / FOLDER
    for database in (target.runtime_db, target.webhook_db):
        try:
            length = database.path.stat().st_size
        except OSError:
            continue
        yield one_line(f"{database.path.name}, {size(length)}, to {folder}")


def backed_up(target: Target, folder: Path) -> tuple[list[str], list[str]]:
    """Copy both into `backup/` of an action's folder: the copies, and what is to be noted.

    One that is missing or empty has nothing to lose, and that is noted. Raises `ConsoleError`
    for one that can't be copied whole.
    """
    copies: list[str] = []
    notes: list[str] = []
    for database in (target.runtime_db, target.webhook_db):
        destination = folder / FOLDER / database.path.name
        try:
            back_up(database, destination)
        except DatabaseError as error:
            if error.fault in _NOTHING_THERE:
                notes.append(f"{database.path.name} is {error.fault}: no backup of it")
                continue
            raise ConsoleError(
                f"not started: it changes databases, and one has no backup: {error}"
            ) from error
        copies.append(str(destination))
    return copies, notes
