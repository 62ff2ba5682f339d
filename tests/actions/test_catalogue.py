"""The runbook's eight commands are declared, each whole."""

from __future__ import annotations

import pytest

from orket_console.actions.catalogue import CATALOGUE, find
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.layout import SCRIPTS


def test_the_runbooks_eight_commands() -> None:
    assert [action.name for action in CATALOGUE if not action.module] == [
        "failure-report",
        "replay-turn",
        "migrations",
        "release-smoke",
        "security-canary",
        "test-suite",
        "volatility-gate",
        "cli-smoke",
    ]
    assert {action.script for action in CATALOGUE if action.script} == set(SCRIPTS)


@pytest.mark.parametrize("action", CATALOGUE, ids=lambda action: action.name)
def test_each_says_what_it_is_for_and_what_it_changes(action: object) -> None:
    assert action.title
    assert action.purpose
    assert action.runbook
    assert action.changes
    assert action.timeout > 0
    assert action.effect.writes
    names = {parameter.name for parameter in action.parameters}
    assert {case.parameter for case in action.softened} <= names
    assert not action.report or action.report in names


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(ConsoleError, match="did you mean security-canary") as error:
        find("securty-canary")
    assert error.value.exit_code is ExitCode.USAGE
    with pytest.raises(ConsoleError, match="there are failure-report, replay-turn"):
        find("zzz")
