"""Rows of the installation's databases and of the ledger that concern an incident, as documents.

Each table is `{"columns": [...], "rows": [[...], …]}`: columns with their declared types, so
that a database can be made of them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

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
_TIMES: Final = ("created_at", "updated_at", "timestamp")
Table = dict[str, Any]


def webhook_rows(target: Target, since: datetime, until: datetime) -> dict[str, Table]:
    """Review cycles that there are, and failures and events of the time; the newest of each."""
    found: dict[str, Table] = {}
    for name in ("pr_review_cycles", "review_failures", "webhook_events"):
        table = _table(target.webhook_db, name, "", ())
        if name != "pr_review_cycles":
            table = _of_time(table, since, until)
        found[name] = table
    return found


def run_rows(target: Target, sessions: Iterable[str]) -> dict[str, Table]:
    """What the runtime database has of these sessions: ledger, issues, and what moved them."""
    names = sorted(set(sessions))[:_MOST]
    database = target.runtime_db
    ledger = _table(database, "run_ledger", "session_id", names)
    issues = _table(database, "issues", "build_id", _column(ledger, "build_id"))
    return {
        "run_ledger": ledger,
        "sessions": _table(database, "sessions", "id", names),
        "issues": issues,
        "card_transactions": _table(
            database, "card_transactions", "card_id", _column(issues, "id")
        ),
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


def _table(database: Database, name: str, column: str, values: Sequence[object]) -> Table:
    """Its newest rows, those with one of `values` in `column` where one is named."""
    if column and not values:
        values = [None]
    try:
        declared = read(database, f"PRAGMA table_info({name})").records()
        columns = [[str(each["name"]), str(each["type"])] for each in declared]
        where = f"WHERE {column} IN ({', '.join('?' * len(values))})" if column else ""
        answer = read(
            database,
            f"SELECT * FROM {name} {where} ORDER BY rowid DESC LIMIT {_CAPS.rows}",  # noqa: S608  ours
            list(values)[:_MOST] if column else (),
            _CAPS,
        )
    except DatabaseError as error:
        return {"columns": [], "rows": [], "problem": str(error)}
    return {
        "columns": columns,
        "rows": [list(row) for row in reversed(answer.rows)],
        "cut": answer.cut,
    }


def _of_time(table: Table, since: datetime, until: datetime) -> Table:
    """Without the rows that their time says are of another; one without a time stays."""
    at = [place for place, (name, _) in enumerate(table["columns"]) if name in _TIMES]

    def is_wanted(row: Sequence[object]) -> bool:
        times = [found for place in at if (found := parse_time(row[place])) is not None]
        return not times or any(since <= time <= until for time in times)

    return {**table, "rows": [row for row in table["rows"] if is_wanted(row)]}


def _column(table: Table, name: str) -> list[object]:
    """The values of one column, each once."""
    places = [place for place, (column, _) in enumerate(table["columns"]) if column == name]
    found = (row[place] for row in table["rows"] for place in places)
    return list(dict.fromkeys(value for value in found if value is not None))[:_MOST]
