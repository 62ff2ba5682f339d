"""What the operator asked for is read before what the console looks at by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ui.conftest import NOW, Until

from orket_console.base.clock import FixedClock
from orket_console.health.probes import probe_named
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.context import UiContext
from orket_console.ui.panes.health.pane import HealthPane
from orket_console.ui.panes.health.watching import Watching
from orket_console.ui.reads import Reads


def test_waiting_ends_with_the_last_of_what_is_read() -> None:
    reads, waited = Reads(), threading.Event()

    def wait() -> None:
        reads.wait(60.0)
        waited.set()

    with reads.one():
        with reads.one():
            pass
        threading.Thread(target=wait, daemon=True).start()
        reads.wait(0.0)
        assert not waited.is_set()
    assert not reads.under_way
    assert waited.wait(30.0)


async def test_a_round_and_each_part_of_its_diagnosis_give_way(
    bare_root: Path, target_of: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = UiContext(target_of(bare_root), FixedClock(NOW))
    heard: list[str] = []
    gave_way: list[int] = []
    watching = Watching(
        context,
        heard=lambda: heard.append("probe"),
        diagnosed=lambda: heard.append("diagnosis"),
        summed=lambda _state, _line: None,
        looked=lambda _looked: None,
        tell=heard.append,
    )
    disk = probe_named("disk")
    assert disk is not None
    watching.look_through(disk)
    monkeypatch.setattr(context.reads, "wait", lambda _seconds: gave_way.append(len(heard)))
    with context.reads.one():
        await watching.look_once()
    assert heard == ["probe", "diagnosis"]
    assert gave_way == [0, *(7 * [1])], "before the round, and before each part after it"


async def test_what_a_pane_loads_is_given_way_to(
    bare_root: Path,
    target_of: Callable[..., Target],
    console_on: Callable[[Target], ConsoleApp],
    until: Until,
    unwatched: None,
) -> None:
    app = console_on(target_of(bare_root))
    seen: list[bool] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.query(HealthPane))
        pane = app.query_one(HealthPane)
        reads = pane.context.reads
        pane.load(
            "something", lambda: reads.under_way, lambda read: seen.extend([read, reads.under_way])
        )
        await until(pilot, lambda: seen and not reads.under_way)
        assert seen == [True, True], "while it is read, and while it is shown"
