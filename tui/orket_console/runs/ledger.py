"""What the runtime database records of runs: `run_ledger`, `sessions`, `issues`, card moves.

Columns that a version lacks are read as empty and named; the large JSON columns are never
fetched whole (a new ledger row holds 100 KB of them).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from orket_console.base.clock import parse_time
from orket_console.base.sqlite import Answer, Ask, Caps, Database, DatabaseError, read, reading
from orket_console.runs.rows import (
    IssueRow,
    LedgerRow,
    Move,
    SessionRow,
    issue_row,
    ledger_row,
    session_row,
    text,
    whole,
)

__all__ = ["IssueRow", "Ledger", "LedgerRow", "Move", "SessionRow"]

_CAPS: Final = Caps(rows=100_000, bytes=32 << 20, seconds=2.0)
_CHUNK: Final = 400
_LONGEST: Final = 4000


def _from_json(column: str, *paths: str) -> str:
    """SQL for parts of a JSON column; NULL where it holds no JSON."""
    listed = ", ".join(f"'{path}'" for path in paths)
    return f"CASE WHEN json_valid({column}) THEN json_extract({column}, {listed}) END"


_LEDGER: Final = {
    "run_type": "run_type",
    "run_name": "run_name",
    "build_id": "build_id",
    "status": "status",
    "failure_class": "failure_class",
    "failure_reason": f"substr(failure_reason, 1, {_LONGEST})",
    "started_at": "started_at",
    "ended_at": "ended_at",
    "updated_at": "updated_at",
}
_PLAIN: Final = _LEDGER | {"summary_json": "NULL", "artifact_json": "NULL"}
_WHOLE: Final = _LEDGER | {
    "summary_json": _from_json("summary_json", "$.transcript_turns", "$.status_counts"),
    "artifact_json": _from_json("artifact_json", "$.observability_root"),
}
_SESSION: Final = {name: name for name in ("type", "name", "status", "start_time", "end_time")}


class Ledger:
    """The runtime database, read a page at a time.

    Nothing here raises for a fault of the database: it is put into `problems`, in words,
    once each, and the answer is empty.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns: dict[str, frozenset[str]] = {}
        self._asking: Ask | None = None
        self._gone = False
        self.problems: list[str] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """One connection for what is asked within; without it each question has its own."""
        try:
            with reading(self._database, _CAPS) as self._asking:
                yield
        except DatabaseError as error:
            # Only opening it raises here, and then nothing was yielded yet.
            self._note(str(error))
            self._gone = True
            yield
        finally:
            self._asking, self._gone = None, False

    def mark(self) -> tuple[tuple[int, int, int], ...]:
        """Changes when the database is written to: inode, size and mtime (ns) of its files."""
        path = self._database.path
        return tuple(_mark(f"{path}{suffix}") for suffix in ("", "-wal", "-journal"))

    def newest_rows(self, limit: int) -> tuple[dict[str, LedgerRow], dict[str, SessionRow]]:
        """The newest `limit` rows of each table by session, and the other table's of those.

        Without what the ledger's JSON columns hold.
        """
        runs = self._ledger_rows(
            self._newest("run_ledger", "session_id", "started_at", _PLAIN, limit)
        )
        rows = self._session_rows(self._newest("sessions", "id", "start_time", _SESSION, limit))
        runs |= self.plain_runs([session for session in rows if session not in runs])
        rows |= self.sessions([session for session in runs if session not in rows])
        return runs, rows

    def with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Session ids of both tables that begin with `prefix`."""
        found: list[str] = []
        for table, column in (("run_ledger", "session_id"), ("sessions", "id")):
            sql = f"SELECT {column} FROM {table} WHERE substr({column}, 1, ?) = ? LIMIT ?"  # noqa: S608  names are ours
            answer = self._ask(table, (column,), sql, (len(prefix), prefix, limit))
            found += [str(row[0]) for row in answer.rows] if answer else []
        return list(dict.fromkeys(found))

    def ids(self) -> frozenset[str]:
        """Every session id of both tables, fetched as one text each: rows would cost more."""
        found: set[str] = set()
        for table, column in (("run_ledger", "session_id"), ("sessions", "id")):
            sql = f"SELECT group_concat({column}, char(10)) FROM {table}"  # noqa: S608  names are ours
            answer = self._ask(table, (column,), sql, ())
            if answer is not None and answer.rows and answer.rows[0][0]:
                found.update(str(answer.rows[0][0]).split("\n"))
        return frozenset(found)

    def runs(self, sessions: Sequence[str]) -> dict[str, LedgerRow]:
        """Rows by session, with what their JSON columns hold."""
        return self._ledger_rows(self.records("run_ledger", "session_id", _WHOLE, sessions))

    def plain_runs(self, sessions: Sequence[str]) -> dict[str, LedgerRow]:
        """Rows by session without their JSON, which is long: no turns, statuses and traces."""
        return self._ledger_rows(self.records("run_ledger", "session_id", _PLAIN, sessions))

    def sessions(self, sessions: Sequence[str]) -> dict[str, SessionRow]:
        return self._session_rows(self.records("sessions", "id", _SESSION, sessions))

    @staticmethod
    def _ledger_rows(records: Iterable[dict[str, Any]]) -> dict[str, LedgerRow]:
        return {row.session: row for row in map(ledger_row, records) if row.session}

    @staticmethod
    def _session_rows(records: Iterable[dict[str, Any]]) -> dict[str, SessionRow]:
        return {row.session: row for row in map(session_row, records) if row.session}

    def issues(self, sessions: Sequence[str], builds: Sequence[str]) -> list[IssueRow]:
        """Issues of any of the sessions or builds, oldest id first."""
        names = ("session_id", "build_id", "seat", "status", "retry_count", "max_retries")
        wanted = {name: name for name in names} | {"summary": "substr(summary, 1, 500)"}
        found: dict[str, IssueRow] = {}
        for column, values in (("session_id", sessions), ("build_id", builds)):
            for record in self.records("issues", "id", wanted, values, column):
                row = issue_row(record)
                found[row.issue] = row
        return [found[issue] for issue in sorted(found)]

    def moves(self, issue: str, session: str) -> list[Move]:
        """What happened to an issue's card, in order: rows of this run and those unmarked.

        Only some actions name their run (`"run_id": "…"`); rows that name another are left out.
        """
        wanted = {
            "role": "role",
            "action": f"substr(action, 1, {_LONGEST})",
            "timestamp": "timestamp",
        }
        rows = self.records("card_transactions", "id", wanted, [issue], "card_id")
        moves = [
            Move(
                row=whole(record["id"]) or 0,
                at=parse_time(record["timestamp"]),
                role=text(record["role"]),
                action=text(record["action"]),
            )
            for record in rows
        ]
        moves.sort(key=lambda move: move.row)
        return [m for m in moves if '"run_id"' not in m.action or f'"{session}"' in m.action]

    def has(self, table: str) -> bool:
        """Whether the database has the table."""
        return bool(self._all_columns(table))

    def records(
        self,
        table: str,
        key: str,
        wanted: dict[str, str],
        values: Sequence[str],
        where: str = "",
    ) -> list[dict[str, Any]]:
        """Rows of `table` whose `where` (else `key`) is one of `values`.

        `wanted` maps each column to the expression that is fetched of it; names of tables and
        columns are the caller's own, never outside text.
        """
        records: list[dict[str, Any]] = []
        column = where or key
        fields = self._fields(table, (key, column), wanted)
        if fields is None:
            return records
        for chunk in _chunks([value for value in values if value]):
            marks = ", ".join("?" * len(chunk))
            sql = f"SELECT {key} AS {key}, {fields} FROM {table} WHERE {column} IN ({marks})"  # noqa: S608  names are ours
            answer = self._ask(table, (), sql, chunk)
            records += answer.records() if answer else []
        return records

    def _newest(
        self, table: str, key: str, time: str, wanted: dict[str, str], limit: int
    ) -> list[dict[str, Any]]:
        """The `limit` rows that began last; that were written last, where no time is recorded."""
        fields = self._fields(table, (key,), wanted)
        if fields is None:
            return []
        order = f"{time} DESC, " if time in self._columns[table] else ""
        sql = f"SELECT {key} AS {key}, {fields} FROM {table} ORDER BY {order}rowid DESC LIMIT ?"  # noqa: S608  names are ours
        answer = self._ask(table, (), sql, (limit,))
        return list(answer.records()) if answer else []

    def _fields(self, table: str, needed: Iterable[str], wanted: dict[str, str]) -> str | None:
        """What is fetched of `wanted`, as SQL; None where the table lacks what is `needed`."""
        present = self._present(table, needed)
        if present is None:
            return None
        lacking = sorted(set(wanted) - present)
        if lacking:
            self._note(f"{self._database.path.name}: {table} has no column {', '.join(lacking)}")
        return ", ".join(
            f"{text if name in present else 'NULL'} AS {name}" for name, text in wanted.items()
        )

    def _present(self, table: str, needed: Iterable[str]) -> frozenset[str] | None:
        """The columns that `table` has; None where it lacks one that is `needed`."""
        present = self._all_columns(table)
        if present is None:
            return None
        if not present:
            self._note(f"{self._database.path.name}: no table {table}")
            return None
        lacking = sorted(set(needed) - present)
        if lacking:
            self._note(f"{self._database.path.name}: {table} has no column {', '.join(lacking)}")
            return None
        return present

    def _all_columns(self, table: str) -> frozenset[str] | None:
        """Empty for a table that is not there; None where that can't be read."""
        if table not in self._columns:
            answer = self._read(f"PRAGMA table_info({table})")
            if answer is None:
                return None
            self._columns[table] = frozenset(str(row[1]) for row in answer.rows)
        return self._columns[table]

    def _ask(
        self, table: str, needed: Iterable[str], sql: str, parameters: Sequence[object]
    ) -> Answer | None:
        if self._present(table, needed) is None:
            return None
        answer = self._read(sql, parameters)
        if answer is not None and answer.cut:
            self._note(f"{self._database.path.name}: {table} {answer.cut}")
        return answer

    def _read(self, sql: str, parameters: Sequence[object] = ()) -> Answer | None:
        if self._gone:
            return None
        try:
            if self._asking is not None:
                return self._asking(sql, parameters)
            return read(self._database, sql, parameters, _CAPS)
        except DatabaseError as error:
            self._note(str(error))
            return None

    def _note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _mark(path: str) -> tuple[int, int, int]:
    try:
        info = os.stat(path)  # noqa: PTH116  as text, for its suffix
    except OSError:
        return (0, 0, 0)
    return (info.st_ino, info.st_size, info.st_mtime_ns)


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + _CHUNK] for at in range(0, len(values), _CHUNK))
