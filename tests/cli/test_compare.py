"""`compare`, on the demo's planted divergence."""

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

Console = Callable[..., Any]
SESSIONS = [session_id_of("regression/1", index) for index in range(12)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's regression: runs 8 and 10 repeat 0 and 2, and 9 and 11 go wrong."""
    place = tmp_path_factory.mktemp("regression") / "orket"
    now = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
    generate(
        place, "regression", seed=1, now=now, api_port=18082, webhook_port=18080,
        python=sys.executable,
    )  # fmt: skip
    return place


@pytest.mark.parametrize(("before", "after"), [(0, 8), (2, 10)])
def test_two_runs_of_the_same_story_are_the_same(
    console: Console, root: Path, before: int, after: int
) -> None:
    run = console("compare", SESSIONS[before], SESSIONS[after], "--root", str(root))
    assert (run.status, run.err) == (0, "")
    assert "turns are the same" in run.out


@pytest.mark.parametrize(("good", "bad"), [(1, 9), (3, 11)])
def test_the_planted_divergence_is_found(console: Console, root: Path, good: int, bad: int) -> None:
    run = console("compare", SESSIONS[bad], "--json", "--root", str(root))
    data = json.loads(run.out)["data"]
    assert run.status == 1
    assert (data["left"]["session"], data["differs"]) == (SESSIONS[good], True)
    assert data["measure"] == "the last good run of this epic"
    first = data["first_divergence"]
    assert first["right"].startswith(f"{SESSIONS[bad]}:")
    assert first["summary"].startswith('response: “"path": "scratch/')
    assert data["differing"][0]["right"] == first["right"]
    assert len(data["differing"]) > 1
    assert data["compared"] == data["pairs"]
    changed = next(part for part in first["parts"] if part["name"] == "tool calls")
    signs = [sign for hunk in changed["hunks"] for sign, _ in hunk]
    assert signs.count("-") == signs.count("+") == 1


def test_the_text_shows_both_sides_of_what_differs(console: Console, root: Path) -> None:
    run = console("compare", SESSIONS[9], "--root", str(root))
    lines = run.out.splitlines()
    assert any(line.startswith("-") and "agent_output/" in line for line in lines)
    assert any(line.startswith("+") and "scratch/" in line for line in lines)
    assert "are the same, then" in run.out
    assert any(line.startswith("≠ ") and "prompt: " in line for line in lines)
    run = console("compare", SESSIONS[9], "--first", "--root", str(root))
    assert "turns not compared" in run.out.splitlines()[-1]


def test_rules_can_be_left_out(console: Console, root: Path) -> None:
    run = console("compare", SESSIONS[0], SESSIONS[8], "--keep", "ids", "--root", str(root))
    assert run.status == 1
    run = console("compare", SESSIONS[0], SESSIONS[8], "--keep", "clocks", "--root", str(root))
    assert run.status == 2
    assert "the rules are ids" in run.err


def test_one_turn_alone_wants_another(console: Console, root: Path) -> None:
    run = console("compare", f"{SESSIONS[0]}:x:1", "--root", str(root))
    assert run.status == 2
    assert "name two turns" in run.err


def test_a_session_that_is_not_there_is_named(console: Console, root: Path) -> None:
    run = console("compare", "ffffffff", "--root", str(root))
    assert run.status == 1
    assert "no session 'ffffffff'" in run.err
