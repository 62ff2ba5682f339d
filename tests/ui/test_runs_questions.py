"""Questions about runs by their keys: what differs, where first, who changed it, what a rerun
would meet; on the demo's regression."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.runs.building import Installation
from textual.pilot import Pilot

from orket_console.base.refs import SessionRef, TurnRef
from orket_console.demo.generate import generate
from orket_console.demo.runs import session_id_of
from orket_console.target.target import Target
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.runs import RunsPane
from orket_console.ui.screens.changes import ChangesScreen
from orket_console.ui.screens.compare import CompareScreen
from orket_console.ui.screens.divergence import DivergenceScreen
from orket_console.ui.screens.fields import FieldsScreen
from orket_console.ui.screens.preflight import PreflightScreen
from orket_console.ui.screens.record import RecordScreen
from orket_console.ui.screens.rules import RulesScreen
from orket_console.ui.widgets.diff_view import DiffView
from orket_console.ui.widgets.listing import Listing

pytestmark = pytest.mark.usefixtures("unwatched")

Until = Callable[[Pilot[int], Callable[[], object]], Any]
HOSTILE = "[bold red]x[/] [@click=app.quit]y[/] \x1b]52;c;eA==\x07\x1b[2J \x9b2J \u202e"
SESSIONS = [session_id_of("regression/1", index) for index in range(12)]
GOOD, AGAIN, BAD = SESSIONS[0], SESSIONS[8], SESSIONS[9]
"""`AGAIN` repeats `GOOD`; `BAD` repeats run 1 and goes wrong."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("regression") / "orket"
    now = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
    generate(
        place, "regression", seed=1, now=now, api_port=18082, webhook_port=18080,
        python=sys.executable,
    )  # fmt: skip
    return place


@pytest.fixture
def console(
    root: Path, target_of: Callable[..., Target], console_on: Callable[[Target], ConsoleApp]
) -> ConsoleApp:
    return console_on(target_of(root))


@pytest.fixture
def orket_bad(bare_root: Path, target_of: Callable[..., Target]) -> Target:
    """An installation of one run, which failed."""
    made = Installation(bare_root)
    made.run("bad", "failed", started_at="2026-11-23T05:02:00+00:00")
    made.turn("bad", "ISS-1", response=HOSTILE)
    made.turn("bad", "ISS-1", 2, at="2026-11-23T05:17:38+00:00", response=HOSTILE * 2)
    return target_of(made.root)


def screen(app: ConsoleApp) -> str:
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in lines)


async def open_run(app: ConsoleApp, pilot: Pilot[int], until: Until, session: str) -> RunsPane:
    await until(pilot, lambda: "[1 Health]" in screen(app))
    await app.go(SessionRef(session))
    await until(pilot, lambda: "[Summary]" in screen(app))
    await until(pilot, lambda: app.query_one(RunsPane).turn)
    return app.query_one(RunsPane)


async def diverged(app: ConsoleApp, pilot: Pilot[int], until: Until) -> RunsPane:
    pane = await open_run(app, pilot, until, BAD)
    await pilot.press("d")
    await until(pilot, lambda: isinstance(app.screen, DivergenceScreen))
    await until(pilot, lambda: "turns are the same, then" in screen(app))
    return pane


