"""The shell around the panes: tabs, jumps and the way back, keys, help, header."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from rich.text import Text
from tests.conftest import TargetOf
from tests.ui.conftest import Until
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.css.query import NoMatches
from textual.widgets import Input, Static

from orket_console.base.refs import LogFilterRef, ProbeRef, Ref, SessionRef, TurnRef
from orket_console.base.state import State
from orket_console.target.target import Target
from orket_console.ui import app as shell
from orket_console.ui.app import ConsoleApp
from orket_console.ui.literal import cell, glyph, literal
from orket_console.ui.messages import HealthSummary, Jump, RunAction
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.help import HelpScreen
from orket_console.ui.screens.jump import JumpScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.key_bar import KeyBar
from orket_console.ui.widgets.listing import Column, Listing, Row
from orket_console.ui.widgets.status_line import StatusLine

HOSTILE = "[/bold] [red]x[/red] [@click=app.quit]go[/] \x1b]52;c;ZXZpbA==\x07 \x9b2J \u202eabc"


class StubPane(Pane):
    """A pane that notes what it is asked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "filter", id="stub.filter"),
        Binding("x", "cancel", "cancel it", id="stub.cancel"),
        Binding("n", "turn(1)", "turn", key_display="n/p", tooltip="next turn", id="stub.next"),
        Binding("p", "turn(-1)", "previous turn", show=False, id="stub.previous"),
    ]

    def compose(self) -> ComposeResult:
        yield FilterBar("words", id="bar")
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield Listing([Column("", 1), Column("what"), Column("ms", 4, right=True)], "rows")
            with Container(classes="detail"):
                yield Detail()

    def on_mount(self) -> None:
        self.asked: list[Ref | str] = []
        self.query_one(Listing).show(rows(10), literal("nothing"))

    def shown(self) -> None:
        self.query_one(Listing).focus()

    def place(self) -> Ref | None:
        return ProbeRef(f"place in {self.TITLE}")

    def open_ref(self, ref: Ref) -> bool:
        self.asked.append(ref)
        return ref != SessionRef("gone")

    def why_off(self, action: str) -> str:
        return f"no {action} now"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action in ("cancel", "turn") else True

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_cancel(self) -> None: ...

    def action_turn(self, step: int) -> None: ...

    def on_run_action(self, message: RunAction) -> None:
        message.stop()
        self.asked.append(message.name)


def rows(count: int, prefix: str = "row") -> list[Row]:
    return [
        Row(f"{prefix}{i}", (glyph(State.OK), cell(f"{prefix} {i}"), cell(str(i))))
        for i in range(count)
    ]


@pytest.fixture
def console(
    bare_root: Path,
    target_of: TargetOf,
    console_on: Callable[[Target], ConsoleApp],
    monkeypatch: pytest.MonkeyPatch,
) -> ConsoleApp:
    def stub(title: str) -> type[Pane]:
        return type(f"{title}Stub", (StubPane,), {"TITLE": title})

    monkeypatch.setattr(shell, "_pane_class", stub)
    return console_on(target_of(bare_root, {"ui.read_only": True}))


def pane(console: ConsoleApp) -> StubPane:
    found = console.query_one(f"#pane-{console.current.lower()}")
    assert isinstance(found, StubPane)
    return found


def screen_text(console: ConsoleApp) -> str:
    lines = console.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


