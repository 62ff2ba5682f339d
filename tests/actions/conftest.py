"""A small installation whose scripts are what a test writes into them."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from tests.actions.watching import Watched

from orket_console.actions import processes
from orket_console.actions.catalogue import find
from orket_console.actions.plan import Plan, plan
from orket_console.actions.preconditions import RUNTIME_TABLES, WEBHOOK_TABLES
from orket_console.target.layout import SCRIPTS
from orket_console.target.target import Target

CANARY = "canary-9d41-secret"
PlanOf = Callable[..., Plan]


@pytest.fixture
def root(bare_root: Path) -> Path:
    """Every script at its old path, doing nothing; a log, tests, databases with their tables."""
    for old, _ in SCRIPTS.values():
        path = bare_root / old
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (bare_root / "workspace" / "default" / "orket.log").write_text("")
    (bare_root / "tests").mkdir()
    (bare_root / ".env").write_text(f"ORKET_API_KEY={CANARY}\n")
    migrations = bare_root / "scripts" / "migrations"
    migrations.mkdir()
    (migrations / "001_runtime_indexes.sql").write_text("")
    (migrations / "002_webhook_indexes.sql").write_text("")
    folder = bare_root / ".orket" / "durable" / "db"
    make_tables(folder / "orket_persistence.db", RUNTIME_TABLES)
    make_tables(folder / "webhook.db", WEBHOOK_TABLES)
    return bare_root


def make_tables(path: Path, names: tuple[str, ...]) -> None:
    connection = sqlite3.connect(path)
    for name in names:
        connection.execute(f"CREATE TABLE {name} (id TEXT)")
    connection.commit()
    connection.close()


@pytest.fixture
def target(root: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(root, {"target.python": sys.executable})


@pytest.fixture
def canary_running(root: Path, target: Target) -> Callable[[str], Plan]:
    """The plan of the security canary, its script being `body`."""

    def planned(body: str, settings: Mapping[str, str] | None = None) -> Plan:
        (root / "scripts" / "security_canary.py").write_text(body)
        return plan(target, find("security-canary"), settings or {})

    return planned


@pytest.fixture
async def watched(target: Target) -> AsyncIterator[Watched]:
    """Nothing that a test started outlives it."""
    all_of_it = Watched(target)
    yield all_of_it
    for run in all_of_it.runs:
        while run.record.running and not run._task.done():
            run.cancel()
            await asyncio.sleep(0.05)
        for process in processes.of_action(run.record.id, run.record.pid or 0):
            process.kill()
