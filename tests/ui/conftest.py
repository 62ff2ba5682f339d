"""Pilots: a console on an installation with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.pictures.stage import screen_text
from tests.ui.idle import pilots_wait_for_what_is_left_to_do
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from orket_console.base.clock import FixedClock
from orket_console.health.reading import Round
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext
from orket_console.ui.panes.health.watching import Watching

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]


@pytest.fixture(scope="session", autouse=True)
def styles_are_parsed_once() -> Iterator[None]:
    """Every console has the same styles, and would parse them anew."""
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def once(sheet: Stylesheet, *arguments: Any, **named: Any) -> list[RuleSet]:
        variables = tuple(sheet._variables.items())
        key = (arguments, tuple(sorted(named.items())), variables)
        if key not in parsed:
            parsed[key] = parse(sheet, *arguments, **named)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", once)
        yield


class _NoCache:
    """Keeps nothing."""

    def get(self, _key: object, default: object = None) -> object:
        return default

    def __setitem__(self, _key: object, _value: object) -> None:
        """Nobody will ask for it."""


@pytest.fixture(scope="session", autouse=True)
def lines_have_no_caches() -> Iterator[None]:
    """Of a line that is drawn once, making its seven caches takes longer than drawing it."""
    none = _NoCache()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("textual.strip.FIFOCache", lambda _size: none)
        yield


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Health tab asks no probe and diagnoses nothing: for tests of what is beside it."""

    async def no_round(*_: object, **_more: object) -> Round:
        return Round(NOW, 0.0, ())

    async def no_diagnosis(_watching: Watching, _done: Round) -> bool:
        return False

    monkeypatch.setattr("orket_console.ui.panes.health.watching.run_round", no_round)
    monkeypatch.setattr(Watching, "_diagnose", no_diagnosis)


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


async def _keys_have_a_place(pilot: Pilot[int]) -> None:
    """A box that has just come takes the keys a moment later; one that takes none never does."""
    for _ in range(30):
        screen = pilot.app.screen
        if not screen.is_modal or screen.focused is not None or not screen.focus_chain:
            return
        await asyncio.sleep(0.01)


@pytest.fixture
def until() -> Until:
    """Wait for a condition of the screen, half a minute at most: a machine may be busy."""

    async def wait(pilot: Pilot[int], condition: Callable[[], object]) -> None:
        nap = 0.005
        try:
            async with asyncio.timeout(30):
                while True:
                    await pilot.pause()
                    try:
                        if condition():
                            await _keys_have_a_place(pilot)
                            return
                    except LookupError:
                        pass
                    # What takes long is looked at less often: looking takes its processor.
                    await asyncio.sleep(nap)
                    nap = min(2 * nap, 0.05)
        except TimeoutError:
            screen = screen_text(pilot)
            raise AssertionError(f"it never came to be so; the screen was\n{screen}") from None

    return wait
