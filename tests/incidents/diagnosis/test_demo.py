"""Each demo scenario is diagnosed as what it was made to be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.demo.generate import generate
from orket_console.demo.scenarios import SCENARIOS
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.diagnose import diagnose
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.target.target import Target

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
MADE = {
    "healthy": set(),
    # Nothing is asked here, so what is left of it is its last words.
    "api-down": set(),
    "webhook-secret": {"webhook-secret-mismatch", "gitea-unreachable"},
    "stalled-run": {
        "model-unreachable", "model-timeout", "no-progress", "governance-violation",
        "guard-rejection", "stale-running",
    },
    "schema-drift": {"migration-pending", "migration-unknown", "schema-missed"},
    "false-success": {"false-success"},
    "stale-running": {"stale-running"},
    "regression": {"guard-rejection"},
}  # fmt: skip


def test_every_scenario_is_looked_at() -> None:
    assert set(MADE) == set(SCENARIOS)


@pytest.mark.parametrize("scenario", MADE)
def test_a_scenario_is_diagnosed_by_its_files(
    tmp_path: Path, target_of: Callable[..., Target], free_port: int, scenario: str
) -> None:
    root = tmp_path / "demo"
    ports = {"api_port": free_port, "webhook_port": free_port}
    generate(root, scenario, seed=1, now=NOW, python=sys.executable, **ports)
    facts = Gatherer(target_of(root), FixedClock(NOW)).gather(Round(NOW, 0.0, ()))
    assert {one.rule for one in diagnose(facts).findings} == MADE[scenario]
