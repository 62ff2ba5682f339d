"""The Log tab on more than it keeps: any line by number, share, time and text."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Input, Static

from orket_console.base.refs import LogFilterRef
from orket_console.logs.hits import hunt as hunt_module
from orket_console.logs.hits import screened as screened_module
from orket_console.logs.records import Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.log import LogPane
from orket_console.ui.screens.go_to import GoToScreen
from orket_console.ui.widgets.log_line import LogLine
from orket_console.ui.widgets.log_view import LogView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
LINES = 20_000
NEEDLES = (100, 5_000, 12_345)
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def line(n: int) -> bytes:
    """A line a second; a few with a word, a few that are errors."""
    error = n % 4_000 == 77
    record = {
        "timestamp": (START + timedelta(seconds=n)).isoformat(),
        "role": "coder",
        "event": "turn_failed" if error else "turn_start",
        "data": {"text": "a NeedLe in it" if n in NEEDLES else "hay", "n": n},
    }
    return json.dumps(record).encode() + b"\n"


@cache
def lines() -> bytes:
    return b"".join(line(n) for n in range(LINES))


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    path.write_bytes(lines())
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


@pytest.fixture(autouse=True)
def nothing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a log so large that only the search leads to what is far."""
    monkeypatch.setattr(screened_module, "_AT_ONCE", 0)


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def view(app: ConsoleApp) -> LogView:
    return app.screen_stack[0].query_one(LogView)


def current(app: ConsoleApp) -> Record:
    item = view(app).window.current
    if not isinstance(item, Record):
        raise LookupError("the cursor is on no record")
    return item


def number(app: ConsoleApp) -> int:
    """Which of the lines the cursor is on, from 0; -1 while there is none."""
    if not isinstance(app.query_one(LogView).window.current, Record):
        return -1
    return int((current(app).head.at or START).timestamp() - START.timestamp())


def status(app: ConsoleApp) -> str:
    return app.screen_stack[0].query_one(LogLine).text


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app.query_one("#panes", ContentSwitcher).current == "pane-health")
    await pilot.press("2")
    await until(pilot, lambda: len(view(app).window) == 500 and "following" in status(app))


async def go_to(app: ConsoleApp, pilot: Pilot[int], until: Until, text: str) -> str:
    """Type where to go, and Enter; what was said of it before."""
    await pilot.press("g")
    await until(pilot, lambda: isinstance(app.screen, GoToScreen))
    app.screen.query_one(Input).value = text
    await pilot.pause()
    said = str(app.screen.query_one("#go-to-help", Static).content)
    await pilot.press("enter")
    return said


