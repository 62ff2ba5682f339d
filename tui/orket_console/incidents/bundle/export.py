"""An incident as one archive, for somebody who can't come to the machine.

Nothing of the installation is changed.
"""

from __future__ import annotations

from pathlib import Path

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import is_inside
from orket_console.incidents.bundle.writing import Bundle, Writing
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.looking import Looked
from orket_console.target.target import Target

__all__ = ["Bundle", "export_incident", "place_for"]


def export_incident(
    target: Target, clock: Clock, store: Store, number: int, looked: Looked, path: Path
) -> Bundle:
    """Write the bundle to `path`, whole or not at all. Call it in a thread.

    Raises `ConsoleError`: for a place in the installation or one that is taken (exit 2), and
    where it can't be written.
    """
    one = find_incident(store, number)
    _check(target, path)
    try:
        return Writing(target, clock, store, one, looked, path).write()
    except OSError as error:
        raise ConsoleError(
            f"the bundle can't be written: {error.strerror or error}",
            where=str(path),
            remedy="make room, or name another file with --out",
            exit_code=ExitCode.CANNOT_TELL,
        ) from error


def place_for(target: Target, one: Incident, clock: Clock) -> Path:
    """Where a bundle goes that nobody named a file for."""
    return target.state.exports / f"{one.name}-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"


def _check(target: Target, path: Path) -> None:
    if is_inside(path, target.path) and not is_inside(path, target.state.path):
        what, remedy = "the console writes nothing into the installation", "elsewhere"
    elif path.exists() or path.is_symlink():
        what, remedy = "there is such a file already, and it is left as it is", "another"
    else:
        return
    raise ConsoleError(
        what,
        where=str(path),
        remedy=f"name a file {remedy} with --out",
        exit_code=ExitCode.USAGE,
    )
