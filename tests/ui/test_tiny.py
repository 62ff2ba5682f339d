"""A terminal of any size, as a tiled window or a phone has: nothing breaks, and it comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.pictures.stage import screen_text
from tests.ui.conftest import Until

from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.tabs import TABS

pytestmark = pytest.mark.usefixtures("unwatched")


async def test_every_tab_and_dialog_stands_any_size(
    bare_root: Path, target_of: TargetOf, console_on: Callable[[Target], ConsoleApp], until: Until
) -> None:
    app = console_on(target_of(bare_root))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.pane is not None)
        for number, title in enumerate(TABS, 1):
            await pilot.press(str(number))
            await until(pilot, lambda title=title: app.current == title)
            for width, height in ((30, 5), (1, 1)):
                await pilot.resize_terminal(width, height)
                await pilot.pause()
        for opens in ("question_mark", "colon", "ctrl+p"):
            await pilot.press(opens)
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await pilot.resize_terminal(1, 1)
            await pilot.pause()
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "[6 Incident]" in screen_text(pilot))
        assert "? keys  ^p all" in screen_text(pilot)
