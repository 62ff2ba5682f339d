"""The demo's schema has drifted, and is brought back: copies, migration, gates, verification."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orket_console.demo.generate import generate

Console = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("no_action_outlives")


def test_a_drifted_schema_is_repaired_and_verified(tmp_path: Path, console: Console) -> None:
    root = tmp_path / "demo"
    now = datetime.now(UTC)
    generate(
        root, "schema-drift", seed=1, now=now, api_port=9, webhook_port=11, python=sys.executable
    )

    def actions(*words: str) -> Any:
        flags = ("--python", sys.executable)
        return console(*flags, "actions", *words, "--root", str(root), "--json").document["data"]

    def row(name: str) -> dict[str, Any]:
        return next(row for row in actions("list")["rows"] if row["name"] == name)

    def run(name: str, *words: str) -> dict[str, Any]:
        return actions("run", name, "--confirm", root.name, *words)

    before = run("verification", "--param", "keep-going")
    assert before["evidence"].startswith("2 of 3 passed; Test suite failed: 1 failed, 13 passed")
    assert "test_migrations" in before["after"]["leads"][0]["text"]
    assert row("verification")["last"] == "failed, 2 of 3"
    assert actions("show", "migrations")["notes"] == ["1 migration pending: 003_runtime_flows.sql"]
    migrated = run("migrations")
    assert migrated["evidence"] == "1 applied, 2 skipped as already applied"
    assert [Path(copy).is_file() for copy in migrated["backups"]] == [True, True]
    assert migrated["after"]["action"] == "smoke-gates"
    assert row("migrations")["stale"] == ""
    assert row("cli-smoke")["stale"] == "schema of orket_persistence.db changed since"
    assert row("verification")["last"] == "failed, 0 of 3"
    gates = run("smoke-gates", "--param", "skip-docker")
    assert (gates["verdict"], gates["evidence"]) == ("passed", "2 of 2 passed")
    verified = run("verification", "--resume")
    assert verified["after"]["next"] == "nothing: the recovery is verified"
    assert row("verification")["last"] == "passed"
