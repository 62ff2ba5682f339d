"""How the webhook database is paged, filtered and queried, and what its writer feels of it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from tests.bench.grown_events import grown_events
from tests.bench.measure import Result, at_most, compare, percentile

from orket_console.base.clock import SystemClock
from orket_console.base.sqlite import Caps, Database, DatabaseError
from orket_console.target.target import Target, open_target
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.event_rows import EVENTS
from orket_console.webhooks.filters import parse_filter
from orket_console.webhooks.queries.sql import Base, run_sql
from orket_console.webhooks.tables import PAGE, read_page

_KEYSET = """SELECT rowid, event_type, pr_key, created_at, substr(payload, 1, 65536),
    substr(result, 1, 65536) FROM webhook_events {where} ORDER BY rowid DESC LIMIT 501"""
_COMMITS = 300
_TIMES = 15.0
_CAP = 1.0
_WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    connection.execute("INSERT INTO webhook_events (event_type, result) VALUES ('push', 'success')")
    print((time.perf_counter() - start) * 1000, flush=True)
    time.sleep(0.004)
"""


def benchmarks(folder: Path, rounds: int) -> Iterator[Result]:
    target = _target(folder)
    path = target.webhook_db.path
    yield _paged("newest page of 5,000,000 deliveries", target.webhook_db, None, rounds)
    yield _paged("the next page", target.webhook_db, 4_000_000, rounds)
    quiet = _commits(path, lambda: None)
    wanted = parse_filter("outcome:refused nothing-matches-this")
    clock = SystemClock()
    filtered = _commits(path, lambda: search(target, clock, wanted=wanted, limit=200))
    yield _felt("a commit while a filter runs, 99 of 100", filtered, quiet)
    scanned = _commits(path, lambda: _scan(path))
    yield at_most(
        "  as above, under a plain full scan", percentile(scanned, 0.99), "ms", None, "not ours"
    )
    yield at_most("free SQL without end, beyond its cap", _stopped(target), "ms", 1000.0)


def _target(folder: Path) -> Target:
    root = folder / "events"
    durable = root / ".orket" / "durable" / "db"
    durable.mkdir(parents=True)
    (root / "workspace" / "default").mkdir(parents=True)
    shutil.copyfile(grown_events(), durable / "webhook.db")
    environment = {"XDG_STATE_HOME": str(folder / "state")}
    return open_target(option=str(root), environment=environment, here=root, flags={})


def _paged(name: str, database: Database, before: int | None, rounds: int) -> Result:
    def ours() -> float:
        start = time.perf_counter()
        page = read_page(database, EVENTS, before, PAGE)
        taken = time.perf_counter() - start
        assert len(page.records) == PAGE
        return taken

    def plain() -> float:
        where = "WHERE rowid < ?" if before else ""
        start = time.perf_counter()
        with closing(sqlite3.connect(f"file:{database.path}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                _KEYSET.format(where=where), (before,) if before else ()
            ).fetchall()
        taken = time.perf_counter() - start
        assert len(rows) == PAGE + 1
        return taken

    return compare(name, ours, plain, against="sqlite3, one keyset query", times=2.0, rounds=rounds)


def _commits(path: Path, meanwhile: Callable[[], object]) -> list[float]:
    """What each of a writer's commits takes (ms) while something goes on over and over."""
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, path, str(_COMMITS)], stdout=subprocess.PIPE, text=True
    )
    while writer.poll() is None:
        meanwhile()
        time.sleep(0.001)
    said, _ = writer.communicate()
    return [float(line) for line in said.split()]


def _felt(name: str, filtered: list[float], quiet: list[float]) -> Result:
    value, base = percentile(filtered, 0.99), percentile(quiet, 0.99)
    return Result(name, "ms", value, base * _TIMES, f"× {_TIMES:g}", base, "nobody reads")


def _scan(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.Error):
        connection.execute(
            "SELECT count(*) FROM webhook_events WHERE payload LIKE '%zz'"
        ).fetchall()


def _stopped(target: Target) -> float:
    """How long after its cap an endless statement has stopped (ms)."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    start = time.perf_counter()
    with suppress(DatabaseError):
        run_sql(target, SystemClock(), Base.WEBHOOK, endless, caps=Caps(seconds=_CAP))
    return (time.perf_counter() - start - _CAP) * 1000
