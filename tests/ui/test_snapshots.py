"""Each tab of an installation with nothing in it, as it is drawn: empty states and all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.pictures.stage import NOW, bare_stage, settled, still_probes, until
from textual.pilot import Pilot

from orket_console.base.clock import FixedClock
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext


@pytest.fixture
def bare() -> Iterator[Target]:
    with bare_stage() as target, still_probes():
        yield target


@pytest.mark.first
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    "tab", ["1 Health", "2 Log", "3 Webhooks", "4 Runs", "5 Actions", "6 Incident"]
)
def test_a_tab_with_nothing_to_show_says_why(
    bare: Target, tab: str, size: tuple[int, int], snap_compare: Callable[..., Any]
) -> None:
    async def open_tab(pilot: Pilot[int]) -> None:
        await until(pilot, lambda text: "looking" not in text and "API" in text)
        await pilot.press(tab[0])
        await until(pilot, f"[{tab}]")
        await settled(pilot)

    app = ConsoleApp(UiContext(bare, FixedClock(NOW)), "orket-dark")
    assert snap_compare(app, terminal_size=size, run_before=open_tab)
