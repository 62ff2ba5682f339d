"""Both databases: readable, of the known shape, and migrated as the files say."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from orket_console.base.sqlite import Caps, Database, DatabaseError, Fault, read
from orket_console.health import migrations, schema
from orket_console.health.schema import Shape
from orket_console.health.usage import has_run, uses_webhooks
from orket_console.incidents.diagnosis.facts import DatabaseSeen
from orket_console.target.holders import writers
from orket_console.target.target import Target

_CAPS: Final = Caps(seconds=1.0, wait=0.25)
_LOOKS: Final = 4
_BETWEEN: Final = 0.12


def look_at_databases(target: Target) -> tuple[DatabaseSeen, ...]:
    """Source: the schema and `_schema_migrations` of both, against `scripts/migrations`.

    Never raises: a database that can't be read has its `fault`.
    """
    found = (
        _look(target, target.runtime_db, "runtime", schema.RUNTIME, used=has_run(target)),
        _look(target, target.webhook_db, "webhook", schema.WEBHOOK, used=uses_webhooks(target)),
    )
    return tuple(replace(one, holders=_holders(target, Path(one.path))) for one in found)


def _holders(target: Target, path: Path) -> tuple[str, ...]:
    """Processes that hold the writer's lock at every one of some looks; most have it for a
    moment only. Source: the kernel's table of locks."""
    held = {one.pid: str(one) for one in writers(path, target.path)}
    for _ in range(_LOOKS if held else 0):
        time.sleep(_BETWEEN)
        still = {one.pid for one in writers(path, target.path)}
        held = {pid: shown for pid, shown in held.items() if pid in still}
    return tuple(held[pid] for pid in sorted(held))


def _look(
    target: Target, database: Database, kind: str, shape: Shape, *, used: bool
) -> DatabaseSeen:
    name, path = database.path.name, str(database.path)
    probe = f"{kind}-db"
    try:
        _may_read(database)
        present = {str(row[0]) for row in schema.tables(database, _CAPS).rows}
        differences = schema.differences(database, shape, present, _CAPS)
        applied: tuple[str, ...] = ()
        if "_schema_migrations" in present:
            applied = tuple(str(r[0]) for r in read(database, migrations.APPLIED, caps=_CAPS).rows)
    except DatabaseError as error:
        return DatabaseSeen(kind, name, path, probe, used, error.fault, error.detail)
    compared = migrations.compare(target.layout.migrations, kind, applied, ())
    return DatabaseSeen(
        kind=kind,
        name=name,
        path=path,
        probe=probe,
        used=used,
        tables=len(present),
        differences=tuple(differences),
        pending=compared.pending,
        unknown=compared.unknown,
        compared=compared.compared,
    )


def _may_read(database: Database) -> None:
    """Raises `DatabaseError` where the file's mode lets nobody read it.

    The superuser reads it all the same, and must be told that the servers, which run as
    another user, can't.
    """
    try:
        mode = database.path.stat().st_mode
    except OSError:
        return
    if stat.S_ISREG(mode) and not mode & 0o444:
        raise DatabaseError(Fault.DENIED, database.path, f"its mode is {stat.S_IMODE(mode):04o}")