async def compared(app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
    await diverged(app, pilot, until)
    await pilot.press("c")
    await until(pilot, lambda: isinstance(app.screen, CompareScreen))
    await until(pilot, lambda: "≠ response 1 of 1" in screen(app))


async def test_d_lands_on_the_first_turn_that_differs_and_enter_opens_it(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        pane = await diverged(console, pilot, until)
        text = screen(console)
        assert "measured by the last good run of this epic" in text
        assert f"- {SESSIONS[1]}" in text
        assert f"+ {BAD}" in text
        assert "≠ tool calls" in text
        selected = console.screen.query_one(Listing).selected
        assert selected == str(len(console.screen.query_one(Listing).rows) - 1)
        await pilot.press("n")
        listing = console.screen.query_one(Listing)
        await until(pilot, lambda: int(listing.selected or 0) > int(selected))
        assert "1 more differs" in " ".join(screen(console).split())
        await pilot.press("p")
        assert listing.selected == selected
        await pilot.press("enter")
        await until(pilot, lambda: console.screen.query("#key-bar"))
        await until(pilot, lambda: isinstance(pane.place(), TurnRef))
        assert f"{pane.place()}" in text


async def test_d_in_the_list_is_about_the_selected_run(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "[1 Health]" in screen(console))
        await pilot.press("4")
        await until(pilot, lambda: console.query_one("#runs-list", Listing).select(GOOD))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(console.screen, DivergenceScreen))
        await until(pilot, lambda: "measured by" in screen(console))
        assert f"+ {GOOD}" in screen(console)
        await pilot.press("escape")
        assert not isinstance(console.screen, DivergenceScreen)


async def test_without_a_good_run_it_says_why(
    orket_bad: Target, console_on: Callable[[Target], ConsoleApp], until: Until
) -> None:
    async with (app := console_on(orket_bad)).run_test(size=(80, 24)) as pilot:
        await open_run(app, pilot, until, "bad")
        await pilot.press("d")
        await until(pilot, lambda: "no run ended well" in screen(app))


async def test_c_shows_the_pair_one_below_the_other_and_from_120_columns_beside(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await compared(console, pilot, until)
        view = console.screen.query_one(DiffView)
        assert not view.beside
        lines = screen(console).splitlines()
        assert any('"path": "agent_output/' in line and "- " in line for line in lines)
        assert any('"path": "scratch/' in line and "+ " in line for line in lines)
        await pilot.press("v")
        assert view.beside
        await pilot.press("v")
        await pilot.resize_terminal(120, 40)
        await pilot.press("v")
        await until(pilot, lambda: view.beside)
        lines = screen(console).splitlines()
        assert any("agent_output/" in line and "scratch/" in line for line in lines)


async def test_n_goes_on_to_the_differences_of_other_parts_and_says_when_there_is_none(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await compared(console, pilot, until)
        await pilot.press("n")
        await until(pilot, lambda: "≠ tool calls 1 of 1" in screen(console))
        await pilot.press("n", "n", "n")
        await until(pilot, lambda: any("no further" in n.message for n in console._notifications))
        await pilot.press("left", "left", "left", "left", "left", "left", "left")
        await pilot.press("p", "p", "p", "p", "p", "p")
        await until(pilot, lambda: "≠ response 1 of 1" in screen(console))


async def test_what_is_the_same_unfolds_and_folds_again(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await compared(console, pilot, until)
        assert "lines the same" in screen(console)
        await pilot.press("end", "enter")
        assert "lines the same" not in screen(console)
        await pilot.press("enter")
        assert "lines the same" in screen(console)
        await pilot.press("a")
        assert "lines the same" not in screen(console)


async def test_a_rule_is_switched_off_by_space_and_the_turns_are_compared_again(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await compared(console, pilot, until)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(console.screen, RulesScreen))
        await pilot.press("space")
        await pilot.press("escape")
        await until(pilot, lambda: "without ids: " in screen(console))
        await pilot.press("left")
        await until(pilot, lambda: "≠ prompt" in screen(console))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(console.screen, RulesScreen))
        await pilot.press("space", "escape")
        await until(pilot, lambda: "= prompt" in screen(console))


async def test_two_turns_that_are_marked_by_hand_are_compared(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_run(console, pilot, until, BAD)
        first = pane.turn
        await pilot.press("c")
        await until(pilot, lambda: f"◆ {first.ref}: c on another turn" in screen(console))
        await pilot.press("n")
        await until(
            pilot, lambda: any(line.startswith("◆") for line in screen(console).split("\n"))
        )
        await pilot.press("c")
        await until(pilot, lambda: isinstance(console.screen, CompareScreen))
        await until(pilot, lambda: f"- {first.ref}" in screen(console))
        await pilot.press("G")
        await until(pilot, lambda: pane.place() == first.ref)


async def test_two_runs_that_are_marked_in_the_list_are_compared(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "[1 Health]" in screen(console))
        await pilot.press("4")
        listing = console.query_one(RunsPane).runs
        await until(pilot, lambda: listing.select(GOOD))
        await pilot.press("c")
        assert listing.select(AGAIN)
        await until(pilot, lambda: f"◆ run {GOOD}: c on another run" in screen(console))
        await pilot.press("c")
        await until(pilot, lambda: "turns are the same" in screen(console))
        assert "Compare two runs" in screen(console)


async def test_w_finds_who_changed_a_value_and_enter_goes_to_the_turn(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        pane = await open_run(console, pilot, until, GOOD)
        await pilot.press("W")
        await until(pilot, lambda: isinstance(console.screen, FieldsScreen))
        await until(pilot, lambda: "checkpoint.run_id" in screen(console))
        await pilot.press(*"state_delta.to")
        await until(pilot, lambda: "1 of " in screen(console))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ChangesScreen))
        await until(pilot, lambda: '"code_review" → "done"' in screen(console))
        assert "2 changes" in screen(console)
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.place() and "guard" in str(pane.place()))
        await pilot.press("W")
        await until(pilot, lambda: isinstance(console.screen, FieldsScreen))
        await until(pilot, lambda: "checkpoint.run_id" in screen(console))
        await pilot.press("enter")
        await until(pilot, lambda: "Who changed status" in screen(console))
        await until(pilot, lambda: "ready → in_progress" in screen(console))
        changes = len(console.screen.query_one(Listing).rows)
        await pilot.press("i")
        await until(pilot, lambda: len(console.screen.query_one(Listing).rows) > changes)
        await pilot.press("escape", "escape")
        assert console.screen.query("#key-bar")


async def test_b_shows_what_a_rerun_would_meet_each_line_with_its_evidence(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await open_run(console, pilot, until, BAD)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(console.screen, PreflightScreen))
        await until(pilot, lambda: "seen in run" in screen(console))
        assert f"Before a rerun of {BAD}" in screen(console)
        await pilot.press("r")
        await pilot.press("down")
        await until(pilot, lambda: "seen in issues" in screen(console))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, RecordScreen))
        assert "orket_persistence.db issues" in screen(console)
        assert "retry_count" in screen(console)
        await pilot.press("escape", "home", "enter")
        await until(pilot, lambda: console.screen.query("#key-bar"))


