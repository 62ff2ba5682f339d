"""A ledger of its own for each test, and an operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.secret import Redactor, Secret
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.store import Store, open_store

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ANN = Who("ann", "host", "192.0.2.7")
BEN = Who("ben", "host")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def store(path: Path) -> Store:
    return open_store(path, Redactor([Secret("canary-7f3a91")]), FixedClock(START))
