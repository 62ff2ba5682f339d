"""The whole way by keyboard at 80×24: a probe, its log line, its turn, its replay, a gate."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from tests.pictures.stage import screen_text, until

from orket_console.base.clock import SystemClock
from orket_console.demo.running import DemoInstallation, running
from orket_console.target.target import open_target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext


@pytest.fixture
def demo() -> Iterator[DemoInstallation]:
    with running("stalled-run", live=False) as installation:
        yield installation


async def test_from_a_probe_to_a_gate(demo: DemoInstallation) -> None:
    target = open_target(
        option=str(demo.root), environment=dict(os.environ), here=demo.root, flags={}
    )
    app = ConsoleApp(UiContext(target, SystemClock()), "orket-dark")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        # The probe that is not well, and its log line.
        await until(pilot, lambda text: re.search(r"▲ Runtime DB +stalled", text))
        while not re.search(r"▸▲ Runtime DB", screen_text(pilot)):
            await pilot.press("down")
            await pilot.pause()
        await pilot.press("l")
        await until(pilot, "[2 Log]")
        await until(pilot, lambda text: re.search(r"▸.*session_end +\w+ failed", text))
        session = re.search(r"session_end +(\w+) failed", screen_text(pilot))
        assert session is not None

        # The turn that it names: the run, and in it the turn that failed.
        await pilot.press("t")
        await until(pilot, "[4 Runs]")
        await until(pilot, lambda text: f"{session[1]}  " in text and "✖ no progress" in text)
        await pilot.press("f")
        await until(pilot, lambda text: re.search(r"▸.*✖ no progress", text))

        # Its replay, read from the artifacts.
        await pilot.press("R")
        await until(pilot, "[Replay]")
        await until(pilot, '"checkpoint": null')

        # A gate: what it will do, a yes of its own, and a verdict from what it printed.
        await pilot.press("5")
        await until(pilot, "Security canary")
        while not re.search(r"▸. Security canary", screen_text(pilot)):
            await pilot.press("down")
            await pilot.pause()
        await pilot.press("enter")
        await until(pilot, "Security canary: run it?")
        assert "scripts/security_canary.py" in screen_text(pilot)
        await pilot.press("y")
        await until(pilot, "passed: [security-canary] SUCCESS")

        # And back again.
        await pilot.press("ctrl+p", *"replay turn")
        await until(pilot, "search the turns there are")
        await pilot.press("enter")
        await pilot.press(*session[1][:4])
        await until(pilot, f"{session[1]}:")
        await pilot.press("enter")
        await until(pilot, "[4 Runs]")
        await pilot.press("minus")
        await until(pilot, "[5 Actions]")
    assert (target.state.path / "actions").is_dir()
    assert not (demo.root / "state").exists()