async def test_digits_lead_to_tabs_and_the_line_tells_which(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        for key, title in zip(
            "243561",
            ("Log", "Runs", "Webhooks", "Actions", "Incident", "Health"),
            strict=True,
        ):
            await pilot.press(key)
            assert console.current == title
            assert f"[{key} {title}]" in screen_text(console)


async def test_a_digit_typed_before_the_first_paint_stands(
    console: ConsoleApp, until: Until
) -> None:
    async with console.run_test() as pilot:
        await console.show_tab("Runs")
        await console._show_first_tab()
        await until(pilot, lambda: "[4 Runs]" in screen_text(console))
        assert console.current == "Runs"


async def test_the_tab_chosen_while_another_is_made_stands(
    console: ConsoleApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, made = threading.Event(), threading.Event()
    stub = shell._pane_class

    def slow(title: str) -> type[Pane]:
        if title == "Runs":
            begun.set()
            made.wait(30)
        return stub(title)

    monkeypatch.setattr(shell, "_pane_class", slow)
    async with console.run_test() as pilot:
        await pilot.pause()
        first = asyncio.create_task(console.show_tab("Runs"))
        assert await asyncio.to_thread(begun.wait, 30)
        second = asyncio.create_task(console.show_tab("Log"))
        await asyncio.sleep(0)
        assert console.current == "Health"
        made.set()
        await first
        await second
        await pilot.pause()
        assert console.current == "Log"
        assert len(console.query(StubPane)) == 3


async def test_a_tab_out_of_view_cannot_take_the_keys(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: console.pane is not None)
        left = console.pane
        await pilot.press("4")
        left.query_one(Detail).focus()
        await until(pilot, lambda: console.focused is console.pane.query_one(Listing))
        await pilot.pause()
        assert console.focused is console.pane.query_one(Listing)
        assert left is not console.pane


async def test_digits_typed_into_a_filter_are_text(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        await pilot.press("f", "3", "question_mark", "q", "minus")
        assert console.current == "Health"
        assert console.query_one(Input).value == "3?q-"
        await pilot.press("escape")
        assert not console.query_one(FilterBar).display


async def test_a_jump_leads_to_the_tab_and_minus_leads_back(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        turn = TurnRef("34a2b001", "ISS-02-0", 1)
        pane(console).post_message(Jump(turn))
        await pilot.pause()
        assert console.current == "Runs"
        assert pane(console).asked == [turn]
        await pilot.press("minus")
        assert console.current == "Health"
        assert pane(console).asked == [ProbeRef("place in Health")]


async def test_a_jump_to_what_is_gone_is_told(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(notifications=True) as pilot:
        await pilot.pause()
        pane(console).post_message(Jump(SessionRef("gone")))
        await until(pilot, lambda: "run gone is not there" in screen_text(console))


async def test_what_stands_there_is_not_said_again(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: console.pane is not None)
        await pilot.press("minus", "minus", "minus")
        await until(pilot, lambda: "nothing to go back to" in screen_text(console))
        assert screen_text(console).count("nothing to go back to") == 1


async def test_work_that_fails_unforeseen_is_told(console: ConsoleApp, until: Until) -> None:
    async def broken() -> None:
        raise RuntimeError("no [bold]such")

    async with console.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: console.pane is not None)
        wanted = "a fault of the console: RuntimeError: no [bold]such"
        for node in (console, pane(console)):
            node.run_worker(broken(), exit_on_error=False)
            await until(pilot, lambda: wanted in screen_text(console))
            console.clear_notifications()
            await until(pilot, lambda: "RuntimeError" not in screen_text(console))


async def test_colon_jumps_and_says_what_it_wants(console: ConsoleApp, until: Until) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        await pilot.press("colon", *"turn nonsense", "enter")
        assert isinstance(console.screen, JumpScreen)
        help_line = str(console.screen.query_one("#jump-help", Static).content)
        assert "SESSION:ISSUE:TURN" in help_line
        console.screen.query_one(Input).value = ":log event:turn_failed"
        await pilot.press("enter")
        await until(pilot, lambda: console.current == "Log")
        assert pane(console).asked == [LogFilterRef("event:turn_failed")]


async def test_help_is_made_from_the_keys_and_says_why_one_is_off(console: ConsoleApp) -> None:
    async with console.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(console.screen, HelpScreen)
        text = screen_text(console)
        assert "x  cancel it  off: no cancel now" in text
        assert "  n  next turn  off: no turn now" in text
        assert "  p  previous turn  off: no turn now" in text
        assert "Scroll Left" not in text
        # What is done here stands before what works everywhere, and how to move comes last.
        assert text.index("cancel it") < text.index("4  Runs") < text.index("↓ j  down")
        await pilot.press("escape")
        assert not isinstance(console.screen, HelpScreen)


async def test_the_last_line_shows_the_keys_that_work_here(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        line = str(console.query_one(KeyBar).render())
        assert line.startswith(" f filter")
        assert "cancel" not in line
        assert line.endswith("? keys  ^p all")
        assert len(line) == 80


async def test_the_header_tells_target_state_and_that_it_is_read_only(console: ConsoleApp) -> None:
    async with console.run_test(size=(120, 24)) as pilot:
        await pilot.pause()
        console.post_message(HealthSummary(State.FAILING, "✖ API down  ▲ 2 more"))
        await pilot.pause()
        header = screen_text(console).splitlines()[0]
        assert header.startswith((" orket ? …", " orket ? /"))
        assert "/orket " in header
        assert "✖ API down  ▲ 2 more" in header
        assert "read-only" in header
        assert header.rstrip().endswith("05:20:00 UTC")


async def test_an_action_is_handed_to_its_pane_once(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        console.post_message(RunAction("security-canary", {}))
        await pilot.pause()
        assert console.current == "Actions"
        assert [item for item in pane(console).asked if isinstance(item, str)] == [
            "security-canary"
        ]


async def test_outside_text_is_shown_as_it_is_everywhere(console: ConsoleApp, until: Until) -> None:
    async with console.run_test(size=(120, 30), notifications=True) as pilot:
        await pilot.pause()
        here = pane(console)
        here.query_one(Listing).show(
            [Row("x", (glyph(State.OK), cell(HOSTILE), cell("1")))], literal("")
        )
        here.query_one(Detail).show(literal(HOSTILE))
        console.post_message(HealthSummary(State.FAILING, HOSTILE))
        here.tell(HOSTILE)
        await until(pilot, lambda: screen_text(console).count("[@click=app.quit]") >= 3)
        text = screen_text(console)
        assert "[/bold]" in text
        assert not any(char in text for char in "\x1b\x07\x9b\u202e")


async def test_a_detail_refuses_what_could_be_markup(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        with pytest.raises(TypeError, match="never str"):
            console.query_one(Detail).show("[bold]x")


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        listing = console.query_one(Listing)
        await pilot.press("down", "down", "down")
        assert listing.selected == "row3"
        listing.show([*rows(2, "new"), *rows(10)], Text())
        assert listing.selected == "row3"
        listing.show([row for row in rows(10) if row.key != "row3"], Text())
        assert listing.selected is not None
        listing.show([], literal("none: press f to change the filter"))
        assert listing.selected is None
        await pilot.pause()
        assert "none: press f to change the filter" in screen_text(console)


async def test_a_long_list_scrolls_with_its_cursor(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        listing = console.query_one(Listing)
        listing.show(rows(500), Text())
        await pilot.press("end")
        await pilot.pause()
        assert listing.selected == "row499"
        assert "row 499" in screen_text(console)
        await pilot.press("home")
        await pilot.pause()
        assert "row 0 " in screen_text(console)


async def test_a_click_selects_and_a_second_one_opens(console: ConsoleApp, until: Until) -> None:
    async with console.run_test() as pilot:
        await until(pilot, lambda: console.query_one(Listing).rows)
        listing = console.query_one(Listing)
        chosen: list[str] = []
        console.query_one(StatusLine)  # the header stays where it is
        listing.post_message = lambda message: (  # type: ignore[method-assign,assignment]  # a spy
            chosen.append(f"{type(message).__name__}") or Listing.post_message(listing, message)
        )
        await pilot.click(Listing, offset=(5, 4))
        assert listing.selected == "row3"
        await pilot.click(Listing, offset=(5, 4))
        assert "Chosen" in chosen


async def test_quitting_by_the_palette_asks_where_something_runs_on(
    console: ConsoleApp, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: console.pane is not None)
        monkeypatch.setattr(pane(console), "unfinished", lambda: "Test suite goes on")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "go to the tab" in screen_text(console))
        await pilot.press(*"quit")
        await until(pilot, lambda: "leave the console" in screen_text(console))
        await pilot.press("enter")
        await until(pilot, lambda: "Test suite goes on" in screen_text(console))
        assert isinstance(console.screen, ConfirmScreen)


async def test_keys_that_come_before_the_first_pane_do_no_harm(console: ConsoleApp) -> None:
    async with console.run_test() as pilot:
        console.action_help()
        await console.action_back()
        await pilot.pause()
        assert console.current == "Health"


async def test_what_misses_its_parts_while_the_console_ends_is_no_crash(
    console: ConsoleApp, own_environment: Path
) -> None:
    async with console.run_test() as pilot:
        await pilot.pause()
        console.exit(0)
        try:
            console.query_one("#not-there")
        except NoMatches:
            console._fatal_error()
        assert console.crash_line == ""
        try:
            raise RuntimeError("broken")
        except RuntimeError:
            console._fatal_error()
        assert console.crash_line.startswith("crashed: RuntimeError: broken")
