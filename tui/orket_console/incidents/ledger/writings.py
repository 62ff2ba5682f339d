"""What is written to an incident: notes, gates that were run, escalations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.ledger import rows
from orket_console.incidents.ledger.incidents import turned
from orket_console.incidents.ledger.model import Escalation, GateRun, Note, Turn, Who
from orket_console.incidents.ledger.store import Store

DRAFTED: Final = "escalation drafted"
"""The turn in which a record was drafted."""


def add_note(store: Store, incident: int, at: datetime, by: Who, text: str) -> Note:
    """Raises `ConsoleError` (exit 2) for one without words."""
    if not text.strip():
        raise ConsoleError("a note needs words", exit_code=ExitCode.USAGE)
    with store.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO notes (incident, at, by, text) VALUES (?, ?, ?, ?)",
            (incident, rows.written(at), rows.encoded_who(by), store.safe(text.strip())),
        )
        row = connection.execute(
            f"SELECT {rows.NOTE} FROM notes WHERE id = ?",
            (cursor.lastrowid,),
        ).fetchone()
    return rows.note(row)


def notes(store: Store, incident: int) -> list[Note]:
    """In order."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.NOTE} FROM notes WHERE incident = ? ORDER BY id",
            (incident,),
        ).fetchall()
    return [rows.note(row) for row in found]


def record_gate(store: Store, run: GateRun) -> None:
    """A run that belongs to an incident; again with its verdict once it has ended."""
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO gates (incident, pass, action, record, verdict, at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (incident, record) DO UPDATE SET verdict = excluded.verdict",
            (
                run.incident,
                run.of_pass,
                run.action,
                run.record,
                run.verdict,
                rows.written(run.at),
            ),
        )


def gates(store: Store, incident: int) -> list[GateRun]:
    """In order."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.GATE} FROM gates WHERE incident = ? ORDER BY at, record",
            (incident,),
        ).fetchall()
    return [rows.gate(row) for row in found]


def add_escalation(
    store: Store, incident: int, at: datetime, by: Who, fields: Mapping[str, Any]
) -> Escalation:
    with store.writing() as connection:
        cursor = connection.execute(
            "INSERT INTO escalations (incident, at, by, fields) VALUES (?, ?, ?, ?)",
            (incident, rows.written(at), rows.encoded_who(by), store.safe_json(fields)),
        )
        turned(connection, Turn(incident, at, by, DRAFTED, ""))
        row = connection.execute(
            f"SELECT {rows.ESCALATION} FROM escalations WHERE id = ?",
            (cursor.lastrowid,),
        ).fetchone()
    return rows.escalation(row)


def file_escalation(
    store: Store,
    filed: Escalation,
    at: datetime,
    by: Who,
    *,
    path: str = "",
    url: str = "",
    answer: Mapping[str, Any] | None = None,
) -> Escalation:
    """Where it went: a file, or an issue with the answer that was given to it."""
    with store.writing() as connection:
        connection.execute(
            "UPDATE escalations SET path = ?, url = ?, answer = ? WHERE id = ?",
            (
                store.safe(path),
                store.safe(url),
                None if answer is None else store.safe_json(answer),
                filed.id,
            ),
        )
        what = store.safe(url or path)
        turned(connection, Turn(filed.incident, at, by, "escalation filed", what))
        row = connection.execute(
            f"SELECT {rows.ESCALATION} FROM escalations WHERE id = ?",
            (filed.id,),
        ).fetchone()
    return rows.escalation(row)


def escalations(store: Store, incident: int) -> list[Escalation]:
    """In order."""
    with store.reading() as connection:
        found = connection.execute(
            f"SELECT {rows.ESCALATION} FROM escalations WHERE incident = ? ORDER BY id",
            (incident,),
        ).fetchall()
    return [rows.escalation(row) for row in found]
