"""The log's filter line: completed, pointed at, recalled; and what a record offers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Static

from orket_console.base.refs import LogFilterRef
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.log import LogPane
from orket_console.ui.screens.only_this import OnlyThisScreen
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.log_filter import LogFilter
from orket_console.ui.widgets.log_view import LogView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
SIZES = [(80, 24), (120, 40)]


def line(event: str, second: int, role: str, **data: Any) -> bytes:
    at = f"2026-11-23T05:{second // 60:02}:{second % 60:02}+00:00"
    record = {"timestamp": at, "role": role, "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def console(bare_root: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    (bare_root / "orket-console.toml").write_text('[log.filters]\nmine = "role:guard"\n')
    turn = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}
    lines = [line("turn_start", n, "coder", **turn) for n in range(80)]
    lines += [line("guard_approved", n, "guard", session_id="99") for n in range(80, 100)]
    lines[70] = line("turn_failed", 70, "coder", **turn, type="E", error="first")
    log = bare_root / "workspace" / "default" / "orket.log"
    log.write_bytes(b"".join(lines))
    return console_on(target_of(bare_root))


def bar(app: ConsoleApp) -> FilterBar:
    return app.query_one("#log-filter", FilterBar)


def said(app: ConsoleApp, which: str = "said") -> str:
    widget = app.query_one(f"#log-filter-{which}", Static)
    return "".join(segment.text for segment in widget.render_line(0)) if widget.display else ""


def in_force(app: ConsoleApp) -> str:
    return app.query_one(LogPane).filtering.expression


def shown(app: ConsoleApp) -> int:
    return len(app.query_one(LogView).window)


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    panes = app.query_one("#panes", ContentSwitcher)
    await until(pilot, lambda: panes.current == "pane-health")
    await pilot.press("2")
    await until(pilot, lambda: shown(app) == 100)


@pytest.mark.parametrize("size", SIZES)
async def test_tab_completes_and_goes_on(
    console: ConsoleApp, until: Until, size: tuple[int, int]
) -> None:
    async with console.run_test(size=size) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f")
        await until(pilot, lambda: "event:" in said(console, "meant"))
        await pilot.press(*"event:")
        await until(pilot, lambda: "turn_start 79×" in said(console, "meant"))
        await pilot.press("tab")
        assert bar(console).value == "event:turn_start"
        await pilot.press("tab")
        assert bar(console).value == "event:guard_approved"
        assert "turn_start 79×" in said(console, "meant")
        await until(pilot, lambda: "20 of the 100 lines" in said(console))
        await pilot.press("shift+tab", "space", *"ro")
        await until(pilot, lambda: "role:" in said(console, "meant"))
        await pilot.press("tab")
        assert bar(console).value == "event:turn_start role:"
        assert "coder" in said(console, "meant")
        await pilot.press("tab")
        assert bar(console).value == "event:turn_start role:coder"
        await pilot.press("enter")
        await until(pilot, lambda: said(console) == said(console, "meant") == "")


@pytest.mark.parametrize("size", SIZES)
async def test_an_error_is_pointed_at_while_one_types(
    console: ConsoleApp, until: Until, size: tuple[int, int]
) -> None:
    async with console.run_test(size=size) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"role:coder evnt:x")
        await until(pilot, lambda: "unknown key evnt: did you mean event?" in said(console))
        typed = "".join(segment.text for segment in bar(console).render_line(0))
        assert said(console).index("^") == typed.index("evnt")
        below = console.query_one("#log-filter-said")
        assert below.content_region.x == bar(console).content_region.x
        await pilot.press(*["backspace"] * 6, *"/(/")
        await until(pilot, lambda: "the regular expression is refused" in said(console))


async def test_an_error_far_right_is_said_before_its_column(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        console.query_one(LogFilter).begin("x" * 60 + " evnt:x")
        await until(pilot, lambda: "unknown key evnt" in said(console))
        assert said(console).index("^") == 61
        console.query_one(LogFilter).begin("x" * 120 + " evnt:x")
        await until(pilot, lambda: "^" not in said(console) or said(console).index("^") < 79)
        assert "unknown key evnt" in said(console)


async def test_filters_are_recalled_here_and_in_the_next_console(
    console: ConsoleApp, until: Until, bare_root: Path, target_of: Any, console_on: ConsoleOn
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        for expression in ("event:turn_failed", "role:guard"):
            console.query_one(LogFilter).begin(expression)
            await pilot.press("enter")
        await until(pilot, lambda: shown(console) == 20)
        history = console.context.target.state.filters
        await until(pilot, lambda: history.exists() and b"role:guard" in history.read_bytes())
    again = console_on(target_of(bare_root))
    async with again.run_test(size=(80, 24)) as pilot:
        await opened(again, pilot, until)
        line = again.query_one(LogFilter)
        await until(pilot, lambda: len(line._history) == 2)
        await pilot.press("f", *"draft", "up")
        assert bar(again).value == "role:guard"
        await pilot.press("up", "up")
        assert bar(again).value == "event:turn_failed"
        await pilot.press("down", "down", "down")
        assert bar(again).value == "draft"


async def test_a_kept_filter_is_picked_by_its_name(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("at")
        await until(pilot, lambda: "@failures" in said(console, "meant"))
        assert "@mine" in said(console, "meant")
        await pilot.press(*"mi", "tab", "enter")
        await until(pilot, lambda: shown(console) == 20)
        assert in_force(console) == "@mine"
        await console.go(LogFilterRef("@failures"))
        await until(pilot, lambda: shown(console) == 1)


async def test_kept_filters_are_in_the_palette(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("ctrl+p", *"@mine")
        await until(pilot, lambda: console.screen.query_one(CommandList).option_count == 1)
        await pilot.press("enter")
        await until(pilot, lambda: in_force(console) == "@mine" and shown(console) == 20)


async def press_on_record(
    console: ConsoleApp, pilot: Pilot[int], until: Until, first: str, *keys: str
) -> None:
    """The key that opens what a record offers, and once that is there the others."""
    await pilot.press(first)
    await until(pilot, lambda: isinstance(console.screen, OnlyThisScreen) and console.focused)
    await pilot.press(*keys)


@pytest.mark.parametrize(
    ("keys", "expression", "count"),
    [
        (["equals_sign", "enter"], "event:turn_failed", 1),
        (["x", "enter"], "-event:turn_failed", 99),
        (["equals_sign", "x", "enter"], "-event:turn_failed", 99),
        (["x", "equals_sign", "down", "enter"], "type:E", 1),
        (["equals_sign", "s"], "session=34a2b001", 80),
        (["equals_sign", "t"], "session=34a2b001 issue:ISS-02-0 turn:1", 80),
        (["equals_sign", "i"], "session=34a2b001 issue:ISS-02-0", 80),
        (["equals_sign", "m"], "after:2026-11-23T05:00:10.000000Z before:", 90),
    ],
)
@pytest.mark.parametrize("size", SIZES)
async def test_what_a_record_offers(
    console: ConsoleApp,
    until: Until,
    keys: list[str],
    expression: str,
    count: int,
    size: tuple[int, int],
) -> None:
    async with console.run_test(size=size) as pilot:
        await opened(console, pilot, until)
        await pilot.press("E")
        await until(pilot, lambda: console.query_one(LogView).window.cursor == 70)
        await press_on_record(console, pilot, until, *keys)
        await until(pilot, lambda: in_force(console).startswith(expression))
        await until(pilot, lambda: shown(console) == count)


async def test_what_belongs_to_a_record_takes_the_filters_place(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("f", *"event:turn_failed or event:x", "enter")
        await until(pilot, lambda: shown(console) == 1)
        await press_on_record(console, pilot, until, "equals_sign", "down", "down", "enter")
        await until(pilot, lambda: in_force(console).startswith("(event:turn_failed or event:x) "))
        await until(pilot, lambda: shown(console) == 1)
        await press_on_record(console, pilot, until, "equals_sign", "s")
        await until(pilot, lambda: in_force(console) == "session=34a2b001")


async def test_a_record_that_belongs_to_nothing_says_so(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(console, pilot, until)
        await press_on_record(console, pilot, until, "equals_sign", "i")
        await until(pilot, lambda: any("has no issue" in n.message for n in console._notifications))
        assert isinstance(console.screen, OnlyThisScreen)
        await pilot.press("escape")
        assert in_force(console) == ""
