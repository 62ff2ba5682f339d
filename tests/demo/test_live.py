"""Runs and deliveries that go on, driven by a clock of the test's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orket_console.demo.generate import site_of
from orket_console.demo.layout import Site, environment
from orket_console.demo.live import LiveDriver
from orket_console.demo.runs import session_id_of

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
NOWHERE = 9
Programs = Callable[..., Path]


def site(root: Path, scenario: str = "healthy", *, webhook_port: int = NOWHERE) -> Site:
    return site_of(root, scenario, 1, NOW, NOWHERE, webhook_port, "python")


def drive(driver: LiveDriver, *, begin: datetime = NOW, minutes: float = 2) -> datetime:
    """Let time pass, from one due moment to the next; the moment reached."""
    moment = begin
    while moment < begin + timedelta(minutes=minutes):
        moment = max(driver.advance(moment), moment + timedelta(milliseconds=1))
    return moment


def query(root: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(root / ".orket/durable/db/orket_persistence.db")
    try:
        found = connection.execute(statement).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


def active(root: Path) -> list[str]:
    return list(json.loads((root / ".orket-demo/active.json").read_text(encoding="utf-8")))


def test_runs_follow_one_another(programs: Programs) -> None:
    root = programs()
    drive(LiveDriver(site(root), NOW))
    ledger = query(root, "SELECT session_id, status FROM run_ledger ORDER BY started_at")
    assert len(ledger) >= 3
    assert [session for session, _ in ledger] == [
        session_id_of("healthy/1", 12 + position) for position in range(len(ledger))
    ]
    assert {status for _, status in ledger[:-1]} == {"done"}


def test_what_comes_is_decided_by_the_seed(programs: Programs) -> None:
    logs = []
    for name in ("one", "two"):
        root = programs(name=name)
        drive(LiveDriver(site(root), NOW))
        text = (root / "workspace/default/orket.log").read_text(encoding="utf-8")
        logs.append(text.replace(str(root), ""))
    assert logs[0] == logs[1]


def test_the_log_grows_step_by_step(programs: Programs) -> None:
    root = programs()
    driver = LiveDriver(site(root), NOW)
    sizes = []
    moment = NOW
    for _ in range(60):
        moment = max(driver.advance(moment), moment)
        log = root / "workspace/default/orket.log"
        sizes.append(log.stat().st_size if log.exists() else 0)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 10


def test_a_run_is_active_while_it_goes_on(programs: Programs) -> None:
    root = programs()
    driver = LiveDriver(site(root), NOW)
    driver.advance(NOW + timedelta(seconds=1))
    assert active(root) == [session_id_of("healthy/1", 12)]
    drive(driver, begin=NOW + timedelta(seconds=1), minutes=0.9)
    (status,) = query(root, "SELECT status FROM run_ledger ORDER BY started_at")[0]
    assert status == "done"


def test_a_halted_run_stays_running(programs: Programs) -> None:
    root = programs()
    driver = LiveDriver(site(root), NOW)
    begun = NOW + timedelta(seconds=1)
    driver.advance(begun)
    halted = active(root)[0]
    (root / ".orket-demo/halt").mkdir()
    (root / ".orket-demo/halt" / halted).touch()
    drive(driver, begin=begun)
    statuses = dict(query(root, "SELECT session_id, status FROM run_ledger"))
    assert statuses.pop(halted) == "running"
    assert "done" in statuses.values()
    assert not (root / ".orket-demo/halt").exists()


def test_runs_fail_until_the_table_is_there(programs: Programs) -> None:
    root = programs("schema-drift")
    driver = LiveDriver(site(root, "schema-drift"), NOW)
    reached = drive(driver)
    before = query(root, "SELECT DISTINCT status FROM run_ledger WHERE ended_at IS NOT NULL")
    query(root, "CREATE TABLE run_flows (session_id TEXT)")
    drive(driver, begin=reached)
    last = query(root, "SELECT status FROM run_ledger WHERE ended_at NOT NULL ORDER BY started_at")
    assert before == [("failed",)]
    assert last[-1] == ("done",)


def test_deliveries_reach_the_server(programs: Programs, started: Callable[..., Any]) -> None:
    root = programs()
    server = started(root, "-m", "orket.webhook_server", **environment(site(root)))
    driver = LiveDriver(site(root, webhook_port=server.port), NOW)
    drive(driver, minutes=0.5)
    messages = {str(record["data"].get("message")) for record in server.log()}
    assert "Received Gitea webhook: pull_request" in messages
    assert "Invalid webhook signature" not in messages


def test_deliveries_with_a_new_secret_are_refused(
    programs: Programs, started: Callable[..., Any]
) -> None:
    root = programs()
    old = environment(site(root)) | {"GITEA_WEBHOOK_SECRET": "the-old-one"}
    server = started(root, "-m", "orket.webhook_server", **old)
    drive(LiveDriver(site(root, webhook_port=server.port), NOW), minutes=0.5)
    messages = [record["data"].get("message") for record in server.log()]
    assert "Invalid webhook signature" in messages
    assert not [message for message in messages if "Received" in str(message)]


def test_a_pause_between_runs_is_told(programs: Programs) -> None:
    driver = LiveDriver(site(programs()), NOW)
    assert driver.advance(NOW) == NOW + timedelta(seconds=1)
