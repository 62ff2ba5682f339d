"""Read-only, by flag, file or environment: no door leads to an action that writes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orket_console.actions.bundles import BUNDLES
from orket_console.actions.catalogue import BUNDLE_ACTIONS, catalogue_of, find
from orket_console.actions.definition import Action
from orket_console.actions.overview import overview
from orket_console.actions.plan import Plan, plan
from orket_console.actions.runner import start
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

TargetOf = Callable[..., Target]
OWN = """
[[actions]]
name = "sweep"
argv = ["ls"]
effect = "writes files"
"""


@pytest.fixture
def read_only(root: Path, own_environment: Path, target_of: TargetOf) -> Target:
    file = own_environment / "config" / "orket-console" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    return target_of(root, {"ui.read_only": True, "target.python": sys.executable})


def actions_of(target: Target) -> tuple[Action, ...]:
    return (*catalogue_of(target), *BUNDLE_ACTIONS)


def test_whatever_writes_is_off_with_the_reason_and_what_reads_is_not(read_only: Target) -> None:
    for action in actions_of(read_only):
        made = plan(read_only, action, {})
        said = "the console is read-only (--read-only)" in made.blocked
        assert said is made.effect.writes, action.name
    assert len(BUNDLE_ACTIONS) == len(BUNDLES) > 0
    assert not plan(read_only, find("failure-report"), {"out": ""}).blocked


def test_the_list_says_so_too(read_only: Target) -> None:
    for row in overview(read_only).rows:
        assert ("read-only" in row.blocked) is row.writes, row.name


def every_writing_plan(target: Target) -> list[Plan]:
    made = [plan(target, action, {}) for action in actions_of(target)]
    return [each for each in made if each.effect.writes]


async def test_nothing_starts_one_whatever_was_agreed(read_only: Target) -> None:
    plans = every_writing_plan(read_only)
    assert len(plans) > 10
    for each in plans:
        with pytest.raises(ConsoleError, match="read-only"):
            await start(read_only, each, lambda piece: None, confirmation="asked, and agreed")
    assert not read_only.state.actions.exists()


def test_file_and_environment_say_it_as_well(
    root: Path, target_of: TargetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "orket-console.toml").write_text("[ui]\nread_only = true\n")
    by_file = plan(target_of(root), find("security-canary"), {}).blocked
    assert f"the console is read-only ({root / 'orket-console.toml'})" in by_file
    monkeypatch.setenv("ORKET_CONSOLE_UI_READ_ONLY", "1")
    by_environment = plan(target_of(root), find("security-canary"), {}).blocked
    assert "(environment ORKET_CONSOLE_UI_READ_ONLY)" in by_environment
