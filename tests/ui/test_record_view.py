"""One record in full by its keys: folded, compared, copied, and led on from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from orket_console.base.refs import DeliveryRef, LogFilterRef, PullRef, SessionRef, TurnRef
from orket_console.logs.records import Record
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.copying import MOST_COPIED
from orket_console.ui.screens.leads import LeadsScreen
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.record_view import RecordView

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
TURN = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}
TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/srv/orket/turn.py", line 12, in run\n'
    "    raise KeyError(name)\n"
    "KeyError: 'x'\n"
)


def line(event: str, second: int, **data: Any) -> bytes:
    at = f"2026-11-23T05:{second // 60:02}:{second % 60:02}+00:00"
    record = {"timestamp": at, "role": "system", "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


def add(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    add(
        path,
        line("turn_start", 0, **TURN),
        line("turn_failed", 1, **TURN, type="KeyError", error="'x'", attempt=1),
        line("turn_start", 2, **TURN),
        line(
            "turn_failed",
            61,
            **TURN,
            type="KeyError",
            error="'x'",
            attempt=2,
            traceback=TRACEBACK,
            runtime_event={"event": "turn_failed", "turn_index": 1},
        ),
    )
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


def view(app: ConsoleApp) -> LogView:
    return app.screen_stack[0].query_one(LogView)


def record(app: ConsoleApp) -> RecordView:
    return app.screen_stack[0].query_one(RecordView)


def number(app: ConsoleApp) -> int | None:
    item = view(app).window.current
    return item.ref.line if isinstance(item, Record) else None


def at_cursor(app: ConsoleApp) -> str:
    """The line with the cursor, as it is on screen."""
    shown = record(app)
    base = shown.rich_style.bgcolor
    for y in range(shown.size.height):
        strip = shown.render_line(y)
        if any(s.style and s.style.bgcolor not in (None, base) for s in strip):
            return strip.text.strip()
    return ""


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app._panes)
    await pilot.press("2")
    await until(pilot, lambda: app.query(LogView) and len(view(app).window) > 0)
    await until(pilot, lambda: number(app) == len(view(app).window))
    await until(pilot, lambda: "data" in record(app).text)


@pytest.fixture
def went(console: ConsoleApp, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    places: list[object] = []

    async def go(ref: object) -> None:
        places.append(ref)

    monkeypatch.setattr(console, "go", go)
    return places


async def test_it_is_a_tree_that_folds(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        lines = record(console).text.splitlines()
        assert lines[0] == "4 workspace/default/orket.log · session 34a2b001 · ISS-02-0 · turn 1"
        assert lines[1] == "2026-11-23 05:01:01.000000 error turn_failed"
        assert lines[2] == "▾ data  8 keys"
        assert lines[3].split() == ["type", "“KeyError”"]
        assert any(row.split()[:3] == ["▸", "traceback", "4"] for row in lines)
        await pilot.press("enter", "space")
        await until(pilot, lambda: "type" not in record(console).text)
        await pilot.press("enter")
        await until(pilot, lambda: "type" in record(console).text)
        assert at_cursor(console).startswith("▾ data")
        await pilot.press("end", "right")
        await until(pilot, lambda: "event       “turn_failed”" in record(console).text)
        await pilot.press("down", "left")
        assert at_cursor(console).startswith("▾ runtime_event")
        await pilot.press("left")
        await until(pilot, lambda: "event       “turn_failed”" not in record(console).text)
        await pilot.press("escape")
        assert view(console).has_focus


async def test_a_traceback_is_shown_as_code_and_stays_open(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("enter", "end", "up", "right")
        await until(pilot, lambda: "raise KeyError(name)" in record(console).text)
        shown = record(console)
        colours = {
            segment.style.color.name
            for y in range(shown.size.height)
            for segment in shown.render_line(y)
            if segment.style and segment.style.color and "srv/orket" in shown.render_line(y).text
        }
        assert len(colours) > 1
        # Beside the list there is room for both.
        assert view(console).size.width > 40
        add(run_log, line("turn_failed", 90, **TURN, type="E", traceback=TRACEBACK))
        await pilot.press("escape", "end")
        await until(pilot, lambda: number(console) == 5)
        await until(pilot, lambda: "raise KeyError(name)" in record(console).text)


async def test_the_difference_to_the_one_before(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("d")
        await until(pilot, lambda: "2 workspace/default/orket.log,\n1m00s before" in text(console))
        assert "~ data.attempt  1 → 2" in text(console)
        assert "+ data.runtime_event" in text(console)
        assert "timestamp" not in text(console)
        assert not view(console).following
        await pilot.press("d")
        await until(pilot, lambda: "▾ data" in text(console))
        await pilot.press("home", "d")
        await until(pilot, lambda: "no earlier record like it" in text(console))
        await pilot.press("down")
        await until(pilot, lambda: "▾ data" in text(console))


def text(app: ConsoleApp) -> str:
    return record(app).text


async def test_a_record_is_copied_as_written(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("Y")
        await until(pilot, lambda: console.clipboard)
        written = await asyncio.to_thread(run_log.read_bytes)
        assert console.clipboard.encode() == written.splitlines()[-1]


async def test_what_is_too_long_for_a_terminal_is_written_to_a_file(
    console: ConsoleApp, bare_root: Path, run_log: Path, until: Until
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    add(run_log, line("turn_failed", 90, error="canary-7f3a91 " + "x" * MOST_COPIED))
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        await until(pilot, lambda: number(console) == 5)
        await pilot.press("y")
        exports = console.context.target.state.exports
        await until(pilot, lambda: console.clipboard)
        [written] = exports.iterdir()
        assert console.clipboard == str(written)
        assert written.name == "workspace_default_orket.log-5.json"
        assert written.stat().st_mode & 0o777 == 0o600
        assert json.loads(written.read_text())["data"]["error"].startswith("••• xxx")
        assert any(str(written) in n.message for n in console._notifications)


async def test_a_record_that_is_too_large_to_decode_at_once_comes_soon(
    console: ConsoleApp, run_log: Path, until: Until
) -> None:
    many = {f"key{n}": n for n in range(20_000)}
    add(run_log, line("turn_failed", 90, error="large", **many))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await until(pilot, lambda: "“large”" in text(console))
        assert "19,901 more values" in text(console)
        await pilot.press("enter", "end", "enter")
        await until(pilot, lambda: "19,801 more values" in text(console))


async def test_a_record_leads_to_all_it_names(
    console: ConsoleApp, went: list[object], until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("t")
        await until(pilot, lambda: went == [TurnRef("34a2b001", "ISS-02-0", 1)])
        for wanted in (SessionRef("34a2b001"), LogFilterRef("issue:ISS-02-0")):
            await pilot.press("T")
            await until(pilot, lambda: isinstance(console.screen, LeadsScreen))
            rows = [row.cells[0].plain for row in console.screen.query_one(Listing).rows]
            assert rows == ["turn", "session", "issue"]
            await pilot.press(*["down"] * (1 if isinstance(wanted, SessionRef) else 2), "enter")
            await until(pilot, lambda wanted=wanted: went[-1] == wanted)


async def test_a_webhook_leads_to_its_delivery(
    console: ConsoleApp, run_log: Path, went: list[object], until: Until
) -> None:
    add(run_log, line("pr_review", 90, pr="acme/shop/#7", state="commented", reviewer="guard"))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await until(pilot, lambda: number(console) == 5)
        await pilot.press("t")
        await until(pilot, lambda: went == [PullRef("acme/shop#7")])
        await pilot.press("T")
        await until(pilot, lambda: isinstance(console.screen, LeadsScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(went[-1], DeliveryRef))
