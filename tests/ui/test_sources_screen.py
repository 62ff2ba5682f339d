"""The logs by themselves: which are read, in what state, and leaving some out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from orket_console.logs.records import Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.screens.sources import SourcesScreen
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.log_line import LogLine
from orket_console.ui.widgets.log_view import LogView

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]


def line(event: str, second: int) -> bytes:
    at = f"2026-11-23T05:17:{second:02}+00:00"
    return json.dumps({"timestamp": at, "event": event, "data": {}}).encode() + b"\n"


@pytest.fixture
def console(bare_root: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    (bare_root / "orket.log").write_bytes(line("server", 2))
    log = bare_root / "workspace" / "default" / "orket.log"
    log.with_name("orket.log.1").write_bytes(line("older", 0))
    log.write_bytes(line("run", 1) + line("run", 3))
    return console_on(target_of(bare_root))


def events(app: ConsoleApp) -> list[str]:
    return [item.event for item in app.query_one(LogView).window.items if isinstance(item, Record)]


def rows(app: ConsoleApp) -> list[list[str]]:
    listing = app.screen.query_one(Listing)
    return [[cell.plain for cell in row.cells[1:3]] for row in listing._rows]


async def open_sources(pilot: Pilot[int], app: ConsoleApp, until: Until) -> None:
    await pilot.press("2")
    await until(pilot, lambda: app.query(LogView) and len(events(app)) == 4)
    await pilot.press("s")
    await until(pilot, lambda: isinstance(app.screen, SourcesScreen) and len(rows(app)) == 3)


async def test_every_log_is_shown_with_its_state(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await open_sources(pilot, console, until)
        assert rows(console) == [
            ["workspace/default/orket.log", "following"],
            ["workspace/default/orket.log.1", "rotated"],
            ["root/orket.log", "following"],
        ]
        size_and_time = [cell.plain for cell in console.screen.query_one(Listing)._rows[2].cells]
        assert size_and_time[3:] == ["74 B", "05:17:02"]


async def test_a_log_is_left_out_with_its_older_parts_and_taken_in_again(
    console: ConsoleApp, until: Until, bare_root: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await open_sources(pilot, console, until)
        await pilot.press("space")
        await until(pilot, lambda: events(console) == ["server"])
        await until(pilot, lambda: ["workspace/default/orket.log", "off"] in rows(console))
        assert "1 source, 1 off" in console.query_one(LogLine).text
        with (bare_root / "workspace" / "default" / "orket.log").open("ab") as file:
            file.write(line("unseen", 4))
        with (bare_root / "orket.log").open("ab") as file:
            file.write(line("server", 5))
        await until(pilot, lambda: events(console) == ["server", "server"])
        await pilot.press("space")
        both = ["older", "run", "server", "run", "unseen", "server"]
        await until(pilot, lambda: events(console) == both)
        await pilot.press("escape")
        with (bare_root / "workspace" / "default" / "orket.log").open("ab") as file:
            file.write(line("seen", 6))
        await until(pilot, lambda: events(console) == [*both, "seen"])


async def test_what_is_rotated_goes_with_its_log(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await open_sources(pilot, console, until)
        await pilot.press("down", "space")
        await pilot.pause()
        assert len(events(console)) == 4
        (said,) = [note.message for note in console._notifications]
        assert said == "it goes with its log: switch that"
