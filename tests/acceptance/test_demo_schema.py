"""The demo against what a real 0.3.16 left behind: tables, indexes, lines, artifacts."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.demo.generate import generate
from orket_console.demo.scenarios import SCENARIOS

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
OWN_EVENTS = {"api_server", "pr_merged", "pr_escalated", "pr_rejected", "sandbox_deployed"}
"""Events that the samples' installation, without Gitea and Docker, never came to."""


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One installation a scenario, to look at."""
    place = tmp_path_factory.mktemp("demos")
    for scenario in SCENARIOS:
        generate(
            place / scenario, scenario, seed=1, now=NOW, api_port=1, webhook_port=2,
            python=sys.executable,
        )  # fmt: skip
    return sorted(path for path in place.iterdir() if path.is_dir())


def schema(path: Path) -> dict[str, str]:
    """Each table and index with its definition: no comments, no difference in white space."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: plain(sql) for name, sql in found}
    finally:
        connection.close()


def plain(sql: str) -> str:
    without_comments = re.sub(r"--[^\n]*", "", sql)
    return re.sub(r"\s+", "", without_comments).lower()


@pytest.mark.parametrize("name", ["orket_persistence.db", "webhook.db"])
def test_schema(samples: Path, demos: list[Path], name: str) -> None:
    place = Path(".orket/durable/db") / name
    real = schema(samples / "orket-0.3.16" / place)
    for demo in demos:
        assert schema(demo / place) == real


def shapes(root: Path) -> dict[str, set[tuple[str, ...]]]:
    """For each event the keys of its data, in order."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for log in ("orket.log", "workspace/default/orket.log"):
        for line in (root / log).read_text(encoding="utf-8").split("\n")[:-1]:
            record = json.loads(line)
            keys = (*record, "|", *record["data"], "|", *record["data"]["runtime_event"])
            found.setdefault(record["event"], set()).add(keys)
    return found


def test_log_lines(samples: Path, demos: list[Path]) -> None:
    real = shapes(samples / "orket-0.3.16")
    for demo in demos:
        for event, keys in shapes(demo).items():
            assert event in OWN_EVENTS or keys <= real[event], event


def folders(root: Path) -> set[frozenset[str]]:
    """Which files lie together in a turn's folder."""
    return {
        frozenset(re.sub(r"_[0-9a-f]{12}\.json$", "", path.name) for path in turn.iterdir())
        for turn in root.glob("workspace/default/observability/*/*/*")
    }


def test_turn_folders(samples: Path, demos: list[Path]) -> None:
    assert set().union(*map(folders, demos)) == folders(samples / "orket-0.3.16")
