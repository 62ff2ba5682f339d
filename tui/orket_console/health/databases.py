"""Looking into one of Orket's databases: readable, of the known shape, migrated, and well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from orket_console.base.refs import Ref, TableRef
from orket_console.base.sqlite import Answer, Caps, Database, DatabaseError, Fault, read
from orket_console.base.state import State
from orket_console.health import migrations, schema, storage
from orket_console.health.look import Look
from orket_console.health.migrations import Migrations
from orket_console.health.reading import Reading
from orket_console.health.schema import Shape
from orket_console.target.holders import writers

_FAULTS: Final = {
    Fault.DENIED: (State.UNKNOWN, "unreadable"),
    Fault.NOT_A_DATABASE: (State.FAILING, "no database"),
    Fault.EMPTY: (State.FAILING, "empty"),
    Fault.LOCKED: (State.DEGRADED, "locked"),
    Fault.CORRUPT: (State.FAILING, "corrupt"),
    Fault.SCHEMA: (State.FAILING, "schema"),
    Fault.NEEDS_RECOVERY: (State.UNKNOWN, "recovery"),
    Fault.TOO_SLOW: (State.UNKNOWN, "timeout"),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database says beside its shape: `word` is a state word where that is trouble."""

    seen: str
    details: tuple[str, ...] = ()
    evidence: tuple[Ref, ...] = ()
    word: str = ""
    remedy: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """One database and what is expected of it.

    `kind` stands in the names of its migrations; `used` tells that it must be there by now.
    """

    database: Database
    kind: str
    shape: Shape
    used: bool
    contents: Callable[[Database, Caps], Contents]


def examine(look: Look, subject: Subject) -> Reading:
    """One reading of a database. Blocks; never waits longer than the deadline for SQLite."""
    start = look.clock.monotonic()
    caps = Caps(seconds=look.seconds / 4, wait=min(0.25, look.seconds / 8))
    try:
        found = schema.tables(subject.database, caps)
        ((mode,),) = read(subject.database, "PRAGMA journal_mode", caps=caps).rows
        present = {str(row[0]) for row in found.rows}
        missing = schema.differences(subject.database, subject.shape, present, caps)
        applied = _applied(look, subject, present, caps)
        inside = Contents("") if missing else subject.contents(subject.database, caps)
    except DatabaseError as error:
        return _fault(error, subject, look)
    ms = round((look.clock.monotonic() - start) * 1000, 1)
    lines = (*_about(look, subject, found, str(mode)), *applied.lines(), *inside.details)
    if missing:
        return _wrong_shape(subject, missing, lines, ms)
    return _reading(subject, inside, applied, lines, ms)


def _reading(
    subject: Subject, inside: Contents, applied: Migrations, lines: tuple[str, ...], ms: float
) -> Reading:
    name = subject.database.path.name
    evidence = (*inside.evidence, TableRef(name, "_schema_migrations"))
    reading = Reading(State.DEGRADED, inside.word, inside.seen, lines, evidence, ms=ms)
    if inside.word:
        return replace(reading, remedy=inside.remedy, action=inside.action)
    without_file = f"applied, but no such file: {_names(applied.unknown)}; "
    if applied.pending:
        also = without_file if applied.unknown else ""
        return replace(
            reading,
            word="pending",
            seen=f"not applied: {_names(applied.pending)}; {also}{inside.seen}",
            remedy="run the migrations",
            action="migrations",
        )
    if applied.unknown:
        return replace(
            reading,
            word="drift",
            seen=f"{without_file}{inside.seen}",
            remedy="the code is older than the database: update it, or restore the database",
        )
    return replace(reading, state=State.OK, word="ok", seen=f"{inside.seen}, {applied}")


def _wrong_shape(
    subject: Subject, missing: list[str], lines: tuple[str, ...], ms: float
) -> Reading:
    evidence = (TableRef(subject.database.path.name, "sqlite_schema"),)
    if not subject.used:
        seen = "no tables yet: Orket makes them on first use"
        return Reading(State.UNKNOWN, "no tables", seen, lines, evidence, ms=ms)
    more = f", {len(missing) - 2} more" if len(missing) > 2 else ""
    return Reading(
        State.FAILING,
        "schema",
        f"{', '.join(missing[:2])}{more}",
        (*lines, *missing),
        evidence,
        ms=ms,
        remedy="the database is not of this version: compare the migrations, or restore it",
        action="migrations",
    )


def _fault(error: DatabaseError, subject: Subject, look: Look) -> Reading:
    path = subject.database.path
    lines: tuple[str, ...] = (str(path), error.detail or str(error.fault))
    if error.fault is Fault.MISSING:
        state = State.FAILING if subject.used else State.UNKNOWN
        seen = "the file is not there" if subject.used else "not made yet: nothing has used it"
        return Reading(state, "missing", seen, lines, remedy=error.remedy)
    if error.fault is Fault.LOCKED and (holding := writers(path, look.target.path)):
        seen = f"{error.fault}, pid {holding[0].pid}"
        lines = (*lines, *(f"the writer is {one}" for one in holding))
        return Reading(State.DEGRADED, "locked", seen, lines, remedy=error.remedy)
    state, word = _FAULTS.get(error.fault, (State.UNKNOWN, "unreadable"))
    detail = f": {error.detail}" if error.detail else ""
    return Reading(state, word, f"{error.fault}{detail}", lines, remedy=error.remedy)


def _about(look: Look, subject: Subject, found: Answer, mode: str) -> list[str]:
    about = storage.lines(look, subject.database.path, len(found.rows), mode)
    if found.copied:
        about.append("read from a copy in the state folder: nobody has the database open")
    return about


def _applied(look: Look, subject: Subject, present: set[str], caps: Caps) -> Migrations:
    applied: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    if "_schema_migrations" in present:
        rows = read(subject.database, migrations.APPLIED, caps=caps).rows
        applied = tuple(str(row[0]) for row in rows)
    if "schema_migrations" in present:
        rows = read(subject.database, migrations.VERSIONS, caps=caps).rows
        versions = tuple(f"{row[0]} {row[1]}" for row in rows)
    return migrations.compare(look.target.layout.migrations, subject.kind, applied, versions)


def _names(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
