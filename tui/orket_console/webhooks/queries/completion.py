"""What may come next in a statement: keywords, tables and columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.base.sqlite import Database, DatabaseError, reading

_MOST_TABLES: Final = 200
_TABLES: Final = f"SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name LIMIT {_MOST_TABLES}"  # noqa: S608,E501
_KEYWORDS: Final = (
    "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "HAVING", "DISTINCT", "JOIN",
    "LEFT JOIN", "ON", "AS", "AND", "OR", "NOT", "IN", "IS NULL", "LIKE", "BETWEEN", "DESC",
    "WITH", "UNION ALL", "CASE", "WHEN", "THEN", "ELSE", "END", "count(*)", "max(", "min(",
    "coalesce(", "datetime(", "json_extract(", "substr(",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_QUALIFIED: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z0-9_]*)\Z")
_TABLE_NEXT: Final = re.compile(r"\b(?:FROM|JOIN)\s+[A-Za-z0-9_]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """The columns of each table of a database."""

    tables: Mapping[str, tuple[str, ...]]


def read_words(database: Database) -> Words:
    """Source: `sqlite_schema` and `table_info`. Nothing where the database can't be read."""
    try:
        with reading(database) as ask:
            names = [str(row[0]) for row in ask(_TABLES, ()).rows]
            quoted = {name: name.replace('"', '""') for name in names}
            columns = {
                name: tuple(
                    str(row["name"]) for row in ask(f'PRAGMA table_info("{safe}")', ()).records()
                )
                for name, safe in quoted.items()
            }
    except DatabaseError:
        return Words({})
    return Words(columns)


def complete(statement: str, cursor: int, words: Words) -> tuple[int, tuple[str, ...]]:
    """Where the word before the cursor begins, and what it could become, likeliest first.

    After FROM and JOIN tables; after `table.` its columns; else columns of the tables that the
    statement names, then keywords, then tables.
    """
    before = statement[:cursor]
    if qualified := _QUALIFIED.search(before):
        columns = words.tables.get(qualified[1], ())
        return qualified.start(2), _fitting(columns, qualified[2])
    word = _WORD.search(before)
    begin = word.start() if word else cursor
    typed = before[begin:]
    if _TABLE_NEXT.search(before):
        return begin, _fitting(tuple(words.tables), typed)
    if not typed:
        return begin, ()
    named = [table for table in words.tables if re.search(rf"\b{re.escape(table)}\b", statement)]
    columns = tuple(column for table in named for column in words.tables[table])
    return begin, _fitting((*columns, *_KEYWORDS, *words.tables), typed)


def _fitting(candidates: tuple[str, ...], typed: str) -> tuple[str, ...]:
    low = typed.casefold()
    found = [each for each in candidates if each.casefold().startswith(low) and each != typed]
    return tuple(dict.fromkeys(found))
