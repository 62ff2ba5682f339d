"""What is gathered beside what the rooms know: the console's own records of actions."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from orket_console.base.clock import FixedClock
from orket_console.health.reading import Round
from orket_console.incidents.diagnosis.facts import ActionSpan
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.target.target import Target

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
STARTED = "2026-11-23T05:12:00Z"


def keep(target: Target, action: str, **changes: object) -> None:
    """A record as an action leaves it."""
    folder = target.state.actions / f"20261123T051200.000000-{action}-a1b2"
    folder.mkdir(parents=True)
    origin = {"user": "ann", "host": "web1", "ssh": "", "console": 1, "born": 1.0}
    record = {
        "id": folder.name, "action": action, "title": action, "effect": "writes log",
        "writes": True, "parameters": {}, "argv": [], "cwd": "/", "environment": [],
        "origin": origin, "installation": {}, "started": STARTED, "ended": STARTED,
        "seconds": 1.0, "verdict": "passed",
    } | changes  # fmt: skip
    (folder / "result.json").write_text(json.dumps(record))


def test_actions_that_make_noise_are_known(
    bare_root: Path, target_of: Callable[..., Target]
) -> None:
    target = target_of(bare_root)
    gatherer = Gatherer(target, FixedClock(NOW))
    assert gatherer.gather(Round(NOW, 0.0, ())).actions == ()
    keep(target, "security-canary")
    keep(target, "migrations")
    keep(target, "test-suite", started="not a time")
    started = datetime.fromisoformat(STARTED)
    assert gatherer.gather(Round(NOW, 0.0, ())).actions == (
        ActionSpan("security-canary", started, started),
    )


def test_a_bare_installation_has_nothing_to_tell(
    bare_root: Path, target_of: Callable[..., Target]
) -> None:
    facts = Gatherer(target_of(bare_root), FixedClock(NOW)).gather(Round(NOW, 0.0, ()))
    assert facts.log.moments == ()
    assert facts.runs.runs == ()
    assert [one.used for one in facts.databases] == [False, False]
    assert not facts.posture.webhook_used
