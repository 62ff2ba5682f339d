"""Incidents: opened, taken over, closed, reopened."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger import rows
from orket_console.incidents.ledger.model import Incident, Turn, Who
from orket_console.incidents.ledger.store import Store


@dataclass(frozen=True, slots=True)
class Opening:
    """What an incident is opened with. `failure`, `rule` and `signature` are empty for one that
    is opened by hand."""

    title: str
    at: datetime
    by: Who
    captured: Mapping[str, Any]
    failure: str = ""
    rule: str = ""
    signature: str = ""


def open_incident(store: Store, opening: Opening) -> Incident:
    """Raises `ConsoleError` (exit 2) where one of that signature is open already."""
    who = rows.encoded_who(opening.by)
    with store.writing() as connection:
        if opening.signature and (open_now := _open_of(connection, opening.signature)):
            raise ConsoleError(
                f"{open_now.name} is open for this failure already: {open_now.title}",
                remedy="go on with it, or close it first",
                exit_code=ExitCode.USAGE,
            )
        values = (
            store.safe(opening.title),
            opening.failure,
            opening.rule,
            opening.signature,
            rows.written(opening.at),
            who,
            who,
            store.safe_json(opening.captured),
        )
        cursor = connection.execute(
            "INSERT INTO incidents (title, failure, rule, signature, opened, opened_by, owner,"
            " captured) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        number = int(cursor.lastrowid or 0)
        turned(
            connection, Turn(number, opening.at, opening.by, "opened", store.safe(opening.title))
        )
        return _found(connection, number)


def incidents(store: Store) -> list[Incident]:
    """All there are: open ones first, then the newest."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.INCIDENT} FROM incidents ORDER BY closed IS NOT NULL, id DESC"
        ).fetchall()
    return [rows.incident(row) for row in found]


def find_incident(store: Store, number: int) -> Incident:
    """Raises `ConsoleError` (exit 2) where there is none of that number."""
    with store.reading() as connection:
        return _found(connection, number)


def current_incident(store: Store) -> Incident | None:
    """The one that was opened last of those that are open."""
    with store.reading() as connection:
        row = connection.execute(
            f"SELECT {rows.INCIDENT} FROM incidents WHERE closed IS NULL ORDER BY id DESC LIMIT 1"
        ).fetchone()
    return rows.incident(row) if row else None


def close_incident(store: Store, number: int, at: datetime, by: Who, reason: str) -> Incident:
    """With what it ended. Raises `ConsoleError` (exit 2) for one that is closed."""
    with store.writing() as connection:
        if _found(connection, number).closed is not None:
            raise _already(number, "closed")
        connection.execute(
            "UPDATE incidents SET closed = ?, closed_by = ?, reason = ? WHERE id = ?",
            (rows.written(at), rows.encoded_who(by), store.safe(reason), number),
        )
        turned(connection, Turn(number, at, by, "closed", store.safe(reason)))
        return _found(connection, number)


def reopen_incident(store: Store, number: int, at: datetime, by: Who, reason: str) -> Incident:
    """Raises `ConsoleError` (exit 2) for one that is open."""
    with store.writing() as connection:
        if _found(connection, number).closed is None:
            raise _already(number, "open")
        connection.execute(
            "UPDATE incidents SET closed = NULL, closed_by = NULL, reason = '',"
            " reopened = reopened + 1 WHERE id = ?",
            (number,),
        )
        turned(connection, Turn(number, at, by, "reopened", store.safe(reason)))
        return _found(connection, number)


def take_over(store: Store, number: int, at: datetime, by: Who) -> Incident:
    """Another operator works on it from now on; the same one changes nothing."""
    with store.writing() as connection:
        before = _found(connection, number)
        if before.owner == by:
            return before
        connection.execute(
            "UPDATE incidents SET owner = ? WHERE id = ?", (rows.encoded_who(by), number)
        )
        turned(connection, Turn(number, at, by, "taken over", f"from {before.owner}"))
        return _found(connection, number)


def turns(store: Store, number: int) -> Sequence[Turn]:
    """What happened to it, in order."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.TURN} FROM turns WHERE incident = ? ORDER BY id",
            (number,),
        ).fetchall()
    return [rows.turn(row) for row in found]


def turned(connection: sqlite3.Connection, turn: Turn) -> None:
    """Write a turn down, in the change that it is part of."""
    connection.execute(
        "INSERT INTO turns (incident, at, by, what, detail) VALUES (?, ?, ?, ?, ?)",
        (
            turn.incident,
            rows.written(turn.at),
            rows.encoded_who(turn.by),
            turn.what,
            turn.detail,
        ),
    )


def _found(connection: sqlite3.Connection, number: int) -> Incident:
    row = connection.execute(
        f"SELECT {rows.INCIDENT} FROM incidents WHERE id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise ConsoleError(
            f"there is no incident INC-{number}",
            remedy="orket-console incident list",
            exit_code=ExitCode.USAGE,
        )
    return rows.incident(row)


def _open_of(connection: sqlite3.Connection, signature: str) -> Incident | None:
    row = connection.execute(
        f"SELECT {rows.INCIDENT} FROM incidents WHERE signature = ? AND closed IS NULL",
        (signature,),
    ).fetchone()
    return rows.incident(row) if row else None


def _already(number: int, state: str) -> ConsoleError:
    return ConsoleError(f"INC-{number} is {state} already", exit_code=ExitCode.USAGE)
