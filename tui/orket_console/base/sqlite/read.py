"""One statement, one connection, one answer within its caps: in a thread, or awaited.

A connection a query costs half a millisecond and means that no cursor is left open on a
database whose owner would wait for it, and that a cancelled query takes nothing with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import aiosqlite

from orket_console.base.clock import size
from orket_console.base.sqlite.connect import Opened, connect
from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.faults import DatabaseError, Fault, classify
from orket_console.base.text import clean, decode, is_clean

_BATCH: Final = 100
_STEPS: Final = 5000
"""SQLite instructions between two looks at the clock: well under a millisecond."""
# Beside SQLite's own: a statement with NUL or half a surrogate pair, a parameter too large.
_REFUSALS: Final = (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError)

DEFAULT: Final = Caps()


def read(
    database: Database, sql: str, parameters: Sequence[object] = (), caps: Caps = DEFAULT
) -> Answer:
    """Run one reading statement and fetch its answer whole, in this thread.

    Raises `DatabaseError`: for a fault of the file, a statement that would write, or a
    time cap that was reached before the first row.
    """
    with reading(database, caps) as ask:
        return ask(sql, parameters)


Parameters = Sequence[object] | Mapping[str, object]
Ask = Callable[[str, Parameters], Answer]
"""Runs one reading statement with its parameters; raises `DatabaseError` as `read` does."""


@contextlib.contextmanager
def reading(
    database: Database, caps: Caps = DEFAULT, stop: threading.Event | None = None
) -> Iterator[Ask]:
    """Several statements over one connection, each fetched whole and within `caps`.

    For statements that follow one another at once: the connection is closed at the end, and
    between two of them nothing is locked. `stop`, set by another thread, ends the one that runs.
    Raises `DatabaseError`.
    """
    opened = connect(database, caps)

    def ask(sql: str, parameters: Parameters = ()) -> Answer:
        return _ask(database, opened, sql, parameters, _Taking(caps, stop))

    try:
        yield ask
    finally:
        opened.connection.close()


def _ask(
    database: Database, opened: Opened, sql: str, parameters: Parameters, taking: _Taking
) -> Answer:
    opened.connection.set_progress_handler(taking.is_late, _STEPS)
    columns: tuple[str, ...] = ()
    try:
        cursor = opened.connection.execute(sql, parameters)
        columns = _columns(cursor.description)
        with contextlib.closing(cursor):
            while taking.take_from(cursor):
                pass
    except _REFUSALS as error:
        if _is_no_utf8(error, opened):
            return _ask(database, opened, sql, parameters, taking.anew())
        taking.stopped_by(error, database, opened)
    return taking.answer(columns, opened)


def _is_no_utf8(error: Exception, opened: Opened) -> bool:
    """Whether a text was met that is no UTF-8; then texts are decoded one by one from now on.

    Python's own decoding is several times faster, and few databases have such a text.
    """
    if opened.connection.text_factory is decode or "Could not decode" not in str(error):
        return False
    opened.connection.text_factory = decode
    return True


async def read_async(
    database: Database, sql: str, parameters: Sequence[object] = (), caps: Caps = DEFAULT
) -> Answer:
    """As `read`, without holding the event loop; when cancelled it interrupts the statement."""
    opened, connection = await _begin(database, caps)
    # The statement can't be put again meanwhile: each text is decoded as it comes.
    opened.connection.text_factory = decode
    taking = _Taking(caps)
    columns: tuple[str, ...] = ()
    finished = False
    try:
        await connection.set_progress_handler(taking.is_late, _STEPS)
        cursor = await connection.execute(sql, parameters)
        columns = _columns(cursor.description)
        while batch := list(await cursor.fetchmany(_BATCH)):
            if not taking.take(batch):
                break
        finished = True
    except _REFUSALS as error:
        finished = True
        taking.stopped_by(error, database, opened)
    finally:
        if not finished:
            # The statement still runs in its thread, or is about to: it stops at its next look
            # at the clock, and the connection can close.
            taking.give_up()
            opened.connection.interrupt()
        await connection.close()
    return taking.answer(columns, opened)


async def _begin(database: Database, caps: Caps) -> tuple[Opened, aiosqlite.Connection]:
    """A connection and its thread. Raises `DatabaseError`.

    The file is opened before aiosqlite has to do with it, and when cancelled in between,
    which is short, what was begun is closed first: a thread that aiosqlite leaves behind
    would fail when the event loop ends.
    """

    async def begin() -> tuple[Opened, aiosqlite.Connection]:
        opened = await asyncio.to_thread(connect, database, caps)
        return opened, await aiosqlite.Connection(lambda: opened.connection, _BATCH)

    task = asyncio.ensure_future(begin())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(DatabaseError):
            _, connection = await task
            await connection.close()
        raise


def _columns(description: Sequence[Sequence[Any]] | None) -> tuple[str, ...]:
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


class _Taking:
    """Rows taken so far, and the cap that ended the taking."""

    def __init__(self, caps: Caps, stop: threading.Event | None = None) -> None:
        self._caps = caps
        self._stop = stop or threading.Event()
        self._start = time.monotonic()
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0
        self._cut = ""

    def anew(self) -> _Taking:
        """The same once more, with the whole time to go."""
        return _Taking(self._caps, self._stop)

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
            batch.extend(islice(cursor, _BATCH))
        except _REFUSALS:
            self.take(batch)
            raise
        return self.take(batch) and len(batch) == _BATCH

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
