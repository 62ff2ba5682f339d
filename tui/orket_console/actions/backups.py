"""Both databases, copied before an action that changes them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError
from orket_console.base.files import make_private
from orket_console.base.sqlite import Database, DatabaseError, Fault
from orket_console.base.sqlite.backup import back_up
from orket_console.base.text import one_line
from orket_console.target.target import Target

FOLDER: Final = "backup"
DAMAGED: Final = "damaged"
_OF_A_RUN: Final = "<id>"
_DAMAGED: Final = frozenset({Fault.NOT_A_DATABASE, Fault.CORRUPT})
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
    return _copied(target, folder, lambda database, error: _refused(error))


def backed_up_or_kept(target: Target, folder: Path) -> tuple[list[str], list[str]]:
    """As `backed_up`, but of a damaged one the files are kept as they are, and that is noted."""
    return _copied(target, folder, partial(_kept, folder))


def _copied(
    target: Target, folder: Path, otherwise: Callable[[Database, DatabaseError], str]
) -> tuple[list[str], list[str]]:
    """`otherwise` makes a note of one that can't be copied, or raises `ConsoleError`."""
    copies: list[str] = []
    notes: list[str] = []
    for database in (target.runtime_db, target.webhook_db):
        destination = folder / FOLDER / database.path.name
        try:
            back_up(database, destination)
        except DatabaseError as error:
            if error.fault in _NOTHING_THERE:
                notes.append(f"{database.path.name} is {error.fault}: no backup of it")
            else:
                notes.append(otherwise(database, error))
            continue
        copies.append(str(destination))
    return copies, notes


def _refused(error: DatabaseError) -> NoReturn:
    raise ConsoleError(
        f"not started: it changes databases, and one has no backup: {error}"
    ) from error


def _kept(folder: Path, database: Database, error: DatabaseError) -> str:
    """Keep the files of a damaged database: a part of it may still be read from them."""
    if error.fault not in _DAMAGED:
        _refused(error)
    place = make_private(folder / DAMAGED)
    try:
        for end in ("", "-wal", "-journal"):
            file = database.path.with_name(database.path.name + end)
            if file.is_file():
                shutil.copyfile(file, place / file.name)
    except OSError as problem:
        raise ConsoleError(
            f"not started: {database.path.name} is {error.fault}, and can't be kept as it is: "
            f"{problem.strerror}",
            where=str(place),
        ) from problem
    return f"{database.path.name} is {error.fault}: its files are kept in {place}"
