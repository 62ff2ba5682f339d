"""Pilots: a console on an installation with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest
from tests.pictures.stage import screen_text
from tests.ui.idle import pilots_wait_for_what_is_left_to_do
from textual.pilot import Pilot

from orket_console.base.clock import FixedClock
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    with pilots_wait_for_what_is_left_to_do(monkeypatch):
        yield


@pytest.fixture
def console_on() -> Callable[[Target], ConsoleApp]:
    def make(target: Target) -> ConsoleApp:
        return ConsoleApp(UiContext(target, FixedClock(NOW)), "orket-dark")

    return make


@pytest.fixture
def until() -> Until:
    """Wait for a condition of the screen, half a minute at most: a machine may be busy."""

    async def wait(pilot: Pilot[int], condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(30):
                while True:
                    await pilot.pause()
                    try:
                        if condition():
                            return
                    except LookupError:
                        pass
                    await asyncio.sleep(0.01)
        except TimeoutError:
            screen = screen_text(pilot)
            raise AssertionError(f"it never came to be so; the screen was\n{screen}") from None

    return wait
