"""An installation's webhook database and server log, written as Orket writes them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orket_console.base.clock import FixedClock
from orket_console.target.target import Target

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SCHEMA = """
CREATE TABLE IF NOT EXISTS pr_review_cycles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pr_key TEXT UNIQUE NOT NULL,
    repo_full_name TEXT NOT NULL, pr_number INTEGER NOT NULL,
    cycle_count INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'active',
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE(repo_full_name, pr_number));
CREATE TABLE IF NOT EXISTS review_failures (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pr_key TEXT NOT NULL, cycle_number INTEGER NOT NULL,
    reviewer TEXT, reason TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS webhook_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_type TEXT NOT NULL, pr_key TEXT, payload TEXT,
    result TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX IF NOT EXISTS idx_failure_pr_key ON review_failures(pr_key);
"""


@dataclass
class Site:
    """The installation; each line that is logged moves its clock on by a second."""

    root: Path
    now: datetime = field(default=START)

    @property
    def log(self) -> Path:
        return self.root / "orket.log"

    @property
    def database(self) -> Path:
        return self.root / ".orket" / "durable" / "db" / "webhook.db"

    @property
    def later(self) -> FixedClock:
        """An hour after the last line: nothing is under way any more."""
        return FixedClock(self.now + timedelta(hours=1))

    @property
    def meanwhile(self) -> FixedClock:
        return FixedClock(self.now)

    def say(self, name: str, wait: float = 1.0, /, **data: Any) -> None:
        """One line of the server's log."""
        self.now += timedelta(seconds=wait)
        line = {"timestamp": self.now.isoformat(), "role": "system", "event": name, "data": data}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def webhook(self, message: str, **data: Any) -> None:
        self.say("webhook", message=message, **data)

    def receive(self, event: str, number: int | None = 7, repo: str | None = "acme/shop") -> None:
        self.webhook(
            f"Received Gitea webhook: {event}",
            level="info",
            event=event,
            repo=repo,
            pr_number=number,
        )

    def review(self, state: str = "changes_requested", number: int = 7, *, cycle: int = 0) -> None:
        """A review, and with `cycle` the rows that it leaves."""
        self.receive("pull_request_review", number)
        self.say("pr_review", 0, pr=f"acme/shop/#{number}", reviewer="integrity_guard", state=state)
        if cycle:
            self.count(cycle, number)

    def count(self, cycle: int, number: int = 7, reason: str = "missing tests") -> None:
        stamp = f"{self.now:%Y-%m-%d %H:%M:%S}"
        self.execute(
            "INSERT INTO pr_review_cycles (pr_key, repo_full_name, pr_number, cycle_count,"
            " created_at, updated_at) VALUES (?, 'acme/shop', ?, ?, ?, ?)"
            " ON CONFLICT (pr_key) DO UPDATE SET cycle_count = excluded.cycle_count",
            (f"acme/shop#{number}", number, cycle, stamp, stamp),
        )
        self.execute(
            "INSERT INTO review_failures (pr_key, cycle_number, reviewer, reason, created_at)"
            " VALUES (?, ?, 'integrity_guard', ?, ?)",
            (f"acme/shop#{number}", cycle, reason, stamp),
        )

    def event(self, kind: str, key: str | None, payload: str, result: str, at: datetime) -> None:
        self.execute(
            "INSERT INTO webhook_events (event_type, pr_key, payload, result, created_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (kind, key, payload, result, f"{at:%Y-%m-%d %H:%M:%S}"),
        )

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement, values)


@pytest.fixture
def site(bare_root: Path) -> Site:
    site = Site(bare_root)
    with closing(sqlite3.connect(site.database)) as connection:
        connection.executescript(SCHEMA)
    site.log.touch()
    return site


@pytest.fixture
def target(site: Site, target_of: Callable[..., Target]) -> Target:
    return target_of(site.root)