async def test_outside_text_is_compared_as_it_is_and_never_obeyed(
    orket_bad: Target, console_on: Callable[[Target], ConsoleApp], until: Until
) -> None:
    async with (app := console_on(orket_bad)).run_test(size=(120, 40)) as pilot:
        await open_run(app, pilot, until, "bad")
        await pilot.press("c", "n", "c")
        await until(pilot, lambda: "≠ response 1 of 1" in screen(app))
        text = screen(app)
        assert "[bold red]x[/] [@click=app.quit]y[/]" in text
        for payload in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert payload not in text
        await pilot.press("escape", "W")
        await until(pilot, lambda: "checkpoint.run_id" in screen(app))
        await pilot.press(*"response")
        await until(pilot, lambda: "[bold red]x[/]" in screen(app))


async def test_a_failed_turn_says_where_a_good_run_first_differs(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        pane = await open_run(console, pilot, until, BAD)
        await pilot.press("f")
        await until(pilot, lambda: pane.turn and pane.turn.failed)
        await pilot.press("enter")
        await until(pilot, lambda: f"{SESSIONS[1]} first differs" in screen(console))


async def test_the_palette_offers_what_can_be_asked_of_the_run_in_view(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await open_run(console, pilot, until, BAD)
        assert [offer.title.split(" of ")[0] for offer in pane.offers()] == [
            f"Compare {BAD} with the last good run",
            "Before a rerun",
            f"Replay {pane.turn.ref} by upstream",
            f"Export run {BAD}",
        ]
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "theme" in screen(console))
        await pilot.press(*"last good")
        await until(pilot, lambda: f"Compare {BAD}" in screen(console))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, DivergenceScreen))
        await pilot.press("escape", "ctrl+p", *"export run")
        await until(pilot, lambda: f"Export run {BAD}" in screen(console))
        await pilot.press("enter")
        path = console.context.target.state.exports / f"run-{BAD}.md"
        await until(pilot, path.exists)
        assert path.read_text().startswith(f"# Run {BAD}: ")
        assert path.stat().st_mode & 0o777 == 0o600


async def test_where_there_is_no_run_the_questions_are_off_and_say_why(
    bare_root: Path,
    target_of: Callable[..., Target],
    console_on: Callable[[Target], ConsoleApp],
    until: Until,
) -> None:
    async with (app := console_on(target_of(bare_root))).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "[1 Health]" in screen(app))
        await pilot.press("4")
        await until(pilot, lambda: "no runs" in screen(app))
        assert "divergence" not in screen(app).splitlines()[-1]
        await pilot.press("c", "d", "b", "W")
        assert app.screen.query("#key-bar")
        pane = app.query_one(RunsPane)
        assert "no run" in pane.why_off("divergence")
        assert pane.offers() == ()
