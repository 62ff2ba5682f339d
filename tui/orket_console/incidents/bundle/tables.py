"""Databases made again of the rows that a bundle holds."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from orket_console.base.files import make_private

RUNS: Final = ("run_ledger", "sessions", "issues", "card_transactions")
WEBHOOKS: Final = ("pr_review_cycles", "review_failures", "webhook_events")
_TYPE: Final = re.compile(r"[A-Za-z0-9_ ]{0,40}")
_MOST: Final = 200


def make_database(path: Path, names: tuple[str, ...], document: object) -> list[str]:
    """A database with those of `names` that `document` has rows or columns of; what it lacks."""
    problems: list[str] = []
    make_private(path.parent)
    tables = document if isinstance(document, Mapping) else {}
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in names:
            table = tables.get(name)
            columns = list(_columns(table))
            if table is None or not columns:
                problems.append(f"{path.name} {name}: the bundle has none of it")
                continue
            declared = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns)
            connection.execute(f"CREATE TABLE {_quoted(name)} ({declared})")
            _insert(connection, name, [column for column, _ in columns], table["rows"])
    path.chmod(0o600)
    return problems


def fill(connection: sqlite3.Connection, names: tuple[str, ...], document: object) -> None:
    """Add the rows of a ledger's tables, as far as their columns are known to it."""
    tables = document if isinstance(document, Mapping) else {}
    for name in names:
        table = tables.get(name)
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")}
        columns = [column for column, _ in _columns(table)]
        if table is not None and columns and set(columns) <= there:
            _insert(connection, name, columns, table["rows"])


def _columns(table: object) -> Iterator[tuple[str, str]]:
    """Names and declared types of what looks like a table; none of anything else."""
    if not isinstance(table, Mapping) or not isinstance(table.get("rows"), list):
        return
    columns = table.get("columns")
    known: set[str] = set()
    for each in columns[:_MOST] if isinstance(columns, list) else []:
        if not (
            isinstance(each, list) and len(each) == 2 and all(isinstance(x, str) for x in each)
        ):
            return
        name, kind = each
        if not name or "\0" in name or name.lower() in known:
            return
        known.add(name.lower())
        yield name, kind if _TYPE.fullmatch(kind) else ""


def _insert(connection: sqlite3.Connection, name: str, columns: list[str], rows: list[Any]) -> None:
    listed, marks = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
    whole = (
        row
        for row in rows
        if isinstance(row, list)
        and len(row) == len(columns)
        and all(_is_value(value) for value in row)
    )
    statement = f"INSERT INTO {_quoted(name)} ({listed}) VALUES ({marks})"  # noqa: S608  quoted
    connection.executemany(statement, whole)


def _is_value(value: object) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value is None or isinstance(value, str | float)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
