"""What an installation was like when a gate was judged: its verdict holds only while it is so.

Taken when an action starts and when it has ended, and kept in its record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from orket_console.actions.job import Places, raw, text
from orket_console.actions.records import Conditions
from orket_console.base.files import Unreadable, UnreadableError, read_bytes
from orket_console.base.sqlite import Ask, Caps, Database, DatabaseError, Fault, reading
from orket_console.base.text import shorten
from orket_console.target.identity import identify

if TYPE_CHECKING:
    from orket_console.target.target import Target

_ENV_CAP: Final = 1 << 20
_CAPS: Final = Caps(rows=5000, seconds=1.0)
_OBJECTS: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' "
    "ESCAPE '\\' ORDER BY type, name"
)
_APPLIED: Final[Mapping[str, str]] = {
    "_schema_migrations": "SELECT id FROM _schema_migrations ORDER BY id",
    "schema_migrations": "SELECT namespace, version FROM schema_migrations ORDER BY 1, 2",
}
"""What each version keeps of the migrations that were applied, by its table."""
NONE: Final = "none"
_UNREAD: Final = "can't be read: "
_NOTHING_THERE: Final = frozenset({Fault.MISSING, Fault.EMPTY})


def places_of(target: Target) -> Places:
    """Where the conditions of a target are read from."""
    return Places(
        root=raw(str(target.path)),
        env=raw(str(target.layout.env_file)),
        databases=[raw(str(database.path)) for database in (target.runtime_db, target.webhook_db)],
        copies=raw(str(target.state.copies.absolute())),
    )


def conditions_at(places: Places) -> Conditions:
    """The conditions as they are now. What can't be read is named, and never raised.

    Reads `.git` or `pyproject.toml`, `.env`, and the schema and applied migrations of both
    databases.
    """
    identity = identify(Path(text(places.root)))
    databases = [Database(Path(text(d)), Path(text(places.copies))) for d in places.databases]
    return Conditions(
        installation=identity.commit or identity.version,
        env=_env(Path(text(places.env))),
        schemas={database.path.name: _schema(database) for database in databases},
    )


def conditions_of(target: Target) -> Conditions:
    """The conditions of a target as they are now."""
    return conditions_at(places_of(target))


def told(conditions: Conditions) -> str:
    """The conditions on one line: `Orket 0.3.16, .env 4f2a90c1, schema of webhook.db 77aa0b12`."""
    named = ((".env", conditions.env), *_schemas(conditions))
    values = ", ".join(
        f"{what} {value[:8] if len(value) == 64 else value}" for what, value in named
    )
    return f"Orket {_brief(conditions.installation) or 'of no known version'}, {values}"


def _schemas(conditions: Conditions) -> list[tuple[str, str]]:
    return [(f"schema of {name}", value) for name, value in conditions.schemas.items()]


def differences(then: Conditions, now: Conditions) -> tuple[str, ...]:
    """What is otherwise now, each in words; empty when nothing is."""
    found: list[str] = []
    if then.installation != now.installation:
        found.append(f"Orket was {_brief(then.installation)}, is {_brief(now.installation)}")
    if then.env != now.env:
        found.append(_told(".env", then.env, now.env))
    return (*found, *schema_differences(then, now))


def schema_differences(then: Conditions, now: Conditions) -> tuple[str, ...]:
    """Which databases' schemas are otherwise now, each in words."""
    names = dict.fromkeys((*then.schemas, *now.schemas))
    pairs = ((name, then.schemas.get(name, NONE), now.schemas.get(name, NONE)) for name in names)
    return tuple(_told(f"schema of {n}", old, new) for n, old, new in pairs if old != new)


def _told(what: str, then: str, now: str) -> str:
    if now.startswith(_UNREAD):
        return f"{what} {now}"
    if then.startswith(_UNREAD):
        return f"{what} could not be read then"
    if now == NONE:
        return f"{what} is gone"
    return f"{what} {'is new' if then == NONE else 'changed'}"


def _brief(installation: str) -> str:
    """A version, or a commit as people know it."""
    return shorten(installation, 20) if len(installation) < 40 else installation[:10]


def _env(path: Path) -> str:
    """SHA-256 of the file: its values can't be had from it."""
    try:
        return hashlib.sha256(read_bytes(path, _ENV_CAP)).hexdigest()
    except UnreadableError as error:
        return NONE if error.reason is Unreadable.MISSING else f"{_UNREAD}{error.reason}"


def _schema(database: Database) -> str:
    """SHA-256 of what the database is made of and of the migrations that it has had."""
    digest = hashlib.sha256()
    try:
        with reading(database, _CAPS) as ask:
            tables = _digested(digest, ask, _OBJECTS)
            for table, statement in _APPLIED.items():
                if table in tables:
                    _digested(digest, ask, statement)
    except DatabaseError as error:
        return NONE if error.fault in _NOTHING_THERE else f"{_UNREAD}{error.fault}"
    except OSError as error:
        # Of the copy that is made where the file itself can't be read.
        return f"{_UNREAD}{error.strerror}"
    return digest.hexdigest()


def _digested(digest: hashlib._Hash, ask: Ask, statement: str) -> set[object]:
    """Take an answer's rows into the digest; the second value of each, where there is one."""
    rows = ask(statement, ()).rows
    digest.update(msgspec.json.encode([[str(value) for value in row] for row in rows]))
    return {row[1] for row in rows if len(row) > 1}
