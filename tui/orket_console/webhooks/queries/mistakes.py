"""Where in a statement the mistake is that SQLite speaks of."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Final

from orket_console.webhooks.queries.sql import without_strings

_NEAR: Final = re.compile(r'near "(.+?)": syntax error', re.DOTALL)
_UNKNOWN: Final = re.compile(r"no such (?:column|table|function): (?:\w+\.)?([^\s.]+)")
_MOST: Final = 50
"""Places at which a word is tried."""


def place_of(statement: str, said: str) -> int | None:
    """The column, from 1, that what SQLite `said` is about; None where it can't be told."""
    if near := _NEAR.search(said):
        return _syntax(statement, near[1], near[0])
    if "incomplete input" in said:
        return len(statement.rstrip()) + 1
    if unknown := _UNKNOWN.search(said):
        word = re.search(rf"(?<!\w){re.escape(unknown[1])}(?!\w)", without_strings(statement))
        return word.start() + 1 if word else None
    return None


def _syntax(statement: str, word: str, said: str) -> int | None:
    """The first place of `word` up to which the statement already has this very mistake.

    SQLite is asked on an empty database: it finds such mistakes before it looks for tables.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        at = statement.find(word)
        for _ in range(_MOST):
            if at < 0:
                break
            try:
                connection.execute(f"EXPLAIN {statement[: at + len(word)]}")
            except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
                if said in str(error):
                    return at + 1
            at = statement.find(word, at + 1)
    return None
