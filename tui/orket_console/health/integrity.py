"""Whether the databases are whole, page by page. Asked for, never periodic: it reads all."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from orket_console.base.files import make_private
from orket_console.base.sqlite import Caps, Database, DatabaseError, Fault
from orket_console.base.sqlite.awaited import read_async
from orket_console.base.sqlite.backup import back_up
from orket_console.base.state import State, worst
from orket_console.health.look import Look
from orket_console.health.reading import Reading

SECONDS: Final = 120.0
_SHOWN: Final = 20
_CHECK: Final = f"PRAGMA integrity_check({_SHOWN})"
_CAPS: Final = Caps(rows=_SHOWN, seconds=SECONDS / 2)


async def probe_integrity(look: Look) -> Reading:
    """Source: `PRAGMA integrity_check` on an online copy of each database, so that their
    writers are not held up while it reads. Cancelled, or at its deadline, it stops at once."""
    found: dict[str, tuple[State, str]] = {}
    for database in (look.target.runtime_db, look.target.webhook_db):
        found[database.path.name] = await _of(look, database)
    lines = tuple(f"{name}: {said}" for name, (_, said) in found.items())
    state = worst(state for state, _ in found.values())
    name, said = next((name, said) for name, (one, said) in found.items() if one is state)
    if state is State.OK:
        return Reading(state, "ok", "both databases are whole", lines)
    word = "corrupt" if state is State.FAILING else "not checked"
    remedy = "stop its writers, keep the file, and restore a backup" if word == "corrupt" else ""
    return Reading(state, word, f"{name}: {said}", lines, remedy=remedy)


async def _of(look: Look, database: Database) -> tuple[State, str]:
    folder = Path(tempfile.mkdtemp(prefix="check.", dir=make_private(database.copies)))
    copy = folder / database.path.name
    try:
        await look.in_thread(f"copy {copy.name}", lambda: back_up(database, copy))
        # Awaited, so that to be cancelled interrupts it: it may read for minutes.
        answer = await read_async(Database(copy, folder), _CHECK, caps=_CAPS)
    except DatabaseError as error:
        corrupt = error.fault in (Fault.CORRUPT, Fault.NOT_A_DATABASE, Fault.EMPTY)
        return (State.FAILING if corrupt else State.UNKNOWN), f"{error.fault}: {error.detail}"
    finally:
        clear_away = partial(shutil.rmtree, folder, ignore_errors=True)
        await look.in_thread(f"clear {folder.name}", clear_away)
    said = [str(row[0]) for row in answer.rows]
    if said == ["ok"]:
        return State.OK, "whole"
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return State.FAILING, f"{said[0]}{more}"
