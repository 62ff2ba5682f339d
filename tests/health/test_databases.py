"""The database probes, on files that are well, wrong, locked and gone."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orket_console.base.refs import PullRef, SessionRef, TableRef
from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.reading import Reading
from orket_console.health.storage import has_reset_fault

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
Execute = Callable[[Path, str], None]


def database(root: Path, name: str = "orket_persistence.db") -> Path:
    return root / ".orket" / "durable" / "db" / name


async def test_what_the_runtime_database_holds(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(
        database(lived_root),
        "INSERT INTO run_ledger (session_id, status) VALUES ('a', 'done'), ('b', 'failed');",
    )
    reading = (await round_of(lived_root))["runtime-db"]
    assert (reading.state, reading.word) == (State.OK, "ok")
    assert reading.seen == "2 runs, 1 migration applied"
    assert "run_ledger: 1 done, 1 failed" in reading.details
    assert TableRef("orket_persistence.db", "run_ledger") in reading.evidence


async def test_what_the_webhook_database_holds(lived_root: Path, round_of: RoundOf) -> None:
    reading = (await round_of(lived_root))["webhook-db"]
    assert (reading.state, reading.seen) == (
        State.OK,
        "0 review cycles, 0 active, 1 migration applied",
    )


async def test_stuck_cycles(lived_root: Path, round_of: RoundOf, execute: Execute) -> None:
    execute(
        database(lived_root, "webhook.db"),
        "INSERT INTO pr_review_cycles (id, pr_key, repo_full_name, pr_number, cycle_count, status)"
        " VALUES (1, 'a/b#1', 'a/b', 1, 5, 'active'), (2, 'a/b#2', 'a/b', 2, 3, 'active'),"
        " (3, 'a/b#3', 'a/b', 3, 4, 'rejected'), (4, 'a/b#4', 'a/b', 4, 4, 'active');",
    )
    reading = (await round_of(lived_root))["webhook-db"]
    assert (reading.state, reading.word) == (State.DEGRADED, "stuck")
    assert reading.seen == "2 cycles past 4, still active"
    assert reading.evidence[:3] == (
        TableRef("webhook.db", "pr_review_cycles", (1, 4)),
        PullRef("a/b#1"),
        PullRef("a/b#4"),
    )


@pytest.mark.parametrize("name", ["runtime-db", "webhook-db"])
async def test_deleted(lived_root: Path, round_of: RoundOf, name: str) -> None:
    file = "orket_persistence.db" if name == "runtime-db" else "webhook.db"
    database(lived_root, file).unlink()
    reading = (await round_of(lived_root))[name]
    assert (reading.state, reading.word) == (State.FAILING, "missing")
    assert not database(lived_root, file).exists()


async def test_never_made(bare_root: Path, round_of: RoundOf, free_port: int) -> None:
    readings = await round_of(bare_root, {"api.port": free_port, "webhook.port": free_port})
    for name in ("runtime-db", "webhook-db"):
        assert (readings[name].state, readings[name].word) == (State.UNKNOWN, "missing")


@pytest.mark.parametrize(
    ("content", "state", "word"),
    [
        (b"", State.FAILING, "empty"),
        (b"not a database at all\n" * 100, State.FAILING, "no database"),
        (os.urandom(4096), State.FAILING, "no database"),
    ],
    ids=["empty", "text", "random"],
)
async def test_overwritten(
    lived_root: Path, round_of: RoundOf, content: bytes, state: State, word: str
) -> None:
    database(lived_root).write_bytes(content)
    readings = await round_of(lived_root)
    assert (readings["runtime-db"].state, readings["runtime-db"].word) == (state, word)
    assert readings["webhook-db"].state is State.OK


async def test_corrupt(lived_root: Path, round_of: RoundOf) -> None:
    path = database(lived_root)
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    reading = (await round_of(lived_root))["runtime-db"]
    assert (reading.state, reading.word) == (State.FAILING, "corrupt")


async def test_locked_by_a_writer(lived_root: Path, round_of: RoundOf) -> None:
    with closing(sqlite3.connect(database(lived_root), isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        reading = (await round_of(lived_root))["runtime-db"]
        assert (reading.state, reading.word) == (State.DEGRADED, "locked")
        if sys.platform == "linux":
            assert reading.seen.endswith(f"pid {os.getpid()}")
            assert any(f"the writer is pid {os.getpid()}" in line for line in reading.details)
        writer.execute("ROLLBACK")
    assert (await round_of(lived_root))["runtime-db"].state is State.OK


async def test_growth_and_a_write_ahead_log_are_told(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    memory = Memory()
    first = (await round_of(lived_root, memory=memory))["runtime-db"]
    assert "journal: rollback (delete)" in first.details
    assert " in " not in first.details[0]
    with closing(sqlite3.connect(database(lived_root), isolation_level=None)) as writer:
        writer.execute("CREATE TABLE big AS SELECT zeroblob(90000) AS b")
        second = (await round_of(lived_root, memory=memory))["runtime-db"]
        assert re.search(r", \+9\d KB in \d+s$", second.details[0])
        writer.execute("PRAGMA journal_mode=wal")
        writer.execute("CREATE TABLE more AS SELECT zeroblob(90000) AS b")
        third = (await round_of(lived_root, memory=memory))["runtime-db"]
        assert re.search(r"write-ahead log, 9\d KB of it", third.details[1])
        told = any("SQLite" in line and "3.51.3" in line for line in third.details)
        assert told is has_reset_fault(sqlite3.sqlite_version_info)


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_versions_that_can_corrupt(version: tuple[int, ...], faulty: bool) -> None:
    assert has_reset_fault(version) is faulty


async def test_a_missing_table_is_named(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(database(lived_root), "DROP TABLE run_ledger;")
    reading = (await round_of(lived_root))["runtime-db"]
    assert (reading.state, reading.word) == (State.FAILING, "schema")
    assert reading.seen == "no table run_ledger"


async def test_a_renamed_column_is_named(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(database(lived_root), "ALTER TABLE sessions RENAME COLUMN status TO state;")
    reading = (await round_of(lived_root))["runtime-db"]
    assert (reading.state, reading.word) == (State.FAILING, "schema")
    assert reading.seen == "sessions has no column status"


async def test_a_database_without_tables_before_the_first_run(
    bare_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(database(bare_root), "CREATE TABLE _schema_migrations (id TEXT PRIMARY KEY);")
    reading = (await round_of(bare_root))["runtime-db"]
    assert (reading.state, reading.word) == (State.UNKNOWN, "no tables")


async def test_a_write_ahead_log_is_read_and_nothing_is_laid_beside_it(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    path = database(lived_root)
    execute(path, "PRAGMA journal_mode=wal;")
    before = sorted(entry.name for entry in path.parent.iterdir())
    reading = (await round_of(lived_root))["runtime-db"]
    assert reading.state is State.OK
    assert any("read from a copy" in line for line in reading.details)
    assert "journal: write-ahead log" in reading.details
    assert sorted(entry.name for entry in path.parent.iterdir()) == before


async def test_text_that_is_no_utf8_and_escapes_are_shown_safely(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(
        database(lived_root),
        "INSERT INTO run_ledger (session_id, status) VALUES ('a', CAST(x'ff1b5b324a' AS TEXT));",
    )
    reading = (await round_of(lived_root))["runtime-db"]
    assert reading.state is State.OK
    assert "run_ledger: 1 \ufffd␛[2J" in reading.details


@pytest.mark.parametrize("folder", [True, False])
async def test_migrations_both_ways(
    lived_root: Path, round_of: RoundOf, execute: Execute, folder: bool
) -> None:
    migrations = lived_root / "scripts" / "migrations"
    if folder:
        migrations.mkdir(parents=True)
        for name in ("001_runtime_indexes", "003_runtime_flows", "004_webhook_more"):
            (migrations / f"{name}.sql").touch()
    readings = await round_of(lived_root)
    words = [readings[name].word for name in ("runtime-db", "webhook-db")]
    assert words == (["pending", "pending"] if folder else ["ok", "ok"])
    if folder:
        assert readings["runtime-db"].seen.startswith("not applied: 003_runtime_flows.sql; ")
        (migrations / "003_runtime_flows.sql").unlink()
        (migrations / "004_webhook_more.sql").unlink()
        readings = await round_of(lived_root)
        assert readings["runtime-db"].word == "ok"
        assert readings["webhook-db"].word == "drift"
        assert "002_webhook_indexes.sql" in readings["webhook-db"].seen


async def test_the_new_versions_bookkeeping_is_shown(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    execute(
        database(lived_root),
        "CREATE TABLE schema_migrations (namespace TEXT, version INTEGER, name TEXT);"
        "INSERT INTO schema_migrations VALUES ('cards', 1, 'a'), ('cards', 2, 'b'),"
        " ('runs', 1, 'c');",
    )
    reading = (await round_of(lived_root))["runtime-db"]
    assert "schema_migrations: cards 2, runs 1" in reading.details


@pytest.mark.parametrize(("minutes", "word"), [(2, "ok"), (30, "stalled")])
async def test_a_run_without_a_sign_of_life(
    lived_root: Path, round_of: RoundOf, execute: Execute, minutes: int, word: str
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    execute(
        database(lived_root),
        f"INSERT INTO run_ledger (session_id, status, started_at)"
        f" VALUES ('s9', 'running', '{at.isoformat()}'), ('../x', 'running', '{at.isoformat()}');",
    )
    reading = (await round_of(lived_root))["runtime-db"]
    assert reading.word == word
    if word == "stalled":
        assert reading.state is State.DEGRADED
        assert SessionRef("s9") in reading.evidence


async def test_a_running_run_that_leaves_turns_is_alive(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    execute(
        database(lived_root),
        "INSERT INTO run_ledger (session_id, status, started_at)"
        f" VALUES ('s1', 'running', '{old}');",
    )
    reading = (await round_of(lived_root))["runtime-db"]
    assert (reading.state, reading.seen) == (State.OK, "1 run, 1 running, 1 migration applied")
    turn = lived_root / "workspace/default/observability/s1/iss-1/001_coder"
    (turn / "checkpoint.json").write_text(json.dumps({"captured_at": old}))
    assert (await round_of(lived_root))["runtime-db"].word == "stalled"


async def test_the_logs_time_counts_before_that_of_a_folder_without_a_checkpoint(
    lived_root: Path, round_of: RoundOf, execute: Execute
) -> None:
    old = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    execute(
        database(lived_root),
        "INSERT INTO run_ledger (session_id, status, started_at)"
        f" VALUES ('s1', 'running', '{old}');",
    )
    turn = lived_root / "workspace/default/observability/s1/iss-1/001_coder"
    (turn / "checkpoint.json").unlink()
    assert (await round_of(lived_root))["runtime-db"].word == "ok"
    line = {"timestamp": old, "role": "coder", "event": "turn_start", "data": {"session_id": "s1"}}
    log = lived_root / "workspace/default/orket.log"
    log.write_text(json.dumps(line) + "\n")
    assert (await round_of(lived_root))["runtime-db"].word == "stalled"
