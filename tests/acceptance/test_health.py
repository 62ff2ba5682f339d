"""What `check` says of a real installation's files, whole and damaged."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ExitCode
from orket_console.base.refs import PullRef, TurnRef
from orket_console.base.state import State
from orket_console.health.look import Memory
from orket_console.health.probes import PROBES
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.health.verdict import exit_code
from orket_console.target.target import Target

Look = Callable[[Path], dict[str, Reading]]
AFTERWARDS = datetime(2026, 11, 23, 5, 25, tzinfo=UTC)
RUNTIME = ".orket/durable/db/orket_persistence.db"
WEBHOOK = ".orket/durable/db/webhook.db"


@pytest.fixture
def look(target_of: Callable[..., Target], free_port: int) -> Look:
    """A round on a root as if it were a few minutes after its last record, no server running."""

    def once(root: Path) -> dict[str, Reading]:
        flags = {"api.port": free_port, "webhook.port": free_port, "health.deadline": 10.0}
        done = asyncio.run(run_round(target_of(root, flags), FixedClock(AFTERWARDS), Memory()))
        return {reading.probe: reading for reading in done.readings}

    return once


def test_what_the_files_hold(installation: Path, look: Look) -> None:
    readings = look(installation)
    told = {name: (reading.word, reading.seen) for name, reading in readings.items()}
    # What is said of Gitea is the machine's, not the files'.
    del told["disk"], told["log-others"], told["gitea"]
    assert told == {
        "api": ("refused", "nothing listens there"),
        "api-key": ("follows API", ""),
        "webhook": ("refused", "nothing listens there"),
        "env": ("missing", "no .env, and no ORKET_API_KEY in the environment"),
        "exposure": ("none", "no server of this installation listens"),
        "runtime-db": ("ok", "10 runs, 1 migration applied"),
        "webhook-db": ("stuck", "2 cycles past 4, still active"),
        "log-root": (
            "errors",
            "6 in 10 min (was 3): webhook: Missing webhook signature",
        ),
        "log-default": ("errors", "14 in 10 min (was 0): session_end: failed"),
        "traces": ("ok", "last turn 7m21s ago, 10 sessions"),
    }
    assert "run_ledger: 5 failed, 4 done, 1 terminal_failure" in readings["runtime-db"].details
    assert "migrations applied: 001_runtime_indexes.sql" in readings["runtime-db"].details
    assert "migrations applied: 002_webhook_indexes.sql" in readings["webhook-db"].details
    assert readings["webhook-db"].evidence[1:3] == (PullRef("acme/shop#7"), PullRef("acme/shop#8"))
    assert readings["log-root"].details[0] == "root/orket.log: 30 KB, 51 lines"
    assert readings["log-default"].details[0] == "workspace/default/orket.log: 496 KB, 662 lines"
    assert isinstance(readings["traces"].evidence[0], TurnRef)
    assert exit_code(tuple(readings.values())) is ExitCode.WRONG


def test_a_folder_that_may_not_be_written_is_read_as_well(samples: Path, look: Look) -> None:
    assert look(samples / "orket-0.3.16")["runtime-db"].word == "ok"


def _delete(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _random(path: Path) -> None:
    path.write_bytes(os.urandom(100_000))


def _torn(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + os.urandom(len(content) - 4096))


def _tableless(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE _schema_migrations (id TEXT, applied_at TEXT)")


@pytest.mark.parametrize("database", [RUNTIME, WEBHOOK])
@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (_delete, "missing"),
        (_empty, "empty"),
        (_random, "no database"),
        (_torn, "corrupt"),
        (_tableless, "schema"),
    ],
)
def test_a_damaged_database_says_so(
    installation: Path, look: Look, database: str, damage: Callable[[Path], None], word: str
) -> None:
    damage(installation / database)
    readings = look(installation)
    name, other = "runtime-db", "webhook-db"
    if database == WEBHOOK:
        name, other = other, name
    assert (readings[name].state, readings[name].word) == (State.FAILING, word)
    assert readings[other].word in ("ok", "stuck")
    assert len(readings) == len(PROBES)


def test_a_locked_database_says_so(installation: Path, look: Look) -> None:
    with closing(sqlite3.connect(installation / RUNTIME, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        reading = look(installation)["runtime-db"]
    assert (reading.state, reading.word) == (State.DEGRADED, "locked")


def test_a_log_of_random_bytes_says_so(installation: Path, look: Look) -> None:
    _random(installation / "workspace/default/orket.log")
    readings = look(installation)
    assert (readings["log-default"].state, readings["log-default"].word) == (
        State.DEGRADED,
        "malformed",
    )
    assert readings["log-root"].word == "errors"


def test_a_missing_workspace_says_so(installation: Path, look: Look) -> None:
    shutil.rmtree(installation / "workspace")
    readings = look(installation)
    assert readings["log-default"].seen == "waiting for workspace/default/orket.log"
    assert (readings["traces"].state, readings["traces"].word) == (State.UNKNOWN, "missing")
    assert readings["runtime-db"].word == "ok"
