"""The row that a line of a preflight was read from, in full."""

from __future__ import annotations

from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TableRef
from orket_console.base.sqlite import DatabaseError, read
from orket_console.base.text import shorten
from orket_console.runs.preflight.judge import Line
from orket_console.target.target import Target

_KEYS: Final = {"issues": "id", "pending_gate_requests": "request_id", "card_transactions": "id"}
_LONGEST: Final = 4_000


def read_row(target: Target, line: Line) -> tuple[tuple[str, str], ...]:
    """Columns and values of the row that `line` was read from, in the table's order.

    Raises `ConsoleError` (exit 3) where it can't be read or is not there.
    """
    table = line.ref.table if isinstance(line.ref, TableRef) else ""
    if table not in _KEYS:
        raise ConsoleError(f"{line.evidence} has no row", exit_code=ExitCode.CANNOT_TELL)
    sql = f"SELECT * FROM {table} WHERE {_KEYS[table]} = ?"  # noqa: S608  names are ours
    try:
        answer = read(target.runtime_db, sql, [line.row])
    except DatabaseError as error:
        raise ConsoleError(str(error), exit_code=ExitCode.CANNOT_TELL) from error
    for record in answer.records():
        return tuple((shorten(name, 60), _said(value)) for name, value in record.items())
    raise ConsoleError(
        f"{table} has no row {shorten(line.row, 60)!r}",
        where=target.runtime_db.path.name,
        exit_code=ExitCode.CANNOT_TELL,
    )


def _said(value: object) -> str:
    return "–" if value is None else str(value)[:_LONGEST]
