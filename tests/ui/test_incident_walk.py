"""By keyboard at 80×24: the API is down, a recovery pass, a clean one; then it is down again."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import psutil
import pytest
from tests.pictures.stage import screen_text, until
from tests.ports import held_port
from textual.pilot import Pilot

from orket_console.base.clock import SystemClock
from orket_console.demo.running import DemoInstallation, running
from orket_console.target.target import Target, open_target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext
from orket_console.ui.screens import confirm, typed_confirm
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen


@pytest.fixture(autouse=True)
def quick_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pilot types as fast as a paste comes."""
    monkeypatch.setattr(confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "ALONE", 0.02)
    monkeypatch.setattr(typed_confirm, "APART", 0.0)


@pytest.fixture
def demo() -> Iterator[DemoInstallation]:
    with (
        held_port() as api,
        held_port() as webhook,
        running("api-down", live=False, ports=(api, webhook)) as installation,
    ):
        try:
            yield installation
        finally:
            kill_api(installation)


@pytest.fixture
def target(demo: DemoInstallation) -> Target:
    state = {"state.dir": str(demo.root / ".console-state")}
    return open_target(
        option=str(demo.root), environment=dict(os.environ), here=demo.root, flags=state
    )


def kill_api(demo: DemoInstallation) -> None:
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr.port == demo.api_port and one.pid:
            os.kill(one.pid, signal.SIGKILL)


async def do_step(pilot: Pilot[int], title: str, confirmed_by: str) -> None:
    """Enter on the step that comes next, and agree to the action that it leads to."""
    await pilot.press("6")
    await until(pilot, lambda text: re.search(rf"▸▲ \d+ {title}", text))
    await pilot.press("enter")
    asked = (ConfirmScreen, TypedConfirmScreen)
    await until(pilot, lambda _text: isinstance(pilot.app.screen, asked))
    if isinstance(pilot.app.screen, TypedConfirmScreen):
        await pilot.press(*confirmed_by)
        await pilot.pause(0.1)
        await pilot.press("enter")
    else:
        await pilot.pause(0.1)
        await pilot.press("y")
    await until(pilot, lambda _text: not isinstance(pilot.app.screen, asked))


async def test_from_red_to_a_clean_pass_and_back(demo: DemoInstallation, target: Target) -> None:
    app = ConsoleApp(UiContext(target, SystemClock()), "orket-dark")
    async with app.run_test(size=(80, 24)) as pilot:
        # From the finding to an incident, which stands in the header of every tab from now on.
        await until(pilot, lambda text: re.search(r"Diagnosis: \d", text))
        await pilot.press("i")
        await until(pilot, lambda text: "[6 Incident]" in text and "b begins" in text)
        await pilot.press("b")
        await until(pilot, lambda text: re.search(r"● 1 Port.*probe API", text))

        # What is done closes by what is seen of it, and the next one has the cursor.
        await do_step(pilot, "Restart API server", demo.root.name)
        await until(pilot, lambda text: re.search(r"INC-1 pass 1 .*\n.*\[5 Actions\]", text))
        for gate in ("tests", "volatility gate", "CLI smoke"):
            await do_step(pilot, f"Verification: {gate}", demo.root.name)
        await pilot.press("6")
        await until(pilot, "v ends the pass as clean")
        await pilot.press("v")
        await until(pilot, "● pass 1 is clean")

        # The same fault again: said in every tab, reopened, an escalation with its four fields.
        await pilot.press("1")
        kill_api(demo)
        await until(pilot, lambda text: re.search(r"INC-1  ▲ REPEAT.*\n.*\[1 Health\]", text))
        await pilot.press("6")
        await until(pilot, "came back after a clean pass")
        await pilot.press("E")
        await until(pilot, "drafted from what is known now")
        await pilot.press("w")
        await until(pilot, "written: ")
        await pilot.press("escape", "t")
        await until(pilot, "escalation filed")
        assert "escalation drafted" in screen_text(pilot)
    (record,) = target.state.exports.glob("inc-1-escalation-*.md")
    for field in ("Failure signature", "Repro command", "Root-cause hypothesis", "Proposed guard"):
        assert f"## {field}" in record.read_text("utf-8")
