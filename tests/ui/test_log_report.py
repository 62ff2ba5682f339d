"""`r` in the Log tab: the failure report, whose rows lead to their lines."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ui.conftest import Until

from orket_console.logs.report.build import build_report
from orket_console.logs.report.model import FailureReport
from orket_console.logs.scan.pool import StoppedError
from orket_console.logs.scan.scan import ProgressOf, Stop
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.log.pane import LogPane
from orket_console.ui.panes.log.reporting import Reporting
from orket_console.ui.screens.report import ReportScreen
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.sheet_line import sheet_line

pytestmark = pytest.mark.usefixtures("unwatched")

ConsoleOn = Callable[[Target], ConsoleApp]


def line(event: str, second: int, **data: object) -> bytes:
    record = {
        "timestamp": f"2026-11-23T05:17:{second:02d}+00:00",
        "role": "system",
        "event": event,
        "data": data,
    }
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def target(bare_root: Path, target_of: Callable[[Path], Target]) -> Target:
    (bare_root / "workspace" / "default" / "orket.log").write_bytes(
        line("session_start", 1, run_id="s1")
        + line("turn_failed", 2, session_id="s1", type="[red]E[/red]", error="model 1 is gone")
        + line("turn_failed", 3, session_id="s1", type="[red]E[/red]", error="model 2 is gone")
        + line("retry_triggered", 4, run_id="s1")
        + b"not json\n"
    )
    return target_of(bare_root)


def write_first(target: Target, content: bytes) -> None:
    log = target.root.path / "workspace" / "default" / "orket.log"
    log.write_bytes(content + log.read_bytes())


def text_of(app: ConsoleApp, selector: str) -> str:
    return str(app.screen.query_one(selector).render())


def rows(app: ConsoleApp) -> list[str]:
    return [
        " ".join(cell.plain for cell in row.cells if cell.plain)
        for row in app.screen.query_one(Listing).rows
    ]


def is_read(app: ConsoleApp) -> bool:
    return isinstance(app.screen, ReportScreen) and bool(app.screen.query_one(Listing).rows)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_row_puts_its_filter_in_force(
    target: Target, console_on: ConsoleOn, until: Until, size: tuple[int, int]
) -> None:
    app = console_on(target)
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(LogPane).is_mounted)
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        assert "5 lines" in text_of(app, "#report-head")
        assert "root/orket.log is missing" in text_of(app, "#report-head")
        assert [row.split()[:1] for row in rows(app)][:2] == [["2"], ["1"]]
        await pilot.press("right", "right", "right")
        await until(pilot, lambda: "what they say" in text_of(app, "#report-sheets"))
        assert any("turn_failed [red]E[/…]: model N is gone" in row for row in rows(app))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ReportScreen))
        pane = app.query_one(LogPane)
        await until(pilot, lambda: pane.filtering.expression.startswith("pattern:"))
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        assert any("model N is gone" in row for row in rows(app)), "it opens where it was left"


async def test_l_goes_to_the_first_line(
    target: Target, console_on: ConsoleOn, until: Until
) -> None:
    app = console_on(target)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(LogPane).is_mounted)
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        await pilot.press("left")
        await until(
            pilot,
            lambda: any("Malformed" in row or "JSON" in row for row in rows(app)) or rows(app),
        )
        await pilot.press("l")
        await until(pilot, lambda: not isinstance(app.screen, ReportScreen))
        pane = app.query_one(LogPane)
        await until(pilot, lambda: pane.record is not None and pane.record.ref.line == 5)


async def test_a_row_of_another_day_tells_the_day_and_a_fault_is_told(
    target: Target, console_on: ConsoleOn, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_first(target, line("turn_failed", 1, type="Old").replace(b"11-23", b"11-20"))
    app = console_on(target)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(LogPane).is_mounted)
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        await pilot.press("right", "right", "right")
        await until(pilot, lambda: any("11-20 turn_failed Old" in row for row in rows(app)))
        assert any("05:17:03 turn_failed" in row for row in rows(app))

        def broken(*_: object) -> FailureReport:
            raise ValueError("no such thing")

        monkeypatch.setattr(app.screen, "_build", broken)
        await pilot.press("r")
        said = "the logs could not be read: ValueError: no such thing"
        await until(pilot, lambda: said in text_of(app, "#report-head"))
        assert rows(app)


async def test_escape_stops_reading_and_keeps_what_was_read(
    target: Target, console_on: ConsoleOn, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, slow = threading.Event(), threading.Event()
    layout = target.layout

    def build(_self: Reporting, progress: ProgressOf, stop: Stop) -> FailureReport:
        if not slow.is_set():
            return build_report(layout, progress=progress, stop=stop)
        begun.set()
        progress(5 << 20, 10 << 20)
        while not stop():
            pass
        raise StoppedError

    monkeypatch.setattr(Reporting, "_build", build)
    app = console_on(target)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(LogPane).is_mounted)
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        before = rows(app)
        slow.set()
        await pilot.press("r")
        await until(pilot, begun.is_set)
        await until(pilot, lambda: "reading 5.2 MB of 10 MB · 50 %" in text_of(app, "#report-head"))
        await pilot.press("escape")
        await until(pilot, lambda: "stopped" in text_of(app, "#report-head"))
        assert rows(app) == before
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ReportScreen))


async def test_a_secret_is_not_shown(
    bare_root: Path,
    target_of: Callable[[Path], Target],
    console_on: ConsoleOn,
    until: Until,
) -> None:
    (bare_root / ".env").write_text("ORKET_API_KEY=hunter2-is-the-key\n")
    (bare_root / "orket.log").write_bytes(line("webhook_error", 1, error="key hunter2-is-the-key"))
    app = console_on(target_of(bare_root))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: app.query_one(LogPane).is_mounted)
        await pilot.press("r")
        await until(pilot, lambda: is_read(app))
        seen = ""
        for _ in range(10):
            await pilot.press("right")
            seen += "".join(rows(app)) + text_of(app, "#report-row")
        assert "webhook_error" in seen
        assert "hunter2" not in seen


def test_the_sheets_fit_the_line_around_the_chosen_one() -> None:
    names = [f"sheet {number}" for number in range(20)]
    for chosen in range(20):
        for width in (20, 74):
            line = sheet_line(names, chosen, width)
            assert line.cell_len <= width
            assert f" {names[chosen]} " in line.plain
    assert sheet_line(names[:2], 0, 74).plain == "   sheet 0  sheet 1 "
