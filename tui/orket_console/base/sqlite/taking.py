"""The rows of an answer as they are taken, made safe to show, within the caps."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from orket_console.base.clock import size
from orket_console.base.sqlite.connect import Opened
from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault, classify
from orket_console.base.text import clean, is_clean

BATCH: Final = 100
"""Rows that are fetched at once."""
STEPS: Final = 5000
"""SQLite instructions between two looks at the clock: well under a millisecond."""
# Beside SQLite's own: a statement with NUL or half a surrogate pair, a parameter too large.
REFUSALS: Final = (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError)


class Taking:
    """Rows taken so far, and the cap that ended the taking."""

    def __init__(self, caps: Caps, stop: threading.Event | None = None) -> None:
        self._caps = caps
        self._stop = stop or threading.Event()
        self._start = time.monotonic()
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0
        self._cut = ""

    def anew(self) -> Taking:
        """The same once more, with the whole time to go."""
        return Taking(self._caps, self._stop)

    def is_late(self) -> int:
        """For SQLite's progress handler: non-zero stops the statement."""
        return int(self._stop.is_set() or time.monotonic() - self._start > self._caps.seconds)

    def give_up(self) -> None:
        self._stop.set()

    def take_from(self, cursor: sqlite3.Cursor) -> bool:
        """Keep some more rows; whether more may follow."""
        batch: list[tuple[Any, ...]] = []
        try:
            # Into a list that is there already: a corrupt page takes none of the rows before it.
            batch.extend(islice(cursor, BATCH))
        except REFUSALS:
            self.take(batch)
            raise
        return self.take(batch) and len(batch) == BATCH

    def take(self, batch: Sequence[Iterable[Any]]) -> bool:
        """Keep of some rows what the caps allow; whether more may follow."""
        room = self._caps.rows - len(self._rows)
        rows, length = _safe(batch[:room])
        before = len(self._rows)
        if self._bytes + length <= self._caps.bytes:
            self._rows += rows
            self._bytes += length
        else:
            self._take_what_fits(rows)
        if len(self._rows) - before < len(rows):
            self._cut = f"cut at {size(self._caps.bytes)}"
        elif len(batch) > room:
            self._cut = f"cut at {self._caps.rows} rows"
        return not self._cut

    def _take_what_fits(self, rows: Sequence[tuple[Any, ...]]) -> None:
        for row in rows:
            self._bytes += sum([len(cell) for cell in row if type(cell) is str])
            if self._bytes > self._caps.bytes:
                return
            self._rows.append(row)

    def stopped_by(self, error: Exception, database: Database, opened: Opened) -> None:
        """Keep what there is when time ran out or a corrupt page came in between; raise for
        anything else."""
        fault = Fault.REFUSED if opened.guard.denied else classify(error)
        if fault is Fault.TOO_SLOW and self._rows:
            late = f"cut after {self._caps.seconds:g} s"
            self._cut = "stopped" if self._stop.is_set() else late
            return
        if fault is Fault.CORRUPT and self._rows:
            self._cut = f"corrupt after {len(self._rows)} rows"
            return
        detail = opened.guard.denied if fault is Fault.REFUSED else str(error)
        raise DatabaseError(fault, database.path, detail) from error

    def answer(self, columns: tuple[str, ...], opened: Opened) -> Answer:
        return Answer(
            columns=columns,
            rows=tuple(self._rows),
            seconds=time.monotonic() - self._start,
            cut=self._cut,
            copied=opened.copied,
        )


def columns_of(description: Sequence[Sequence[Any]] | None) -> tuple[str, ...]:
    return tuple(clean(str(column[0])) for column in description or ())


def _safe(batch: Sequence[Iterable[Any]]) -> tuple[list[tuple[Any, ...]], int]:
    """Rows with their texts sanitised, and of blobs how long they are; and all texts' length.

    Column by column, since most hold values of one type: a page costs little more than SQLite
    takes for it.
    """
    columns = list(zip(*batch, strict=True))
    length, unsafe = 0, False
    for at, column in enumerate(columns):
        types = set(map(type, column))
        if bytes in types:
            unsafe = True
            columns[at] = column = tuple(
                f"‹{len(cell)} bytes›" if type(cell) is bytes else cell for cell in column
            )
            types.add(str)
        if str not in types:
            continue
        texts = column if len(types) == 1 else [cell for cell in column if type(cell) is str]
        # All at once: they are told to be clean in a fraction of the time that one by one takes.
        joined = "".join(texts)
        length += len(joined)
        if not is_clean(joined):
            unsafe = True
            columns[at] = tuple(clean(cell) if type(cell) is str else cell for cell in column)
    return (list(zip(*columns, strict=True)) if unsafe else list(map(tuple, batch))), length
