"""Whether the databases are whole, page by page. Asked for, never periodic: it reads all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from orket_console.base.files import make_private
from orket_console.base.sqlite import Caps, Database, DatabaseError, Fault, read
from orket_console.base.sqlite.backup import back_up
from orket_console.base.state import State, worst
from orket_console.health.look import Look
from orket_console.health.reading import Reading

SECONDS: Final = 120.0
_SHOWN: Final = 20
_CHECK: Final = f"PRAGMA integrity_check({_SHOWN})"


async def probe_integrity(look: Look) -> Reading:
    """Source: `PRAGMA integrity_check` on an online copy of each database, so that their
    writers are not held up while it reads."""
    return await look.in_thread("integrity", lambda: _check(look))


def _check(look: Look) -> Reading:
    databases = (look.target.runtime_db, look.target.webhook_db)
    found = {one.path.name: _of(one) for one in databases}
    lines = tuple(f"{name}: {said}" for name, (_, said) in found.items())
    state = worst(state for state, _ in found.values())
    name, said = next((name, said) for name, (one, said) in found.items() if one is state)
    if state is State.OK:
        return Reading(state, "ok", "both databases are whole", lines)
    word = "corrupt" if state is State.FAILING else "not checked"
    remedy = "stop its writers, keep the file, and restore a backup" if word == "corrupt" else ""
    return Reading(state, word, f"{name}: {said}", lines, remedy=remedy)


def _of(database: Database) -> tuple[State, str]:
    folder = Path(tempfile.mkdtemp(prefix="check.", dir=make_private(database.copies)))
    try:
        copy = folder / database.path.name
        back_up(database, copy)
        caps = Caps(rows=_SHOWN, seconds=SECONDS / 2)
        rows = read(Database(copy, folder), _CHECK, caps=caps).rows
    except DatabaseError as error:
        corrupt = error.fault in (Fault.CORRUPT, Fault.NOT_A_DATABASE, Fault.EMPTY)
        return (State.FAILING if corrupt else State.UNKNOWN), f"{error.fault}: {error.detail}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    said = [str(row[0]) for row in rows]
    if said == ["ok"]:
        return State.OK, "whole"
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return State.FAILING, f"{said[0]}{more}"
