"""When the next round is due."""

from __future__ import annotations

import pytest

from orket_console.base.state import State
from orket_console.health.pace import pause


def middle(low: float, high: float) -> float:
    return (low + high) / 2


@pytest.mark.parametrize("state", [each for each in State if each is not State.FAILING])
def test_as_often_as_configured(state: State) -> None:
    assert pause(5.0, state, middle) == 5.0


def test_oftener_while_something_fails() -> None:
    assert pause(5.0, State.FAILING, middle) == 2.0
    assert pause(1.5, State.FAILING, middle) == 1.0
    assert pause(0.5, State.FAILING, middle) == 0.5


def test_two_consoles_do_not_ask_in_step() -> None:
    assert pause(10.0, State.OK, min) == 9.0
    assert pause(10.0, State.OK, max) == 11.0
