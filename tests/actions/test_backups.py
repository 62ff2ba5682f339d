"""What changes databases starts with copies of both, and says where they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orket_console.actions.catalogue import find
from orket_console.actions.plan import Plan, plan
from orket_console.actions.preconditions import RUNTIME_TABLES, WEBHOOK_TABLES
from orket_console.actions.records import Record, folder_of, history
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.actions.verification import trail
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")


@pytest.fixture
def migrating(root: Path, target: Target) -> Callable[[str], Plan]:
    def planned(body: str) -> Plan:
        (root / "scripts" / "run_migrations.py").write_text(body)
        return plan(target, find("migrations"), {})

    return planned


async def ended(target: Target, made: Plan) -> Record:
    run = await start(target, made, lambda piece: None)
    return await run.ended()


def tables(path: str | Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


async def test_both_are_copied_before_it_starts(
    target: Target, migrating: Callable[[str], Plan]
) -> None:
    body = f"""
import sqlite3
for path in {[str(target.layout.runtime_db), str(target.layout.webhook_db)]!r}:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE added (id)")
    connection.close()
"""
    record = await ended(target, migrating(body))
    runtime, webhook = record.backups
    assert runtime == str(folder_of(target, record.id) / "backup" / "orket_persistence.db")
    assert tables(runtime) == set(RUNTIME_TABLES)
    assert tables(webhook) == set(WEBHOOK_TABLES)
    assert "added" in tables(target.layout.runtime_db)
    started = trail(target.state.audit, 10).records[-1]
    assert started["backups"] == record.backups


async def test_one_that_was_killed_can_still_be_undone(
    target: Target, migrating: Callable[[str], Plan]
) -> None:
    body = f"""
import os, signal, sqlite3
connection = sqlite3.connect({str(target.layout.runtime_db)!r}, isolation_level=None)
connection.execute("DROP TABLE {RUNTIME_TABLES[0]}")
os.kill(os.getpid(), signal.SIGKILL)
"""
    record = await ended(target, migrating(body))
    assert record.verdict is Verdict.INTERRUPTED
    assert RUNTIME_TABLES[0] not in tables(target.layout.runtime_db)
    assert tables(record.backups[0]) == set(RUNTIME_TABLES)


async def test_without_a_backup_nothing_starts(
    target: Target, migrating: Callable[[str], Plan], root: Path
) -> None:
    made = migrating("open('it-ran', 'w')")
    target.layout.webhook_db.write_bytes(b"overwritten by something else")
    with pytest.raises(ConsoleError, match=r"one has no backup: webhook\.db: not a database"):
        await start(target, made, lambda piece: None)
    assert not (root / "it-ran").exists()
    (record,) = history(target).records
    assert record.verdict is Verdict.FAILED
    assert "has no backup" in record.evidence
    (refusal,) = trail(target.state.audit, 10).records
    assert refusal["kind"] == "refused"
    assert "has no backup" in str(refusal["reason"])


async def test_one_that_is_not_there_has_nothing_to_lose(
    target: Target, migrating: Callable[[str], Plan]
) -> None:
    made = migrating("")
    target.layout.webhook_db.unlink()
    record = await ended(target, made)
    assert len(record.backups) == 1
    assert "webhook.db is missing: no backup of it" in record.notes


async def test_what_changes_no_database_copies_none(
    target: Target, canary_running: Callable[[str], Plan]
) -> None:
    record = await ended(target, canary_running(""))
    assert record.backups == []
