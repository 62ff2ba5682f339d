"""`runs changes`, `runs preflight` and `runs export`, on the demo's stalled runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orket_console.demo.generate import generate
from orket_console.demo.runs import session_id_of
from orket_console.demo.scenarios import SCENARIOS, Outcome

Console = Callable[..., Any]
_HISTORY = SCENARIOS["stalled-run"].history
GOVERNED = session_id_of("stalled-run/1", _HISTORY.index(Outcome.GOVERNANCE))
GOOD = session_id_of("stalled-run/1", 0)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stalled") / "orket"
    now = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
    generate(
        place, "stalled-run", seed=1, now=now, api_port=18382, webhook_port=18380,
        python=sys.executable,
    )  # fmt: skip
    return place


@pytest.fixture
def issues(console: Console, root: Path) -> list[dict[str, Any]]:
    """The issues of the run that governance stopped, as `runs show` has them."""
    run = console("runs", "show", GOVERNED, "--json", "--root", str(root))
    found: list[dict[str, Any]] = json.loads(run.out)["data"]["issues"]
    return found


def test_changes_tell_who_moved_the_card(
    console: Console, root: Path, issues: list[dict[str, Any]]
) -> None:
    blocked = next(issue["issue"] for issue in issues if issue["status"] == "blocked")
    run = console("runs", "changes", GOVERNED, "status", "--issue", blocked, "--root", str(root))
    first, last = run.out.splitlines()
    assert run.status == 0
    assert "ready → in_progress" in first
    assert "in_progress → blocked  by system, governance_violation" in last


def test_changes_of_a_value_are_json_too(console: Console, root: Path) -> None:
    field = "checkpoint.state_delta.to"
    run = console("runs", "changes", GOOD, field, "--json", "--root", str(root))
    data = json.loads(run.out)["data"]
    assert (data["session"], data["field"]) == (GOOD, field)
    assert {'"code_review"', '"done"'} == {change["after"] for change in data["changes"]}


def test_a_field_that_is_none_is_a_usage_error(console: Console, root: Path) -> None:
    run = console("runs", "changes", GOOD, "nonsense", "--root", str(root))
    assert run.status == 2
    assert "no field 'nonsense'" in run.err


def test_preflight_says_what_the_last_failure_would_meet(
    console: Console, root: Path, issues: list[dict[str, Any]]
) -> None:
    blocked = next(issue["issue"] for issue in issues if issue["status"] == "blocked")
    run = console("runs", "preflight", GOVERNED, blocked.lower(), "--root", str(root))
    assert run.status == 0
    assert run.out.startswith(f"{GOVERNED} {blocked}: ▲ clear, but look at policy, last failure")
    assert "in_progress → done is not allowed" in run.out
    assert f"seen in policy_violation_{blocked}.json" in run.out


def test_preflight_of_an_issue_that_is_not_there(console: Console, root: Path) -> None:
    run = console("runs", "preflight", GOVERNED, "X-1", "--root", str(root))
    assert run.status == 1
    assert "there is " in run.err


def test_export_is_one_document_without_secrets(console: Console, root: Path) -> None:
    secret = next(
        line.partition("=")[2]
        for line in (root / ".env").read_text().splitlines()
        if line.startswith("ORKET_API_KEY=")
    )
    traces = root / "workspace" / "default" / "observability" / GOVERNED
    turn = next(traces.glob("*/*/model_response.txt"))
    turn.write_text(f"the key is {secret}", encoding="utf-8")
    for arguments in ((), ("--json",)):
        run = console("runs", "export", GOVERNED, *arguments, "--root", str(root))
        assert run.status == 0
        assert secret not in run.out
        assert "the key is •••" in run.out
