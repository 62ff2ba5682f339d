"""Rows of the installation's databases and of the ledger that concern an incident, as documents.

Each table is `{"columns": [...], "rows": [[...], …]}`: columns with their declared types, so
that a database can be made of them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from orket_console.base.clock import parse_time
from orket_console.base.sqlite import Caps, Database, DatabaseError, read
from orket_console.incidents.ledger.incidents import find_incident
from orket_console.incidents.ledger.signatures import same_as
from orket_console.incidents.ledger.store import Store
from orket_console.target.target import Target

_CAPS: Final = Caps(rows=2_000, bytes=16 << 20, seconds=5.0)
_MOST: Final = 400
"""Values of one list in a statement."""
_OF_INCIDENT: Final = ("gates", "notes", "escalations", "turns")
_AT: Final = "created_at"
_SECONDS: Final = "%Y-%m-%d %H:%M:%S"
_OTHERS: Final = Caps(rows=200, bytes=16 << 20, seconds=5.0)
Table = dict[str, Any]


class _Runs(NamedTuple):
    """A table of sessions: which columns tell their ids, beginnings and ends."""

    table: str
    key: str
    begun: str
    ended: str


_RUNS: Final = (
    _Runs("run_ledger", "session_id", "started_at", "ended_at"),
    _Runs("sessions", "id", "start_time", "end_time"),
)


def webhook_rows(target: Target, since: datetime, until: datetime) -> dict[str, Table]:
    """Review cycles that there are, and failures and events of the time; the newest of each."""
    database = target.webhook_db
    return {
        "pr_review_cycles": _table(database, "pr_review_cycles"),
        "review_failures": _of_time(database, "review_failures", since, until),
        "webhook_events": _of_time(database, "webhook_events", since, until),
    }


def run_rows(
    target: Target, sessions: Iterable[str], since: datetime, until: datetime
) -> dict[str, Table]:
    """What the runtime database has of these sessions, and of others that ran in the time: ledger,
    issues, and what moved them."""
    names = sorted(set(sessions))[:_MOST]
    database = target.runtime_db
    ledger, table = (_runs(database, each, names, since, until) for each in _RUNS)
    issues = _named(database, "issues", "build_id", _column(ledger, "build_id"))
    cards = _column(issues, "id")
    return {
        "run_ledger": ledger,
        "sessions": table,
        "issues": issues,
        "card_transactions": _named(database, "card_transactions", "card_id", cards),
    }


def ledger_rows(store: Store, number: int) -> dict[str, Table]:
    """Every row of one incident, and of the signatures that its failure is known by."""
    one = find_incident(store, number)
    names = sorted(same_as(store, one.signature)) if one.signature else []
    with store.reading() as connection:

        def rows(table: str, column: str, values: Sequence[object]) -> Table:
            marks = ", ".join("?" * len(values))
            statement = f"SELECT * FROM {table} WHERE {column} IN ({marks})"  # noqa: S608  ours
            cursor = connection.execute(statement, values)
            columns = [[each[0], ""] for each in cursor.description]
            return {"columns": columns, "rows": [list(row) for row in cursor.fetchall()]}

        found = {"incidents": rows("incidents", "id", [number])}
        found["passes"] = rows("passes", "incident", [number])
        found["steps"] = rows("steps", "pass", _column(found["passes"], "id"))
        for table in _OF_INCIDENT:
            found[table] = rows(table, "incident", [number])
        for table in ("signatures", "sightings", "merges"):
            found[table] = rows(table, "signature", names)
    return found


def _named(database: Database, name: str, column: str, values: Sequence[object]) -> Table:
    """Rows with one of `values` in `column`; of many values the first."""
    wanted = values[:_MOST] or [None]
    return _table(database, name, f"{column} IN ({', '.join('?' * len(wanted))})", wanted)


def _runs(
    database: Database, of: _Runs, names: Sequence[str], since: datetime, until: datetime
) -> Table:
    """The rows of these sessions, and the newest of others that ran in the time."""
    named = _named(database, of.table, of.key, names)
    marks = ", ".join("?" * len(names))
    where = (
        f"{of.key} NOT IN ({marks}) AND {_to_the_second(of.begun)} <= ?"
        f" AND ({of.ended} IS NULL OR {_to_the_second(of.ended)} >= ?)"
    )
    ends = [f"{until:{_SECONDS}}", f"{since:{_SECONDS}}"]
    others = _table(database, of.table, where, [*names, *ends], _OTHERS)
    # Where only these can't be asked for, those that are named are there.
    rows = [*others["rows"], *named["rows"]]
    return {**named, "rows": rows, "cut": named.get("cut") or others.get("cut", "")}


def _of_time(database: Database, name: str, since: datetime, until: datetime) -> Table:
    """Rows of a span of time; one without a time that can be read belongs to it."""
    where = f"{_AT} IS NULL OR {_to_the_second(_AT)} <= ?"
    table = _table(database, name, where, [f"{until:{_SECONDS}}"])
    if "problem" in table:
        # A version of it that has no times.
        table = _table(database, name)
    place = next((at for at, (column, _) in enumerate(table["columns"]) if column == _AT), None)

    def is_wanted(row: Sequence[object]) -> bool:
        time = parse_time(row[place]) if place is not None else None
        return time is None or since <= time <= until

    return {**table, "rows": [row for row in table["rows"] if is_wanted(row)]}


def _to_the_second(column: str) -> str:
    """A time as SQL that can be compared with `_SECONDS`: SQLite's form, of which Python's, with
    a T, is the other that is found."""
    return f"replace(substr({column}, 1, 19), 'T', ' ')"


def _table(
    database: Database,
    name: str,
    where: str = "1",
    values: Sequence[object] = (),
    caps: Caps = _CAPS,
) -> Table:
    """Its newest rows for which `where` holds."""
    try:
        declared = read(database, f"PRAGMA table_info({name})").records()
        columns = [[str(each["name"]), str(each["type"])] for each in declared]
        answer = read(
            database,
            f"SELECT * FROM {name} WHERE {where} ORDER BY rowid DESC LIMIT {caps.rows + 1}",  # noqa: S608  ours
            list(values),
            caps,
        )
    except DatabaseError as error:
        return {"columns": [], "rows": [], "problem": str(error)}
    rows = [list(row) for row in reversed(answer.rows)]
    return {"columns": columns, "rows": rows, "cut": answer.cut}


def _column(table: Table, name: str) -> list[object]:
    """The values of one column, each once."""
    places = [place for place, (column, _) in enumerate(table["columns"]) if column == name]
    found = (row[place] for row in table["rows"] for place in places)
    return list(dict.fromkeys(value for value in found if value is not None))[:_MOST]
