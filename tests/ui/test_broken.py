"""A broken installation: every tab opens, says what is wrong, and the rest works."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.conftest import TargetOf
from tests.ui.breaking import BREAKINGS, broken, every_tab_works

from orket_console.base.clock import SystemClock
from orket_console.demo.generate import generate
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext

# A console is slow to make: what does not hide one another is broken at once.
TOGETHER = (
    "no-runtime-db+empty-webhook-db",
    "empty-runtime-db+corrupt-webhook-db",
    "corrupt-runtime-db+no-webhook-db",
    "runtime-db-of-garbage+log-of-random-bytes",
    "no-workspace",
    "locked-runtime-db",
)


def test_each_way_is_tried() -> None:
    assert sorted("+".join(TOGETHER).split("+")) == sorted(BREAKINGS)


@pytest.mark.parametrize("names", TOGETHER)
async def test_every_tab_opens_and_says_what_is_wrong(
    names: str, tmp_path: Path, target_of: TargetOf
) -> None:
    root = tmp_path / "orket"
    now = datetime.now(UTC)
    generate(
        root,
        "stalled-run",
        seed=1,
        now=now,
        api_port=9,
        webhook_port=11,
        python=sys.executable,
    )
    with broken(names, root) as breakings:
        app = ConsoleApp(UiContext(target_of(root), SystemClock()), "orket-dark")
        async with app.run_test(size=(80, 24)) as pilot:
            await every_tab_works(pilot, breakings)
