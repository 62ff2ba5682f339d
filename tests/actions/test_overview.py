"""What the list and the detail say is computed here, for pane and command alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from orket_console.actions.catalogue import BUNDLE_ACTIONS, CATALOGUE, find
from orket_console.actions.overview import detail, moment, overview
from orket_console.actions.plan import plan
from orket_console.actions.records import new_record, open_folder, took
from orket_console.actions.verdicts import Verdict
from orket_console.base.state import State
from orket_console.target.target import Target

AT = datetime(2026, 11, 23, 5, 18, 59, tzinfo=UTC)


def test_a_row_for_each_action_with_its_last_run(root: Path, target: Target) -> None:
    record = new_record(target, plan(target, find("security-canary"), {}), AT)
    ended = open_folder(
        target,
        msgspec.structs.replace(record, verdict=Verdict.FAILED, seconds=1.66, evidence="why"),
    )
    ended.close()
    running = open_folder(target, new_record(target, plan(target, find("migrations"), {}), AT))
    (root / "main.py").unlink()
    with running:
        found = overview(target)
    rows = {row.name: row for row in found.rows}
    assert list(rows) == [action.name for action in (*CATALOGUE, *BUNDLE_ACTIONS)]
    canary = rows["security-canary"]
    assert (canary.state, canary.last, canary.took) == (State.FAILING, "failed", "1.7 s")
    assert (canary.started, canary.evidence, canary.does) == (AT, "why", "writes log")
    assert (rows["migrations"].state, rows["migrations"].last) == (State.INFO, "running")
    assert (rows["test-suite"].last, rows["test-suite"].started) == ("never", None)
    assert rows["replay-turn"].blocked.startswith("not in this installation: no main.py")
    assert rows["test-suite"].blocked == ""


def test_the_detail_is_the_plan_with_its_last_run(target: Target) -> None:
    shown = detail(target, find("failure-report"), {"out": ""})
    assert shown.ready
    assert shown.changes == "nothing"
    assert shown.effect == "reads"
    assert shown.command.endswith("report_failure_modes.py --log workspace/default/orket.log")
    assert shown.cwd == str(target.path)
    assert shown.last is None
    blocked = detail(target, find("replay-turn"), {})
    assert not blocked.ready
    assert "needs key" in blocked.blocked
    assert msgspec.to_builtins(blocked)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (AT, "05:18"),
        (AT.replace(day=22), "22 Nov"),
        (AT.replace(year=2025), "2025-11-23"),
    ],
)
def test_a_moment(at: datetime, text: str) -> None:
    assert moment(at, AT) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (1.66, "1.7 s"), (81.2, "81 s"), (724, "12m04s")]
)
def test_a_duration(seconds: float, text: str) -> None:
    assert took(seconds) == text
