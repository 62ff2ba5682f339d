"""What a real installation left behind, broken in the ways that matter most."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.ui.breaking import broken, every_tab_works

from orket_console.base.clock import SystemClock
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext


@pytest.mark.parametrize(
    "name",
    [
        "no-runtime-db",
        "empty-runtime-db",
        "corrupt-webhook-db",
        "locked-runtime-db",
        "log-of-random-bytes",
        "no-workspace",
    ],
)
async def test_every_tab_opens_and_says_what_is_wrong(
    name: str, installation: Path, target_of: TargetOf
) -> None:
    target = target_of(installation, {"api.port": 9, "webhook.port": 11})
    with broken(name, installation) as breaking:
        app = ConsoleApp(UiContext(target, SystemClock()), "orket-dark")
        async with app.run_test(size=(80, 24)) as pilot:
            await every_tab_works(pilot, breaking)
