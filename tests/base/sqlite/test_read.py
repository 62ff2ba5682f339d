"""An answer within its caps, its text safe to show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from orket_console.base.errors import ExitCode
from orket_console.base.sqlite import Caps, Database, DatabaseError, Fault, read
from orket_console.base.sqlite.awaited import read_async

Make = Callable[..., Database]

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "


def test_rows_as_records(numbers: Database) -> None:
    answer = read(numbers, "SELECT id, word FROM n WHERE id > ? ORDER BY id LIMIT 2", (3,))
    assert answer.columns == ("id", "word")
    assert list(answer.records()) == [{"id": 4, "word": "word 4"}, {"id": 5, "word": "word 5"}]


def test_the_row_cap_says_that_it_cut(numbers: Database) -> None:
    answer = read(numbers, "SELECT id FROM n", caps=Caps(rows=7))
    assert (len(answer.rows), answer.cut) == (7, "cut at 7 rows")
    assert read(numbers, "SELECT id FROM n LIMIT 7", caps=Caps(rows=7)).cut == ""


def test_the_byte_cap_says_that_it_cut(numbers: Database) -> None:
    answer = read(numbers, "SELECT 'abcdefgh' FROM n", caps=Caps(bytes=80))
    assert (len(answer.rows), answer.cut) == (10, "cut at 80 B")


def test_an_endless_statement_is_stopped_and_what_came_is_kept(numbers: Database) -> None:
    answer = read(numbers, ENDLESS + "SELECT x FROM c", caps=Caps(rows=10**9, seconds=0.1))
    assert answer.rows[0] == (1,)
    assert answer.cut == "cut after 0.1 s"


def test_an_endless_statement_without_a_row_is_an_error(numbers: Database) -> None:
    with pytest.raises(DatabaseError) as stop:
        read(numbers, ENDLESS + "SELECT count(*) FROM c", caps=Caps(seconds=0.1))
    assert stop.value.fault is Fault.TOO_SLOW
    assert stop.value.exit_code is ExitCode.TIMED_OUT


def test_a_giant_value_is_refused(numbers: Database) -> None:
    with pytest.raises(DatabaseError) as refusal:
        read(numbers, "SELECT zeroblob(1000000000)")
    assert refusal.value.fault is Fault.TOO_BIG


def test_binary_values_are_named_not_shown(numbers: Database) -> None:
    assert read(numbers, "SELECT x'00ff1b'").rows == (("‹3 bytes›",),)


def test_text_and_column_names_are_made_safe(make: Make) -> None:
    database = make(
        "CREATE TABLE t(a, \"b\x1b]0;x\x07\"); INSERT INTO t VALUES (CAST(x'ff1b41' AS TEXT), NULL)"
    )
    answer = read(database, "SELECT * FROM t")
    assert answer.columns == ("a", "b␛]0;x␇")
    assert answer.rows == (("\ufffd␛A", None),)


async def test_awaited_it_gives_the_same(numbers: Database) -> None:
    sql = "SELECT id, word FROM n WHERE id < ?"
    awaited, direct = await read_async(numbers, sql, (50,)), read(numbers, sql, (50,))
    assert (awaited.columns, awaited.rows, awaited.cut) == (direct.columns, direct.rows, "")


async def test_awaited_faults_are_the_same(numbers: Database, make: Make) -> None:
    with pytest.raises(DatabaseError) as refusal:
        await read_async(numbers, "DELETE FROM n")
    assert refusal.value.fault is Fault.REFUSED
    with pytest.raises(DatabaseError) as refusal:
        await read_async(numbers, "SELECT 1; SELECT 2")
    assert refusal.value.fault is Fault.WRONG_STATEMENT
    with pytest.raises(DatabaseError) as refusal:
        await read_async(make(name="none.db"), "SELECT 1")
    assert refusal.value.fault is Fault.MISSING


async def test_awaited_it_is_stopped_by_the_time_cap(numbers: Database) -> None:
    answer = await read_async(
        numbers, ENDLESS + "SELECT x FROM c", caps=Caps(rows=10**9, seconds=0.1)
    )
    assert answer.cut == "cut after 0.1 s"


@pytest.mark.parametrize("turns", range(12))
async def test_cancelled_at_any_moment_it_stops_and_closes(numbers: Database, turns: int) -> None:
    query = asyncio.create_task(
        read_async(numbers, ENDLESS + "SELECT count(*) FROM c", caps=Caps(seconds=3600))
    )
    for _ in range(turns):
        await asyncio.sleep(0.001)
    query.cancel()
    async with asyncio.timeout(30):
        with pytest.raises(asyncio.CancelledError):
            await query
        while any("connection_worker" in thread.name for thread in threading.enumerate()):
            await asyncio.sleep(0.001)


async def test_the_event_loop_lives_while_a_statement_runs(numbers: Database) -> None:
    query = asyncio.create_task(
        read_async(numbers, ENDLESS + "SELECT count(*) FROM c", caps=Caps(rows=10**9, seconds=3600))
    )
    async with asyncio.timeout(30):
        for _ in range(50):
            await asyncio.sleep(0.001)
    assert not query.done()
    query.cancel()
    with pytest.raises(asyncio.CancelledError):
        await query
