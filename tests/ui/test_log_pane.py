"""The Log tab by its keys: follow, hold still, filter, find, and lead to other places."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.events import MouseScrollUp
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Static

from orket_console.base.refs import LogFilterRef, LogRef, TurnRef
from orket_console.logs.records import Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.log import LogPane
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.log_line import LogLine
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.record_view import RecordView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
HOSTILE = "\x1b]52;c;eA==\x07[/bold][@click=app.quit]x[/]\u202e\x9b2J"


def line(event: str, second: float, role: str = "system", **data: Any) -> bytes:
    at = f"2026-11-23T05:{int(second // 60):02}:{second % 60:09.6f}+00:00"
    record = {"timestamp": at, "role": role, "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def rotate(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.1"))


TURN = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    lines = [line("turn_start", n, "coder", **TURN) for n in range(100)]
    lines[10] = line("turn_failed", 10, **TURN, type="E", error="first")
    lines[60] = line("turn_failed", 60, **TURN, type="E", error="second")
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


def view(app: ConsoleApp) -> LogView:
    return app.query_one(LogView)


def current(app: ConsoleApp) -> Record:
    item = view(app).window.current
    if not isinstance(item, Record):
        raise LookupError("the cursor is on no record")
    return item


def status(app: ConsoleApp) -> str:
    return app.query_one(LogLine).text


def detail(app: ConsoleApp) -> str:
    return app.query_one(RecordView).text


def rows(app: ConsoleApp) -> list[str]:
    """The lines of the view as they are on screen."""
    shown = view(app)
    return [shown.render_line(y).text for y in range(shown.size.height)]


async def started(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app.query_one("#panes", ContentSwitcher).current == "pane-health")


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until, count: int = 100) -> None:
    await started(app, pilot, until)
    await pilot.press("2")
    await until(pilot, lambda: len(view(app).window) == count and "following" in status(app))


async def test_it_opens_at_the_end_and_follows(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await until(pilot, lambda: "100 · following · 1 source" in status(console))
        assert "waiting for root/orket.log" in status(console)
        assert current(console).ref.line == 100
        append(run_log, line("turn_complete", 200, "coder", **TURN, tool_calls=2))
        await until(pilot, lambda: current(console).event == "turn_complete")
        assert rows(console)[-1].startswith("▸05:03:20 · coder          turn_complete")
        await until(pilot, lambda: "tool_calls  2" in detail(console))


async def test_held_still_nothing_moves_and_what_is_new_is_counted(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("up", "up")
        await until(pilot, lambda: "paused" in status(console))
        before = rows(console)
        append(run_log, line("turn_start", 300, **TURN) + line("turn_failed", 301, **TURN))
        await until(pilot, lambda: "paused, 2 new, 1 error" in status(console))
        assert rows(console) == before
        assert current(console).ref.line == 98
        await pilot.press("space")
        await until(pilot, lambda: current(console).ref.line == 102)
        await until(pilot, lambda: "following" in status(console))


async def test_space_holds_and_end_follows(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("space")
        append(run_log, line("turn_failed", 300, **TURN))
        await until(pilot, lambda: "1 new, 1 error" in status(console))
        assert current(console).ref.line == 100
        await pilot.press("end")
        await until(pilot, lambda: current(console).ref.line == 101)


async def test_a_filter_shows_what_matches_of_how_much(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"level>=error", "enter")
        await until(pilot, lambda: "2 of 100 · following" in status(console))
        assert [r.ref.line for r in view(console).window.items] == [11, 61]
        assert console.focused is view(console)
        await pilot.press("c")
        await until(pilot, lambda: len(view(console).window) == 100)


async def test_a_filter_that_matches_nothing_says_which_key_helps(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"absent", "enter")
        await until(pilot, lambda: "None of 100 records matches" in rows(console)[1])


async def test_a_bad_filter_points_at_its_column_and_changes_nothing(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        bar = console.query_one("#log-filter", FilterBar)
        await pilot.press("f", *"event:x rol:y", "enter")
        await until(pilot, lambda: bar.display and bar.has_focus)
        assert (bar.value, bar.cursor_position) == ("event:x rol:y", 8)
        said = console.query_one("#log-filter-said", Static)
        await until(pilot, lambda: "^ unknown key rol" in str(said.content))
        assert not console._notifications
        await pilot.press("escape")
        assert not bar.display
        assert bar.expression == ""
        assert len(view(console).window) == 100


async def test_errors_are_gone_to_in_both_directions(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        await pilot.press("E")
        await until(pilot, lambda: current(console).ref.line == 61)
        await pilot.press("E")
        await until(pilot, lambda: current(console).ref.line == 11)
        assert "error       “first”" in detail(console)
        await pilot.press("e")
        await until(pilot, lambda: current(console).ref.line == 61)
        await pilot.press("e")
        await until(
            pilot, lambda: any("no later error" in n.message for n in console._notifications)
        )
        assert current(console).ref.line == 61


async def test_what_goes_wrong_behind_the_screen_is_told(console: ConsoleApp, until: Until) -> None:
    def broken() -> None:
        raise ValueError("no\nsuch [/thing]")

    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        console.query_one(LogPane).load("numbers", broken, lambda _: None)
        told = "a fault of the console: ValueError: no ↵ such [/thing]"
        await until(pilot, lambda: any(n.message == told for n in console._notifications))


def marked(app: ConsoleApp) -> list[str]:
    """What is marked on the line with the cursor."""
    strip = view(app).render_line(view(app).window.cursor + 1 - view(app).scroll_offset.y)
    return [segment.text for segment in strip if segment.style and segment.style.reverse]


async def test_text_is_found_and_marked(console: ConsoleApp, until: Until, run_log: Path) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("slash", *"FIRST", "enter")
        await until(pilot, lambda: current(console).ref.line == 11)
        assert marked(console) == ["first"]
        # These characters are longer in lower case.
        append(run_log, line("webhook", 300, message="İİİ Third"))
        await pilot.press("G", "slash", "ctrl+u", *"third", "enter")
        await until(pilot, lambda: marked(console) == ["Third"])
        await pilot.press("slash", "ctrl+u", *"FIRST", "enter", "N")
        await until(pilot, lambda: current(console).ref.line == 11)
        await pilot.press("slash", *([*["backspace"] * 5]), *"second", "enter")
        await until(pilot, lambda: current(console).ref.line == 61)


async def test_only_this_value(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("E", "equals_sign", "enter")
        await until(pilot, lambda: len(view(console).window) == 2)
        assert "event:turn_failed" in status(console)
        await until(pilot, lambda: current(console).ref.line == 61)
        assert "paused" in status(console)


async def test_a_record_leads_to_its_turn(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[object] = []

    async def go(ref: object) -> None:
        went.append(ref)

    monkeypatch.setattr(console, "go", go)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("t")
        await until(pilot, lambda: went == [TurnRef("34a2b001", "ISS-02-0", 1)])


async def test_enter_opens_the_detail_and_escape_comes_back(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        low = console.query_one(RecordView)
        await until(pilot, lambda: low.size.height > 0)
        height = low.size.height
        await pilot.press("enter")
        await until(pilot, lambda: low.has_focus and low.size.height > height)
        tall = low.size.height
        await pilot.press("escape")
        await until(pilot, lambda: view(console).has_focus and low.size.height < tall)


async def test_copy_takes_the_whole_record_without_secrets(
    console: ConsoleApp, bare_root: Path, until: Until, run_log: Path
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    append(run_log, line("webhook", 500, message="key canary-7f3a91 given"))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until, 101)
        await pilot.press("y")
        await until(pilot, lambda: console.clipboard)
        assert json.loads(console.clipboard)["data"] == {"message": "key ••• given"}
        assert "canary" not in "".join(rows(console)) + detail(console)


async def test_a_line_named_elsewhere_is_shown_among_its_neighbours(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await console.go(LogRef(str(run_log), 0, 11))
        await until(pilot, lambda: current(console).ref.line == 11)
        await until(pilot, lambda: "paused" in status(console))


async def test_a_line_that_is_not_in_view_is_read_for(
    bare_root: Path, target_of: Any, console_on: ConsoleOn, until: Until
) -> None:
    run_log = bare_root / "workspace" / "default" / "orket.log"
    lines = [line("turn_start", n / 10, **TURN) for n in range(2000)]
    run_log.write_bytes(b"".join(lines))
    app = console_on(target_of(bare_root))
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot, until)
        await app.go(LogRef(str(run_log), sum(map(len, lines[:1000]))))
        await until(pilot, lambda: view(app).window.items and current(app).ref.line == 1001)
        assert not view(app).following
        await until(pilot, lambda: "line 1,001 of 2,000 · paused" in status(app))
        assert app.query_one(LogPane).place() == current(app).ref
        await pilot.press("up")
        assert "line 1,000 of 2,000 · paused" in status(app)
        await pilot.press("G")
        await until(pilot, lambda: view(app).window.items and current(app).ref.line == 2000)
        await until(pilot, lambda: "the last 500 · following" in status(app))
        assert view(app).following
        assert app.query_one(LogPane).place() == LogFilterRef("")
        # One read at a time: a key that comes while the log is read anew is pressed again.
        async with asyncio.timeout(30):
            while len(view(app).window) <= 500:
                await pilot.press("home")
                await pilot.pause()


async def test_a_filter_named_elsewhere_is_put_in_force(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await console.go(LogFilterRef("session:34a2 event:turn_failed"))
        await until(pilot, lambda: "2 of 100" in status(console))


async def test_hostile_text_is_shown_as_it_is(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    append(run_log, line(HOSTILE, 400, HOSTILE, error=HOSTILE) + b"\xff\x1b[2J[/]\n")
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until, 102)
        await pilot.press("up")
        await until(pilot, lambda: "[/bold]" in detail(console))
        drawn = "\n".join(rows(console)) + detail(console)
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(drawn)
        assert "1 malformed" in status(console)
        await pilot.press("equals_sign")
        await pilot.pause()
        await pilot.press("escape")


async def test_a_rotation_is_a_line_of_its_own(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        rotate(run_log)
        append(run_log, line("turn_complete", 300, **TURN))
        await until(pilot, lambda: current(console).event == "turn_complete")
        marker = rows(console)[-2]
        assert marker.startswith(" ━━ workspace/default/orket.log rotated 05:20:00, 0 lost ━━━")


async def test_it_ends_its_thread(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        live = console.query_one(LogPane).reading.live
    assert live.stop(timeout=30)


async def test_every_key_works_while_nothing_is_there(
    bare_root: Path, target_of: Any, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target_of(bare_root))
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot, until)
        await pilot.press("2")
        await until(pilot, lambda: "waiting for workspace/default/orket.log" in status(app))
        for key in ("up", "down", "home", "end", "e", "E", "n", "t", "y", "c", "space", "enter"):
            await pilot.press(key)
        await pilot.press("escape")
        assert "No record yet" in rows(app)[1]


async def test_the_wheel_holds_it_still_and_a_resize_does_not(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        low = view(console).size.height
        await pilot.resize_terminal(80, 50)
        await until(pilot, lambda: view(console).size.height > low)
        await until(pilot, lambda: rows(console)[-1].startswith("▸"))
        assert "following" in status(console)
        high = view(console).size.height
        await pilot.resize_terminal(120, 20)
        await until(pilot, lambda: view(console).size.height < high)
        await until(pilot, lambda: rows(console)[-1].startswith("▸"))
        assert "following" in status(console)
        await until(pilot, lambda: view(console).scroll_offset.y == view(console).max_scroll_y)
        await pilot._post_mouse_events([MouseScrollUp], LogView, button=0)
        await until(pilot, lambda: "paused" in status(console))
        await until(pilot, lambda: view(console).scroll_offset.y < view(console).max_scroll_y)


async def test_random_bytes_are_lines_like_others(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    append(run_log, random.Random(7).randbytes(1 << 20) + b"\n" + line("turn_complete", 300))
    async with console.run_test(size=(80, 24)) as pilot:
        await started(console, pilot, until)
        await pilot.press("2")
        await until(pilot, lambda: view(console).window.items and "following" in status(console))
        assert current(console).event == "turn_complete"
        assert "malformed" in status(console)
        await pilot.press("E")
        await until(pilot, lambda: "“second”" in detail(console))
