"""The webhook database's tables, read page by page from the newest row back.

Source: `db/webhook.db`. A page is one short statement by row id, whole at once, so that the
owner never waits for a cursor of ours; nothing is counted. A column that is not there reads
as NULL and is named; a table that can't be read is a problem in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from orket_console.base.sqlite import Answer, Caps, Database, DatabaseError, Fault, read
from orket_console.base.text import clean

PAGE: Final = 500
_PAGES: Final = 100
"""Pages that one call looks through for rows that a filter takes."""
LONGEST: Final = 65_536
"""Characters of one long text that are read."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what is read of it: `short` columns whole, `long` ones up to a cap."""

    name: str
    short: tuple[str, ...]
    long: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Records newest first, each with its `row`. `older` is the row below which the next page
    goes on, 0 at the end. `unread` says why there is nothing; `problems` what is amiss."""

    records: tuple[dict[str, Any], ...] = ()
    older: int = 0
    unread: str = ""
    problems: tuple[str, ...] = ()
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What `take` found; `is_empty` tells that the table has no row at all."""

    rows: tuple[T, ...]
    older: int
    unread: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    is_empty: bool


def take(
    database: Database,
    table: Table,
    before: int | None,
    limit: int,
    make: Callable[[dict[str, Any]], T | None],
) -> Taken[T]:
    """Up to `limit` of what `make` makes of the rows below `before`, newest first; never raises.

    Rows for which it makes None are passed over, within a bound that is said.
    """
    rows: list[T] = []
    problems: dict[str, None] = {}
    notes: dict[str, None] = {}
    seen, unread, older = 0, "", before
    for _ in range(_PAGES):
        page = read_page(database, table, older, PAGE)
        problems |= dict.fromkeys(page.problems)
        if page.copied:
            notes[f"{database.path.name} was read through a copy: nobody has it open"] = None
        unread, older = page.unread, page.older
        for record in page.records:
            seen += 1
            made = make(record)
            if made is not None:
                rows.append(made)
            if len(rows) == limit:
                is_last = not page.older and record is page.records[-1]
                older = 0 if is_last else record["row"]
                break
        if unread or not older or len(rows) == limit:
            break
    else:
        notes[f"{table.name}: {seen} rows looked through, down to row {older}"] = None
    is_empty = not seen and before is None and not unread
    return Taken(tuple(rows), older or 0, unread, tuple(problems), tuple(notes), is_empty)


def read_page(
    database: Database,
    table: Table,
    before: int | None,
    size: int,
    where: str = "",
    parameters: Sequence[object] = (),
) -> Page:
    """One page; a fault of the file, table or a column is told in it, never raised."""
    missing: tuple[str, ...] = ()
    try:
        try:
            answer = _read(database, table, missing, before, size, where, parameters)
        except DatabaseError as error:
            if error.fault is not Fault.SCHEMA:
                raise
            missing = _missing(database, table)
            answer = _read(database, table, missing, before, size, where, parameters)
    except DatabaseError as error:
        problem = f"{table.name} not read: {error}"
        return Page(unread=f"{database.path.name} {error.fault}", problems=(problem,))
    except _NoTableError as error:
        return Page(unread=str(error), problems=(str(error),))
    problems = [
        f"{database.path.name} {table.name} has no column {name}: its values are missing here"
        for name in missing
    ]
    if answer.cut.startswith("corrupt"):
        problems.append(f"{database.path.name} {table.name} is {answer.cut}")
        return Page(tuple(answer.records()), 0, "", tuple(problems), answer.copied)
    # The statement asked for one row more than the page, to know whether there is another.
    records = tuple(answer.records())[:size]
    more = len(answer.rows) > size or bool(answer.cut)
    older = records[-1]["row"] if more and records else 0
    return Page(records, older, "", tuple(problems), answer.copied)


class _NoTableError(Exception):
    pass


def _read(
    database: Database,
    table: Table,
    missing: tuple[str, ...],
    before: int | None,
    size: int,
    where: str,
    parameters: Sequence[object],
) -> Answer:
    columns = ["rowid AS row"]
    columns += [f"NULL AS {name}" if name in missing else name for name in table.short]
    columns += [
        f"NULL AS {name}" if name in missing else f"substr({name}, 1, {LONGEST}) AS {name}"
        for name in table.long
    ]
    conditions = [part for part in ("rowid < ?" if before is not None else "", where) if part]
    statement = " ".join(
        [
            "SELECT",
            ", ".join(columns),
            "FROM",
            table.name,
            *(["WHERE", " AND ".join(conditions)] if conditions else []),
            # With a condition of its own the statement goes by that one's index: `+` keeps SQLite
            # from walking the whole table by row id instead.
            f"ORDER BY {'+' if where else ''}rowid DESC LIMIT ?",
        ]
    )
    values = [*([before] if before is not None else []), *parameters, size + 1]
    return read(database, statement, values, Caps(rows=size + 1))


def _missing(database: Database, table: Table) -> tuple[str, ...]:
    """Which of the columns are not there. Raises `_NoTableError`, and `DatabaseError`."""
    found = read(database, f"PRAGMA table_info({table.name})")
    there = {str(record["name"]).lower() for record in found.records()}
    if not there:
        raise _NoTableError(
            f"{database.path.name} has no table {table.name}: compare it with the migrations"
        )
    return tuple(name for name in (*table.short, *table.long) if name.lower() not in there)


def whole(value: object) -> int | None:
    """A number that the column should hold; None for anything else."""
    return value if isinstance(value, int) else None


def text(value: object) -> str:
    """Any value as safe text; empty for NULL."""
    return "" if value is None else clean(str(value))