@pytest.mark.parametrize(
    ("text", "said", "wanted"),
    [
        ("1", "line 1 of workspace/default/orket.log", 0),
        ("7,001", "line 7,001 of workspace/default/orket.log", 7_000),
        ("orket.log:20000", "line 20,000 of workspace/default/orket.log", 19_999),
        ("22:00", "the first line from 2026-11-22 22:00:00 UTC on, in all logs", 7_200),
        ("2026-11-22 20:00:10.5", "from 2026-11-22 20:00:10 UTC on", 11),
        ("-8h", "from 2026-11-22 21:20:00 UTC on", 4_800),
        ("0%", "0 % of workspace/default/orket.log", 0),
    ],
)
async def test_a_line_or_moment_is_gone_to(
    console: ConsoleApp, until: Until, text: str, said: str, wanted: int
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        assert said in await go_to(console, pilot, until, text)
        await until(pilot, lambda: number(console) == wanted)
        await until(pilot, lambda: "paused" in status(console))
        assert current(console).ref.line == wanted + 1
        around = {n for n in (wanted - 3, wanted + 3) if 0 <= n < LINES}
        await until(pilot, lambda: around <= _kept(console))


def _kept(app: ConsoleApp) -> set[int]:
    return {r.ref.line - 1 for r in view(app).window.items if isinstance(r, Record) and r.ref.line}


@pytest.fixture
def in_india(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_india")
async def test_a_time_is_one_of_the_zone_that_is_shown(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("z")
        # 22:00 of the day before in UTC.
        assert "from 2026-11-22 22:00:00 UTC on" in await go_to(console, pilot, until, "3:30")
        await until(pilot, lambda: number(console) == 7_200)


async def test_half_of_a_log_is_in_its_middle(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await go_to(console, pilot, until, "50%")
        await until(pilot, lambda: 9_000 < number(console) < 11_000)


async def test_what_leads_nowhere_is_said_as_it_is_typed(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        assert "no line, share or time" in await go_to(console, pilot, until, "soon")
        assert isinstance(console.screen, GoToScreen)
        await pilot.press("escape")
        assert not isinstance(console.screen, GoToScreen)
        assert "following" in status(console)
        await go_to(console, pilot, until, "20001")
        await until(pilot, lambda: any("20,000 lines" in n.message for n in console._notifications))


async def test_the_filter_in_force_stays_and_the_nearest_line_is_shown(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"event:turn_failed", "enter")
        await until(pilot, lambda: "5 of 20,000" in status(console))
        await go_to(console, pilot, until, "9000")
        await until(pilot, lambda: "paused" in status(console) and len(view(console).window) == 5)
        await until(pilot, lambda: number(console) in (8_077, 12_077))


async def test_text_is_found_however_far_and_counted(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, lambda: number(console) == 12_345)
        await until(pilot, lambda: "“needle” 3 of 3" in status(console))
        await pilot.press("N")
        await until(pilot, lambda: number(console) == 5_000)
        await until(pilot, lambda: "“needle” 2 of 3" in status(console))
        await pilot.press("N")
        await until(pilot, lambda: number(console) == 100)
        await pilot.press("N")
        await until(
            pilot, lambda: any("no earlier “needle”" in n.message for n in console._notifications)
        )
        assert number(console) == 100
        await pilot.press("n")
        await until(pilot, lambda: number(console) == 5_000)
        await pilot.press("escape")
        await until(pilot, lambda: "needle" not in status(console))


async def test_errors_are_found_however_far_within_the_filter(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        for wanted in (16_077, 12_077, 8_077):
            await pilot.press("E")
            await until(pilot, lambda wanted=wanted: number(console) == wanted)
        await until(pilot, lambda: "error 3 of 5" in status(console))
        await pilot.press("f", *"needle or n", "enter")
        await until(pilot, lambda: status(console).startswith("needle or n"))
        assert "error" not in status(console)
        await until(pilot, lambda: number(console) == 8_077)
        await pilot.press("e")
        await until(pilot, lambda: number(console) == 12_077)


async def test_keys_that_are_typed_ahead_wait_for_the_first_lines_of_a_filter(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        for key, wanted in (("e", 16_077), ("E", 16_077), ("N", 12_345)):
            console.query_one(LogPane).finding.needle = "needle"
            # At once, as keys typed ahead are: a pilot would wait for what is read.
            console.query_one(LogPane).open_ref(LogFilterRef(f"-event:x{key}"))
            action = "error" if key in "eE" else "found"
            getattr(console.query_one(LogPane), f"action_{action}")(-1 if key.isupper() else 1)
            await until(pilot, lambda wanted=wanted: number(console) == wanted)
        # Held still at a record, which stays where the keys go on from.
        console.query_one(LogPane).filtering.apply("needle or n")
        console.query_one(LogPane).action_error(-1)
        await until(pilot, lambda: number(console) == 12_077)
        console.query_one(LogPane).open_ref(LogFilterRef("xyzzy"))
        console.query_one(LogPane).action_error(1)
        await until(
            pilot, lambda: any("no line is shown" in n.message for n in console._notifications)
        )


async def test_from_the_newest_line_the_next_error_is_the_last_one(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await asyncio.to_thread(append, run_log, line(24_077))
        await until(pilot, lambda: number(console) == 24_077)
        await pilot.press("e")
        await until(pilot, lambda: "error 6 of 6 · " in status(console))
        assert number(console) == 24_077
        assert "paused" in status(console)
        await pilot.press("e")
        await until(
            pilot, lambda: any("no later error" in n.message for n in console._notifications)
        )
        await pilot.press("G", "slash", *"nowhere", "enter")
        await until(
            pilot, lambda: any("no “nowhere” in any" in n.message for n in console._notifications)
        )


async def test_a_filter_that_little_matches_is_filled_from_the_whole_log(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"needle", "enter")
        await until(pilot, lambda: len(view(console).window) == len(NEEDLES))
        await until(pilot, lambda: "3 of 20,000 · following" in status(console))
        assert [r.ref.line for r in view(console).window.items if isinstance(r, Record)] == [
            n + 1 for n in NEEDLES
        ]
        await pilot.press("f", "x", "y", "enter")
        await until(pilot, lambda: "0 of 20,000" in status(console))


async def test_what_can_not_be_searched_is_read(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[None]:
        raise OSError(5, "Input/output error")
        yield

    monkeypatch.setattr(hunt_module, "each", broken)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, lambda: number(console) == 12_345)


async def test_escape_stops_a_search(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []

    def endless(
        _spans: object, _job: object, _progress: object, stop: Any, _small: object
    ) -> Iterator[None]:
        while not stop():
            pass
        stopped.append(True)
        raise hunt_module.StoppedError
        yield

    monkeypatch.setattr(hunt_module, "each", endless)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, lambda: "looking for “needle” 0 %" in status(console))
        await pilot.press("escape")
        await until(pilot, lambda: stopped and "needle" not in status(console))
        assert "following" in status(console)
        await asyncio.sleep(0)


async def test_lines_get_their_numbers_once_the_log_is_indexed(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.logs.pages.COUNTED", 0)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await until(pilot, lambda: current(console).ref.line == LINES)
        assert all(
            item.ref.line == int(json.loads(item.raw)["data"]["n"]) + 1
            for item in view(console).window.items
            if isinstance(item, Record)
        )
