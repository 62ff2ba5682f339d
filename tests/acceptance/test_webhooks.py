"""The webhooks room on what a real installation left behind."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.reviews import cycles, failures


@pytest.fixture
def target(installation: Path, target_of: Callable[..., Target]) -> Target:
    return target_of(installation)


def test_both_cycles_are_stuck_at_five(target: Target) -> None:
    found = cycles(target)
    assert [(row.pr_key, row.count, row.status, row.stuck) for row in found.rows] == [
        ("acme/shop#8", 5, "active", True),
        ("acme/shop#7", 5, "active", True),
    ]
    assert [[f.cycle for f in row.failures] for row in found.rows] == [[1, 2, 3, 4, 5]] * 2
    assert all("[bold]edge[/bold]" in f.reason for row in found.rows for f in row.failures)
    assert (found.problems, found.older) == ((), None)


def test_ten_failures(target: Target) -> None:
    found = failures(target)
    assert [row.row for row in found.rows] == list(range(10, 0, -1))
    assert {row.reviewer for row in found.rows} == {"integrity_guard"}


def test_deliveries_and_their_outcomes(target: Target) -> None:
    found = deliveries(target, SystemClock())
    assert found.problems == ()
    assert Counter(row.label for row in found.rows) == {
        "refused 401": 7,
        "refused 400": 2,
        "error 500": 7,
        "error": 2,
        "counted": 4,
        "ignored": 3,
    }
    of_seven = [(row.label, row.why) for row in found.rows if row.pr_key == "acme/shop#7"]
    assert of_seven == [
        ("error 500", "Gitea unreachable, cycle 5 of 4: no auto-reject"),
        ("error 500", "Gitea unreachable, cycle 4 of 4: no auto-reject"),
        ("error 500", "Gitea unreachable, cycle 3 of 4: no escalation"),
        ("counted", "cycle 2 of 4"),
        ("counted", "cycle 1 of 4"),
    ]
    of_nine = [(row.event, row.why) for row in found.rows if row.pr_key == "acme/shop#9"]
    assert of_nine == [
        ("pull_request", "no issue id in the title"),
        ("pull_request_review", "merge failed: Gitea unreachable"),
    ]


def test_the_command_prints_what_the_files_hold(installation: Path) -> None:
    code = "from orket_console.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "webhooks", "cycles", "--root", str(installation)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.count("STUCK") == 2
    assert done.stdout.count("missing tests for [bold]edge[/bold] cases") == 10
