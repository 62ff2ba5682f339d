"""The Log tab's lines as the operator wants them: columns, wrapping, times, bookmarks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from orket_console.logs.bookmarks import read_bookmarks
from orket_console.logs.look import Face, read_look
from orket_console.logs.records import Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.screens.bookmarks import BookmarksScreen
from orket_console.ui.screens.columns import ColumnsScreen
from orket_console.ui.screens.note import NoteScreen
from orket_console.ui.widgets import log_rows
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.record_view import RecordView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
TURN = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}


def line(event: str, second: int, day: int = 23, **data: Any) -> bytes:
    at = f"2026-11-{day}T05:{second // 60:02}:{second % 60:02}+00:00"
    record = {"timestamp": at, "role": "system", "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    path.write_bytes(b"".join(line("turn_start", n, **TURN) for n in range(40)))
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


def write(path: Path, *lines: bytes) -> None:
    path.write_bytes(b"".join(lines))


def rotate(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}.1"))


def add(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def view(app: ConsoleApp) -> LogView:
    return app.screen_stack[0].query_one(LogView)


def rows(app: ConsoleApp) -> list[str]:
    shown = view(app)
    return [shown.render_line(y).text for y in range(shown.size.height)]


def number(app: ConsoleApp) -> int | None:
    item = view(app).window.current
    return item.ref.line if isinstance(item, Record) else None


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app._panes)
    await pilot.press("2")
    await until(pilot, lambda: app.query(LogView) and len(view(app).window) > 0)
    await until(pilot, lambda: number(app) == len(view(app).window))


async def test_columns_are_chosen_and_kept(console: ConsoleApp, until: Until) -> None:
    state = console.context.target.state
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        assert rows(console)[0].split() == ["time", "s", "role", "event", "what", "happened"]
        await pilot.press("o")
        await until(pilot, lambda: isinstance(console.screen, ColumnsScreen))
        await pilot.press("end", "space")
        await until(pilot, lambda: "line" in rows(console)[0].split())
        assert rows(console)[-1].startswith("▸05:00:39 · system         turn_start         40 ")
        await pilot.press("home", *["right"] * 4)
        await until(pilot, lambda: rows(console)[-1].startswith("▸05:00:39.000 · system"))
        await pilot.press("escape")
        await until(pilot, lambda: read_look(state.log_look).columns is not None)
        kept = read_look(state.log_look).columns
        assert kept is not None
        assert [(c.field.value, c.width) for c in kept][:1] == [("time", 12)]
        assert kept[-1].field.value == "line"


async def test_the_look_that_was_kept_is_taken_up(
    console: ConsoleApp, bare_root: Path, target_of: Any, console_on: ConsoleOn, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("w", "o")
        await until(pilot, lambda: isinstance(console.screen, ColumnsScreen))
        await pilot.press("down", "down", "space", "escape")
        await until(pilot, lambda: "role" not in rows(console)[0].split())
        kept = console.context.target.state.log_look
        await until(pilot, lambda: read_look(kept).columns is not None)
    again = console_on(target_of(bare_root))
    async with again.run_test(size=(80, 24)) as pilot:
        await opened(again, pilot, until)
        await until(pilot, lambda: "role" not in rows(again)[0].split())
        assert view(again).look.wrap


async def test_columns_come_back_as_at_first(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(console.screen, ColumnsScreen))
        await pilot.press("space")
        await until(pilot, lambda: "time" not in rows(console)[0].split())
        await pilot.press("r")
        await until(pilot, lambda: rows(console)[0].split()[0] == "time")


async def test_every_column_can_be_hidden(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(console.screen, ColumnsScreen))
        await pilot.press("space", "down", "space", "down", "space", "down", "space", "escape")
        await until(pilot, lambda: rows(console)[0].split() == ["what", "happened"])
        assert rows(console)[-1].startswith("▸ISS-02-0 #1")


async def test_a_wide_terminal_shows_the_session(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(160, 40)) as pilot:
        await opened(console, pilot, until)
        assert "session" in rows(console)[0].split()
        assert "34a2b001" in rows(console)[-1]


async def test_long_lines_go_sideways(console: ConsoleApp, run_log: Path, until: Until) -> None:
    words = " ".join(f"word{n}" for n in range(60))
    add(run_log, line("webhook_db", 60, message=words))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        assert "word0" in rows(console)[-1]
        await pilot.press("right", "right")
        assert "word0 " not in rows(console)[-1]
        assert "…" in rows(console)[-1]
        assert rows(console)[-1].startswith("▸05:01:00 · system         webhook_db         …")
        await pilot.press("left", "left", "left")
        assert "word0" in rows(console)[-1]


async def test_long_lines_wrap_up_to_a_cap_that_is_told(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    words = " ".join(f"word{n}" for n in range(60))
    add(run_log, line("webhook_db", 60, message=words))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("w")
        await until(pilot, lambda: view(console).look.wrap)
        shown = rows(console)
        first = next(i for i, row in enumerate(shown) if row.startswith("▸"))
        assert "webhook_db" in shown[first]
        assert len(shown) - first == 8
        assert shown[-1].strip().endswith("Enter shows all")
        # The lines above are there, and going up comes to them one record at a time.
        assert "turn_start" in shown[first - 1]
        await pilot.press("up")
        await until(pilot, lambda: number(console) == 40)
        await pilot.press("home", "end")
        await until(pilot, lambda: number(console) == 41)
        assert rows(console)[-1].strip().endswith("Enter shows all")
        await pilot.click(LogView, offset=(30, len(shown) - 3))
        await until(pilot, lambda: not view(console).following)
        assert number(console) == 41
        # The line that was clicked had the cursor, so its detail opened.
        await pilot.press("escape", "w")
        await until(pilot, lambda: rows(console)[-1].startswith("▸"))


async def test_what_is_wrapped_is_gone_through_from_end_to_end(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    long = [line("webhook_db", n, message="x " * (n * 7)) for n in range(40)]
    write(run_log, *long)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("w", "home")
        for wanted in range(1, 41):
            assert number(console) == wanted
            assert any(row.startswith("▸") for row in rows(console))
            await pilot.press("down")
        for wanted in range(40, 0, -1):
            assert number(console) == wanted
            assert any(row.startswith("▸") for row in rows(console))
            await pilot.press("up")


async def test_a_long_line_is_read_once_however_often_it_is_drawn(
    console: ConsoleApp, run_log: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    told = log_rows._told

    def counted(record: Record) -> str:
        read.append(len(record.raw))
        return told(record)

    monkeypatch.setattr(log_rows, "_told", counted)
    long = [line("webhook", n, message="x" * 20_000) for n in range(3)]
    write(run_log, *long, line("turn_start", 9, **TURN))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("up", "up", "down")
        assert len([length for length in read if length > 20_000]) == 3
        assert any("xxx" in row for row in rows(console))


async def test_the_clock_is_turned(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("z")
        assert view(console).look.face is Face.OTHER
        assert rows(console)[0].startswith(" local")
        detail = console.query_one(RecordView)
        own = datetime(2026, 11, 23, 5, 0, 39, tzinfo=UTC).astimezone()
        assert f"{own:%Y-%m-%d %H:%M:%S}.000000 local info" in detail.text
        await pilot.press("z")
        assert "2026-11-23 05:00:39.000000 info" in detail.text
        assert rows(console)[0].startswith(" ago")
        assert ":" not in rows(console)[-1][:9]
        await pilot.press("z")
        assert rows(console)[-1].startswith("▸05:00:39")


async def test_the_day_is_shown_where_it_changes_and_over_another_day(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    days = [line("turn_start", n, day=day, **TURN) for day in (18, 19) for n in range(5)]
    write(run_log, *days)
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        shown = rows(console)
        assert shown[0].startswith(" 18 Nov")
        dated = [row[1:9] for row in shown if "━ 2026-11-19 ━ ISS-02-0" in row]
        assert dated == ["05:00:00"]


async def test_a_line_is_marked_with_a_note_and_found_again(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("up", "up", "m")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        await pilot.press(*"here", "enter")
        await until(pilot, lambda: any(row.startswith("◈") for row in rows(console)))
        await pilot.press("up")
        assert any(row.startswith("◆") for row in rows(console))
        await pilot.press("home", "M")
        await until(pilot, lambda: isinstance(console.screen, BookmarksScreen))
        await pilot.press("enter")
        await until(pilot, lambda: number(console) == 38)
        await pilot.press("m")
        await until(pilot, lambda: not any(row.startswith(("◆", "◈")) for row in rows(console)))
        assert read_bookmarks(console.context.target.state.bookmarks) == ()


async def test_bookmarks_are_noted_and_removed_in_their_list(
    console: ConsoleApp, until: Until
) -> None:
    file = console.context.target.state.bookmarks
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        await pilot.press("enter")
        await until(pilot, lambda: any(row.startswith("◈") for row in rows(console)))
        await pilot.press("M")
        await until(pilot, lambda: isinstance(console.screen, BookmarksScreen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        assert console.screen.query_one(Input).value == ""
        await pilot.press(*"later", "enter")
        await until(pilot, lambda: [each.note for each in read_bookmarks(file)] == ["later"])
        await until(pilot, lambda: isinstance(console.screen, BookmarksScreen))
        listing = console.screen.query_one(Listing)
        await until(pilot, lambda: listing.rows[0].cells[1].plain == "later")
        await pilot.press("delete")
        await until(pilot, lambda: not listing.rows)
        assert read_bookmarks(file) == ()


async def test_a_bookmark_survives_a_restart(
    console: ConsoleApp, bare_root: Path, target_of: Any, console_on: ConsoleOn, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("up", "m")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        await pilot.press("enter")
        await until(pilot, lambda: any(row.startswith("◈") for row in rows(console)))
    again = console_on(target_of(bare_root))
    async with again.run_test(size=(80, 24)) as pilot:
        await opened(again, pilot, until)
        await until(pilot, lambda: rows(again)[-2].startswith("◆"))


async def test_a_note_is_in_sight_under_toasts_and_given_up_marks_nothing(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        await pilot.press("w", "z", "m")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        await until(pilot, lambda: len(console.screen.query("Toast")) == 2)
        field = console.screen.query_one(Input).region
        assert not any(field.overlaps(toast.region) for toast in console.screen.query("Toast"))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(console.screen, NoteScreen))
        assert not any(row.startswith("◈") for row in rows(console))
        assert not console.context.target.state.bookmarks.exists()


async def test_a_bookmark_is_gone_to_after_a_rotation(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("up", "up", "m")
        await until(pilot, lambda: isinstance(console.screen, NoteScreen))
        await pilot.press("enter")
        await until(pilot, lambda: any(row.startswith("◈") for row in rows(console)))
        rotate(run_log)
        add(run_log, b"".join(line("turn_start", 100 + n, **TURN) for n in range(3)))
        await pilot.press("end")
        await until(pilot, lambda: number(console) == 3)
        await pilot.press("f", *"turn:7", "enter")
        await until(pilot, lambda: len(view(console).window) == 0)
        await pilot.press("M")
        await until(pilot, lambda: isinstance(console.screen, BookmarksScreen))
        await pilot.press("enter")
        await until(pilot, lambda: any(row.startswith("◈") for row in rows(console)))
        assert number(console) == 38
