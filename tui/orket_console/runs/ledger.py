"""What the runtime database records of runs: `run_ledger`, `sessions`, `issues`, card moves.

Columns that a version lacks are read as empty and named; the large JSON columns are never
fetched whole (a new ledger row holds 100 KB of them).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from orket_console.base.clock import parse_time
from orket_console.base.sqlite import Answer, Ask, Caps, Database, DatabaseError, read, reading
from orket_console.base.text import clean

_CAPS: Final = Caps(rows=100_000, bytes=32 << 20, seconds=2.0)
_CHUNK: Final = 400
_NAMES: Final = 5000
_LONGEST: Final = 4000
_FOLDER: Final = "lower(replace({}, ' ', '_'))"
"""An id as Orket spells its folder."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of `run_ledger`.

    `statuses` counts issues by status as the run's summary recorded them at its end;
    `turns` is the summary's `transcript_turns`.
    """

    session: str
    kind: str
    name: str
    build: str
    status: str
    failure_class: str
    failure_reason: str
    started: datetime | None
    ended: datetime | None
    updated: datetime | None
    turns: int | None
    statuses: dict[str, int]
    traces: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One row of `sessions`."""

    session: str
    kind: str
    name: str
    status: str
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One row of `issues`; `session` is mostly empty, so rows are found by `build` too."""

    issue: str
    session: str
    build: str
    seat: str
    summary: str
    status: str
    retries: int | None
    max_retries: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """One row of `card_transactions`: what was done to an issue's card, by whom."""

    row: int
    at: datetime | None
    role: str
    action: str


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

    def newest(self, limit: int) -> list[str]:
        """Session ids of both tables, the newest `limit` of each, by the time they began."""
        ids = self._ids("run_ledger", "session_id", "started_at", limit)
        return list(dict.fromkeys(ids + self._ids("sessions", "id", "start_time", limit)))

    def with_prefix(self, prefix: str, limit: int) -> list[str]:
        """Session ids of both tables that begin with `prefix`."""
        found: list[str] = []
        for table, column in (("run_ledger", "session_id"), ("sessions", "id")):
            sql = f"SELECT {column} FROM {table} WHERE substr({column}, 1, ?) = ? LIMIT ?"  # noqa: S608  names are ours
            answer = self._ask(table, (column,), sql, (len(prefix), prefix, limit))
            found += [str(row[0]) for row in answer.rows] if answer else []
        return list(dict.fromkeys(found))

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Those of the folder names `names` that neither table has a session of."""
        present = [
            (table, column)
            for table, column in (("run_ledger", "session_id"), ("sessions", "id"))
            if self._present(table, (column,)) is not None
        ]
        if not present or not names:
            return list(names)
        # By the ids' own index; what is left is compared with ids that folders spell otherwise.
        by_id = [f"NOT EXISTS (SELECT 1 FROM {t} WHERE {c} = value)" for t, c in present]  # noqa: S608  names are ours
        spelt = [
            f"value NOT IN (SELECT {_FOLDER.format(c)} FROM {t} WHERE {c} <> {_FOLDER.format(c)})"  # noqa: S608  names are ours
            for t, c in present
        ]
        left: set[str] = set()
        for chunk in _chunks([clean(name) for name in names], _NAMES):
            rows = ", ".join(["(?)"] * len(chunk))
            sql = f"WITH named(value) AS (VALUES {rows}) SELECT value FROM named WHERE "  # noqa: S608  marks only
            answer = self._read(sql + " AND ".join(by_id + spelt), chunk)
            if answer is None:
                return list(names)
            left |= {str(row[0]) for row in answer.rows}
        return [name for name in names if clean(name) in left]

    def runs(self, sessions: Sequence[str]) -> dict[str, LedgerRow]:
        """Rows by session, with what their JSON columns hold."""
        return self._runs(
            sessions,
            {
                "summary_json": _from_json("summary_json", "$.transcript_turns", "$.status_counts"),
                "artifact_json": _from_json("artifact_json", "$.observability_root"),
            },
        )

    def plain_runs(self, sessions: Sequence[str]) -> dict[str, LedgerRow]:
        """Rows by session without their JSON, which is long: no turns, statuses and traces."""
        return self._runs(sessions, {"summary_json": "NULL", "artifact_json": "NULL"})

    def _runs(self, sessions: Sequence[str], more: dict[str, str]) -> dict[str, LedgerRow]:
        wanted = {
            "run_type": "run_type",
            "run_name": "run_name",
            "build_id": "build_id",
            "status": "status",
            "failure_class": "failure_class",
            "failure_reason": f"substr(failure_reason, 1, {_LONGEST})",
            "started_at": "started_at",
            "ended_at": "ended_at",
            "updated_at": "updated_at",
        } | more
        rows = self.records("run_ledger", "session_id", wanted, sessions)
        return {row.session: row for row in map(_ledger_row, rows)}

    def sessions(self, sessions: Sequence[str]) -> dict[str, SessionRow]:
        wanted = {name: name for name in ("type", "name", "status", "start_time", "end_time")}
        rows = self.records("sessions", "id", wanted, sessions)
        return {row.session: row for row in map(_session_row, rows)}

    def issues(self, sessions: Sequence[str], builds: Sequence[str]) -> list[IssueRow]:
        """Issues of any of the sessions or builds, oldest id first."""
        names = ("session_id", "build_id", "seat", "status", "retry_count", "max_retries")
        wanted = {name: name for name in names} | {"summary": "substr(summary, 1, 500)"}
        found: dict[str, IssueRow] = {}
        for column, values in (("session_id", sessions), ("build_id", builds)):
            for record in self.records("issues", "id", wanted, values, column):
                row = _issue_row(record)
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
                row=_whole(record["id"]) or 0,
                at=parse_time(record["timestamp"]),
                role=_text(record["role"]),
                action=_text(record["action"]),
            )
            for record in rows
        ]
        moves.sort(key=lambda move: move.row)
        return [m for m in moves if '"run_id"' not in m.action or f'"{session}"' in m.action]

    def has(self, table: str) -> bool:
        """Whether the database has the table."""
        return bool(self._all_columns(table))

    def _ids(self, table: str, column: str, time: str, limit: int) -> list[str]:
        sql = f"SELECT {column} FROM {table} ORDER BY julianday({time}) DESC, rowid DESC LIMIT ?"  # noqa: S608  names are ours
        answer = self._ask(table, (column, time), sql, (limit,))
        return [str(row[0]) for row in answer.rows if row[0]] if answer else []

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
        present = self._present(table, (key, column))
        if present is None:
            return records
        lacking = sorted(set(wanted) - present)
        if lacking:
            self._note(f"{self._database.path.name}: {table} has no column {', '.join(lacking)}")
        fields = ", ".join(
            f"{text if name in present else 'NULL'} AS {name}" for name, text in wanted.items()
        )
        for chunk in _chunks([value for value in values if value]):
            marks = ", ".join("?" * len(chunk))
            sql = f"SELECT {key} AS {key}, {fields} FROM {table} WHERE {column} IN ({marks})"  # noqa: S608  names are ours
            answer = self._ask(table, (), sql, chunk)
            records += answer.records() if answer else []
        return records

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


def _from_json(column: str, *paths: str) -> str:
    """SQL for parts of a JSON column; NULL where it holds no JSON."""
    listed = ", ".join(f"'{path}'" for path in paths)
    return f"CASE WHEN json_valid({column}) THEN json_extract({column}, {listed}) END"


def _chunks(values: Sequence[str], most: int = _CHUNK) -> Iterable[Sequence[str]]:
    return (values[at : at + most] for at in range(0, len(values), most))


def _ledger_row(record: dict[str, Any]) -> LedgerRow:
    turns, statuses = _summary(record["summary_json"])
    return LedgerRow(
        session=_text(record["session_id"]),
        kind=_text(record["run_type"]),
        name=_text(record["run_name"]),
        build=_text(record["build_id"]),
        status=_text(record["status"]),
        failure_class=_text(record["failure_class"]),
        failure_reason=_text(record["failure_reason"]),
        started=parse_time(record["started_at"]),
        ended=parse_time(record["ended_at"]),
        updated=parse_time(record["updated_at"]),
        turns=turns,
        statuses=statuses,
        traces=_text(record["artifact_json"]),
    )


def _summary(raw: object) -> tuple[int | None, dict[str, int]]:
    """`[transcript_turns, status_counts]`, as SQLite hands two extracted values out."""
    if not isinstance(raw, str):
        return None, {}
    try:
        turns, counts = json.loads(raw)
    except (ValueError, RecursionError):
        return None, {}
    statuses: dict[str, int] = {}
    for status, count in counts.items() if isinstance(counts, dict) else ():
        if isinstance(count, int):
            statuses[clean(str(status))] = count
    return _whole(turns), statuses


def _session_row(record: dict[str, Any]) -> SessionRow:
    return SessionRow(
        session=_text(record["id"]),
        kind=_text(record["type"]),
        name=_text(record["name"]),
        status=_text(record["status"]),
        started=parse_time(record["start_time"]),
        ended=parse_time(record["end_time"]),
    )


def _issue_row(record: dict[str, Any]) -> IssueRow:
    return IssueRow(
        issue=_text(record["id"]),
        session=_text(record["session_id"]),
        build=_text(record["build_id"]),
        seat=_text(record["seat"]),
        summary=_text(record["summary"]),
        status=_text(record["status"]),
        retries=_whole(record["retry_count"]),
        max_retries=_whole(record["max_retries"]),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
