"""The Log tab as a whole: bars over time, patterns and facets, by keys and as the log grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import ContentSwitcher, Static

from orket_console.logs.indexing import Indexed
from orket_console.logs.records import Record
from orket_console.logs.survey import surveyor as surveying
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.log import LogPane
from orket_console.ui.screens.facets import FacetsScreen
from orket_console.ui.screens.patterns import PatternsScreen
from orket_console.ui.widgets.histogram import Histogram
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.log_view import LogView

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]
Until = Callable[[Pilot[int], Callable[[], object]], Any]
HOSTILE = "\x1b]52;c;eA==\x07[/bold][@click=app.quit]x[/]\u202e"


def line(event: str, second: int, role: str = "system", **data: Any) -> bytes:
    at = f"2026-11-23T05:{second // 60:02}:{second % 60:02}.000000+00:00"
    record = {"timestamp": at, "role": role, "event": event, "data": data}
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def run_log(bare_root: Path) -> Path:
    path = bare_root / "workspace" / "default" / "orket.log"
    lines = [line("turn_start", n, "coder", session_id="34a2b001") for n in range(60)]
    lines += [line("turn_failed", 70 + n, type="E", error=f"timed out {n}") for n in range(3)]
    lines += [line("webhook", 1100, message="Invalid webhook signature", level="error")]
    lines += [line("turn_start", 1101, "reviewer", session_id="acc6fa78")]
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture
def console(bare_root: Path, run_log: Path, target_of: Any, console_on: ConsoleOn) -> ConsoleApp:
    return console_on(target_of(bare_root))


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def histogram(app: ConsoleApp) -> str:
    return str(app.query_one(Histogram).render())


def pane(app: ConsoleApp) -> LogPane:
    return app.query_one(LogPane)


def listed(app: ConsoleApp) -> list[str]:
    """The rows of the screen on top."""
    rows = app.screen.query_one(Listing).rows
    return [" ".join(" ".join(cell.plain for cell in row.cells).split()) for row in rows]


def head(app: ConsoleApp, name: str) -> str:
    return str(app.screen.query_one(f"#{name}-head", Static).content)


def told(app: ConsoleApp, name: str) -> str:
    return str(app.screen.query_one(f"#{name}", Static).content)


async def opened(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await until(pilot, lambda: app.query_one("#panes", ContentSwitcher).current == "pane-health")
    await pilot.press("2")
    await until(pilot, lambda: "05:00" in histogram(app))


async def test_bars_over_time_stand_above_the_log_and_grow(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        assert histogram(console).startswith("05:00:00 █")
        assert histogram(console).endswith("05:18:30")
        append(run_log, line("turn_failed", 1500, error="x"))
        await until(pilot, lambda: histogram(console).endswith("05:25:30"))


async def test_the_keys_walk_the_bars_and_lead_to_their_lines(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("h")
        await until(pilot, lambda: "05:18:00" in histogram(console))
        assert "2 lines, 1 error" in histogram(console)
        await pilot.press("home", "right")
        await until(pilot, lambda: "05:00:30" in histogram(console))
        await pilot.press("home", "e")
        await until(pilot, lambda: "3 errors" in histogram(console))
        await pilot.press("E")
        assert "3 errors" in histogram(console)
        await pilot.press("enter")
        view = console.query_one(LogView)

        def there() -> bool:
            current = view.window.current
            return isinstance(current, Record) and current.event == "turn_failed"

        await until(pilot, there)
        assert view.has_focus and not view.following
        await pilot.press("h", "escape")
        await until(pilot, lambda: view.has_focus)


async def test_a_filter_counts_anew(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        pane(console).filtering.apply("event:turn_failed")
        await until(pilot, lambda: histogram(console).startswith("05:01:10"))
        assert "05:01:13" in histogram(console)
        pane(console).filtering.apply("event:nothing")
        await until(pilot, lambda: "nothing over time" in histogram(console))


async def test_an_examples_line_is_named_once_its_log_is_counted(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        indexing = pane(console).reading.live.indexing
        with monkeypatch.context() as not_yet:
            not_yet.setattr(indexing, "numbers", lambda _records: {})
            await pilot.press("p")
            await until(pilot, lambda: "first byte " in told(console, "pattern"))
        pane(console).numbering.look(Indexed(done=1, of=1))
        await until(
            pilot, lambda: "first 64 workspace/default/orket.log: " in told(console, "pattern")
        )


async def test_patterns_tell_what_is_new_and_filter_on_it(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("p")
        await until(pilot, lambda: len(listed(console)) == 3)
        assert "65 lines" in head(console, "patterns")
        assert "new since 11-23 05:08:21" in head(console, "patterns")
        assert listed(console)[0].startswith("new ✖ 1 05:18:20")
        assert listed(console)[1].startswith("✖ 3 05:01:12")
        await until(
            pilot, lambda: "first 64 workspace/default/orket.log: " in told(console, "pattern")
        )
        append(run_log, line("turn_failed", 1102, error="frost"))
        await until(pilot, lambda: any("frost" in row for row in listed(console)))
        listing = console.screen.query_one(Listing)
        (old,) = [row.key for row in listing.rows if "timed out" in row.cells[-1].plain]
        listing.select(old)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(console.screen, PatternsScreen))
        await until(pilot, lambda: len(console.query_one(LogView).window) == 3)
        assert pane(console).filtering.expression == 'pattern:"turn_failed E: timed out N"'
        await pilot.press("p")
        await until(pilot, lambda: len(listed(console)) == 1)
        await pilot.press("x")
        await until(pilot, lambda: " -pattern:" in pane(console).filtering.expression)


async def test_another_moment_can_be_compared_with(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("p")
        await until(pilot, lambda: len(listed(console)) == 3)
        await pilot.press("s", *"never", "enter")
        assert "no time" in str(console.screen.query_one("#since-help", Static).content)
        await pilot.press("escape", "s")
        for key in ("0", "5", "colon", "0", "1", "enter"):
            await pilot.press(key)
        await until(pilot, lambda: "05:01:00" in head(console, "patterns"))
        assert [row.startswith("new") for row in listed(console)] == [True, True, False]
        await pilot.press("s", "full_stop", "enter")
        await until(pilot, lambda: "05:18:21" in head(console, "patterns"))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(console.screen, PatternsScreen))
        assert pane(console).filtering.expression == ""


async def test_facets_count_values_and_narrow_to_one(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("a")
        await until(pilot, lambda: any("34a2b001" in row for row in listed(console)))
        assert listed(console)[0].startswith("level 61 █")
        screen = console.screen
        assert isinstance(screen, FacetsScreen)
        screen.query_one(Listing).select("role reviewer")
        await pilot.press("enter")
        await until(pilot, lambda: pane(console).filtering.expression == "role:reviewer")
        await until(pilot, lambda: len(console.query_one(LogView).window) == 1)
        await pilot.press("c", "a")
        await until(pilot, lambda: len(listed(console)) > 5)
        console.screen.query_one(Listing).select("session 34a2b001")
        await pilot.press("x")
        await until(pilot, lambda: pane(console).filtering.expression == "-session=34a2b001")
        await until(pilot, lambda: len(console.query_one(LogView).window) == 5)


async def test_many_values_are_opened_by_enter(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    append(run_log, b"".join(line("x", 1200, f"role{n}") for n in range(20)))
    async with console.run_test(size=(80, 24)) as pilot:
        await opened(console, pilot, until)
        await pilot.press("a")
        await until(pilot, lambda: any("more: Enter" in row for row in listed(console)))
        assert not any("role19" in row for row in listed(console))
        listing = console.screen.query_one(Listing)
        (more,) = [row.key for row in listing.rows if "more: Enter" in row.cells[-1].plain]
        listing.select(more)
        await pilot.press("enter")
        await until(pilot, lambda: any("role19" in row for row in listed(console)))


async def test_of_a_large_log_the_end_is_counted_until_all_is_asked_for(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "AT_ONCE", 2_000)
    async with console.run_test(size=(80, 24)) as pilot:
        await until(
            pilot, lambda: console.query_one("#panes", ContentSwitcher).current == "pane-health"
        )
        await pilot.press("2")
        await until(pilot, lambda: "05:18" in histogram(console))
        await pilot.press("p")
        await until(pilot, lambda: "w counts all" in head(console, "patterns"))
        assert "65 lines" not in head(console, "patterns")
        await pilot.press("w")
        await until(pilot, lambda: "65 lines · all" in head(console, "patterns"))
        await pilot.press("escape")
        await until(pilot, lambda: histogram(console).startswith("05:00:00"))


async def test_nothing_that_a_line_says_is_obeyed(
    console: ConsoleApp, until: Until, run_log: Path
) -> None:
    append(run_log, line(HOSTILE, 1200, HOSTILE, error=HOSTILE, type=HOSTILE, model=HOSTILE))
    async with console.run_test(size=(120, 40)) as pilot:
        await opened(console, pilot, until)
        for key in ("p", "a"):
            await pilot.press(key)
            await until(pilot, lambda: any("[/bold]" in row for row in listed(console)))
            shown = console.export_screenshot()
            assert "\x1b" not in shown and "\u202e" not in shown
            await pilot.press("escape")
            await until(pilot, lambda: console.screen.id == "_default")


async def test_an_empty_log_says_so(
    bare_root: Path, target_of: Any, console_on: ConsoleOn, until: Until
) -> None:
    (bare_root / "orket.log").touch()
    console = console_on(target_of(bare_root))
    async with console.run_test(size=(80, 24)) as pilot:
        await until(
            pilot, lambda: console.query_one("#panes", ContentSwitcher).current == "pane-health"
        )
        await pilot.press("2")
        await until(pilot, lambda: console.query_one(LogView))
        await pilot.press("p")
        await until(pilot, lambda: "0 lines" in head(console, "patterns"))
        await pilot.press("enter", "x", "escape", "h", "left", "enter", "escape")
        await until(pilot, lambda: console.query_one(LogView).has_focus)
