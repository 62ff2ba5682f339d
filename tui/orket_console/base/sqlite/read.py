"""One statement, one connection, one answer within its caps, in the thread that asks.

A connection a query costs half a millisecond and means that no cursor is left open on a
database whose owner would wait for it, and that a cancelled query takes nothing with it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from orket_console.base.sqlite.connect import Opened, connect
from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.taking import REFUSALS, STEPS, Taking, columns_of
from orket_console.base.text import decode

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
        return _ask(database, opened, sql, parameters, Taking(caps, stop))

    try:
        yield ask
    finally:
        opened.connection.close()


def _ask(
    database: Database, opened: Opened, sql: str, parameters: Parameters, taking: Taking
) -> Answer:
    opened.connection.set_progress_handler(taking.is_late, STEPS)
    columns: tuple[str, ...] = ()
    try:
        cursor = opened.connection.execute(sql, parameters)
        columns = columns_of(cursor.description)
        with contextlib.closing(cursor):
            while taking.take_from(cursor):
                pass
    except REFUSALS as error:
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
