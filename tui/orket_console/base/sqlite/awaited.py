"""One statement awaited, over a connection of its own in a thread of its own.

Apart from `read`, since who never awaits an answer need not load what that takes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import aiosqlite

from orket_console.base.sqlite.connect import Opened, connect
from orket_console.base.sqlite.database import Answer, Caps, Database
from orket_console.base.sqlite.faults import DatabaseError
from orket_console.base.sqlite.read import DEFAULT
from orket_console.base.sqlite.taking import BATCH, REFUSALS, STEPS, Taking, columns_of
from orket_console.base.text import decode


async def read_async(
    database: Database, sql: str, parameters: Sequence[object] = (), caps: Caps = DEFAULT
) -> Answer:
    """As `read`, without holding the event loop; when cancelled it interrupts the statement."""
    opened, connection = await _begin(database, caps)
    # The statement can't be put again meanwhile: each text is decoded as it comes.
    opened.connection.text_factory = decode
    taking = Taking(caps)
    columns: tuple[str, ...] = ()
    finished = False
    try:
        await connection.set_progress_handler(taking.is_late, STEPS)
        cursor = await connection.execute(sql, parameters)
        columns = columns_of(cursor.description)
        while batch := list(await cursor.fetchmany(BATCH)):
            if not taking.take(batch):
                break
        finished = True
    except REFUSALS as error:
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
        return opened, await aiosqlite.Connection(lambda: opened.connection, BATCH)

    task = asyncio.ensure_future(begin())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(DatabaseError):
            _, connection = await task
            await connection.close()
        raise
