"""One reading statement on one of the databases, within its caps."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.secret import Redactor
from orket_console.base.sqlite import Caps, Database, reading
from orket_console.target.target import Target
from orket_console.webhooks.queries.model import QueryAnswer

FREE: Final = Caps(rows=500, bytes=4 << 20, seconds=5.0)
"""What an answer to a statement of the operator's is cut at. Its time is a good deal of its
owner's patience: on a rollback journal a writer waits as long as a reader reads."""
_NAMED: Final = re.compile(r"[:@$]([A-Za-z_][A-Za-z0-9_]*)")
LONGEST: Final = 10_000
"""Characters of a statement that is typed."""
_STRINGS: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


class Base(StrEnum):
    """A database of the installation."""

    WEBHOOK = "webhook"
    RUNTIME = "runtime"


def database_of(target: Target, base: Base) -> Database:
    return target.webhook_db if base is Base.WEBHOOK else target.runtime_db


def run_sql(
    target: Target,
    clock: Clock,
    base: Base,
    statement: str,
    parameters: Mapping[str, str] | None = None,
    caps: Caps = FREE,
    stop: threading.Event | None = None,
) -> QueryAnswer:
    """The answer of one statement that only reads; `:name` stands for a parameter.

    `stop`, set by another thread, ends it. Raises `DatabaseError` for what would write, is
    wrong, or takes longer than its cap before the first row; `ConsoleError` (exit 2) for a
    parameter that was not given.
    """
    values = parameters or {}
    lacking = [name for name in named_parameters(statement) if name not in values]
    if lacking:
        raise ConsoleError(
            f"no value for :{lacking[0]}",
            remedy=f"give {', '.join(f'{name}=…' for name in lacking)}",
            exit_code=ExitCode.USAGE,
        )
    database = database_of(target, base)
    at = clock.now()
    with reading(database, caps, stop) as ask:
        # By name: SQLite is given those that the statement has.
        answer = ask(statement, {name: values[name] for name in named_parameters(statement)})
    redactor = target.redactor()
    notes = (f"{database.path.name} was read through a copy: nobody has it open",)
    return QueryAnswer(
        query="sql",
        statement=statement,
        source=database.path.name,
        columns=answer.columns,
        rows=tuple(tuple(_safe(value, redactor) for value in row) for row in answer.rows),
        at=at,
        seconds=answer.seconds,
        cut=answer.cut,
        notes=notes if answer.copied else (),
    )


def under(answer: QueryAnswer, name: str) -> QueryAnswer:
    """The same answer as that of a query with a name."""
    return replace(answer, query=name)


def named_parameters(statement: str) -> tuple[str, ...]:
    """The names of a statement's parameters, in their order."""
    bare = without_strings(statement)
    return tuple(dict.fromkeys(match[1] for match in _NAMED.finditer(bare)))


def without_strings(statement: str) -> str:
    """The statement with blanks in place of its strings and comments, every column kept."""
    return _STRINGS.sub(lambda match: " " * len(match[0]), statement)


def _safe(value: Any, redactor: Redactor) -> Any:  # noqa: ANN401  any of SQLite's five types
    return redactor.redact(value) if isinstance(value, str) else value
