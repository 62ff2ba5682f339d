"""What a real installation left behind, broken in the ways that matter most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.ui.breaking import broken, every_tab_works
from tests.ui.idle import pilots_wait_for_what_is_left_to_do

from orket_console.base.clock import SystemClock
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with pilots_wait_for_what_is_left_to_do(monkeypatch):
        yield


@pytest.mark.parametrize(
    "names",
    [
        "empty-runtime-db+corrupt-webhook-db+log-of-random-bytes",
        "no-runtime-db+no-workspace",
        "locked-runtime-db",
    ],
)
async def test_every_tab_opens_and_says_what_is_wrong(
    names: str, installation: Path, target_of: TargetOf
) -> None:
    target = target_of(installation, {"api.port": 9, "webhook.port": 11})
    with broken(names, installation) as breakings:
        app = ConsoleApp(UiContext(target, SystemClock()), "orket-dark")
        async with app.run_test(size=(80, 24)) as pilot:
            await every_tab_works(pilot, breakings)
