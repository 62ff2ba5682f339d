"""Stepping through an open run: each key, the filter that all obey, playing, the place kept."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from tests.runs.building import Installation
from textual.pilot import Pilot
from textual.widgets import Input

from orket_console.base.refs import SessionRef, TurnRef
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.runs import RunsPane
from orket_console.ui.screens.go_to_turn import GoToTurnScreen
from orket_console.ui.screens.help import HelpScreen
from orket_console.ui.widgets.listing import Listing

pytestmark = pytest.mark.usefixtures("unwatched")

FAILED = [{"ok": False, "error": "no such file"}]
STATUS = {"tool": "update_issue_status", "args": {"status": "done"}}
Start = Callable[[], ConsoleApp]


@pytest.fixture
def orket(bare_root: Path) -> Installation:
    """One run: two calls, none, a failure, a change of state, a failure of another issue."""
    made = Installation(bare_root)
    made.run("only", "failed", failure_class="Broken")
    write = [{"tool": "write_file", "args": {"path": name}} for name in ("a.txt", "b.txt")]
    for index, role, issue, calls, results, said in (
        (1, "coder", "ISS-1", write, None, "```json\n{}\n```"),
        (2, "coder", "ISS-1", [], None, "the needle is here"),
        (3, "guard", "ISS-1", write[:1], FAILED, "hay"),
        (4, "guard", "ISS-1", [STATUS], None, "another Needle"),
        (5, "coder", "ISS-2", write[:1], FAILED, "hay"),
    ):
        at = f"2026-11-23T05:02:0{index}+00:00"
        made.turn("only", issue, index, role, at=at, calls=calls, results=results, response=said)
    return made


@pytest.fixture
def start(console_on, target_of, orket) -> Start:
    return lambda: console_on(target_of(orket.root))


def screen(app: ConsoleApp) -> str:
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in lines)


async def opened(app: ConsoleApp, pilot: Pilot[int], until) -> RunsPane:
    await until(pilot, lambda: app._panes)
    await app.go(SessionRef("only"))
    await until(pilot, lambda: "[Summary]" in screen(app))
    pane = app.query_one(RunsPane)
    await until(pilot, lambda: not pane.reading.detail.pending)
    return pane


def at(pane: RunsPane) -> int:
    return pane.turn.ref.index if pane.turn else 0


def told(app: ConsoleApp) -> list[str]:
    return [notification.message for notification in app._notifications]


async def narrowed(app, pilot, until, expression: str) -> RunsPane:
    pane = app.query_one(RunsPane)
    await pilot.press("slash", "ctrl+u", *expression, "enter")
    await until(pilot, lambda: f"filter {expression}" in screen(app))
    return pane


async def test_each_key_leads_to_its_turn(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        for keys, index in (
            ("n", 2), ("nnp", 2), ("nnnnnnn", 5), ("p", 1), ("f", 3), ("ff", 5), ("ffF", 3),
            ("s", 4), ("ss", 4), ("nnnnS", 4), ("S", 1),
        ):  # fmt: skip
            await pilot.press("p", "p", "p", "p")
            await until(pilot, lambda: at(pane) == 1)
            await pilot.press(*keys)
            await until(pilot, lambda index=index: at(pane) == index)
            await until(pilot, lambda index=index: f"05:02:0{index}.000" in screen(app))


async def test_where_there_is_no_further_one_it_says_so(start, until):
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await opened(app, pilot, until)
        await pilot.press("S", "f", "f", "s", "f")
        assert told(app) == [
            "no change of state before this one",
            "no change of state after this one",
            "no further failure",
        ]


async def test_t_and_shift_t_go_through_calls_and_on_to_turns_that_have_one(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        panel = pane.query_one("TurnPanel")
        seen = []
        for key in ("t", "t", "t", "t", "t", "T", "T", "T", "T", "T"):
            await pilot.press(key)
            seen.append((at(pane), panel._call))
        there = [(1, 0), (1, 1), (3, 0), (4, 0), (5, 0)]
        assert seen == [*there, (4, 0), (3, 0), (1, 1), (1, 0), (1, 0)]
        assert panel.part == "Tools"


async def test_all_of_them_obey_the_filter(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "role:coder")
        await pilot.press("f")
        assert at(pane) == 5
        await pilot.press("p")
        assert at(pane) == 2
        await pilot.press("t")
        assert at(pane) == 5
        assert "3 of 5" in screen(app)


async def test_turns_are_found_by_fields_and_by_what_they_say(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        for expression, left in (
            ("response:needle", [2, 4]),
            ("text:needle role:guard", [4]),
            ("prompt:brief", [1, 2, 3, 4, 5]),
            ("-response:needle", [1, 3, 5]),
            ('text:"needle is"', [2]),
            ("verdict:failed tool:write", [3, 5]),
            ("model:qwen issue:iss-2", [5]),
        ):
            await narrowed(app, pilot, until, expression)
            await until(pilot, lambda left=left: f"{len(left)} of 5" in screen(app))
            assert [turn.ref.index for turn in pane.turns.turns] == left, expression


async def test_a_text_that_comes_into_a_turn_brings_it_into_the_list(start, until, orket):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "response:needle")
        await until(pilot, lambda: "2 of 5" in screen(app))
        orket.turn("only", "ISS-2", 6, "coder", at="2026-11-23T05:02:06+00:00", response="a needle")
        await pilot.press("r")
        await until(pilot, lambda: "3 of 6" in screen(app))
        assert at(pane) == 2


async def test_g_goes_where_it_says_it_would(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        for typed, index, said in (
            ("4", 4, "Enter goes to ISS-1 #4 guard"),
            ("iss-2", 5, "Enter goes to ISS-2 #5 coder, the first of 1 of its issue"),
            ("ISS-1:3", 3, "Enter goes to ISS-1 #3 guard"),
            ("only:ISS-1:2:coder", 2, "Enter goes to ISS-1 #2 coder"),
            ("05:02:04", 4, "Enter goes to ISS-1 #4 guard, the first from then on"),
            ("23:59", 5, "Enter goes to ISS-2 #5 coder, the last"),
        ):
            await pilot.press("g")
            await until(pilot, lambda: isinstance(app.screen, GoToTurnScreen))
            await pilot.press(*typed)
            await until(pilot, lambda said=said: said in screen(app))
            await pilot.press("enter")
            await until(pilot, lambda index=index: at(pane) == index)


async def test_g_stays_open_on_what_leads_nowhere_and_escape_gives_up(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("g", "9", "9", "enter")
        await until(pilot, lambda: "no turn #99: they are #1 to #5" in screen(app))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, GoToTurnScreen))
        assert at(pane) == 1


async def test_g_to_a_turn_that_the_filter_hides_drops_it_and_says_so_first(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "role:guard")
        await pilot.press("g", "5")
        await until(pilot, lambda: "and drops the filter" in screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: at(pane) == 5)
        assert pane.filtering.expression == ""
        assert len(pane.turns.turns) == 5


async def test_space_plays_to_the_first_failure_and_on_from_there(start, until):
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("greater_than_sign", "greater_than_sign", "space")
        await until(pilot, lambda: "playing 5/s" in screen(app))
        await until(pilot, lambda: at(pane) == 3)
        await until(pilot, lambda: "playing" not in screen(app))
        assert "stopped at a failure" in told(app)
        await pilot.press("space")
        await until(pilot, lambda: at(pane) == 5)
        await pilot.press("space")
        assert "this is the last turn: p goes back" in told(app)
        assert pane.playing.remark == ""


async def test_playing_obeys_the_filter_and_stops_at_the_end(start, until):
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "verdict:ok")
        await pilot.press("greater_than_sign", "greater_than_sign", "space")
        await until(pilot, lambda: at(pane) == 4)
        await until(pilot, lambda: pane.playing.remark == "")
        assert "that was the last turn" in told(app)


async def test_any_key_stops_playing_and_does_what_it_does(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("less_than_sign", "space")
        assert pane.playing.remark == "playing 0.5/s"
        await pilot.press("greater_than_sign")
        assert pane.playing.remark == "playing 1/s"
        await pilot.press("n")
        assert pane.playing.remark == ""
        assert at(pane) in (2, 3)
        await pilot.press("p", "p", "space", "space")
        assert pane.playing.remark == ""
        await pilot.press("space", "2")
        assert pane.playing.remark == ""


def help_of(app):
    console = Console(width=200)
    with console.capture() as text:
        console.print(app.screen._text())
    return text.get()


async def test_keys_that_can_do_nothing_tell_why(start, until):
    async with (app := start()).run_test(size=(80, 50)) as pilot:
        await until(pilot, lambda: app._panes)
        await pilot.press("4")
        await until(pilot, lambda: "1 run " in screen(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert help_of(app).count("off: no run is open: Enter opens one") >= 8
        await pilot.press("escape")
        await opened(app, pilot, until)
        await narrowed(app, pilot, until, "turn:2")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "no turn that fits the filter made a tool call" in help_of(app)
        await pilot.press("escape")
        await narrowed(app, pilot, until, "role:nobody")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert "off: no turn fits role:nobody" in help_of(app)


async def test_leaving_the_tab_and_coming_back_changes_nothing(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("n", "enter", "2", "4")
        await until(pilot, lambda: "[4 Runs]" in screen(app))
        assert (at(pane), pane.level) == (2, "turn")


async def leave_at_turn_4(start: Start, until) -> Path:
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "response:needle")
        await until(pilot, lambda: "2 of 5" in screen(app))
        pane.query_one("TurnPanel").choose("Tools")
        await pilot.press("n", "enter")
        assert at(pane) == 4
        return app.context.target.state.runs_place


async def reopened(app: ConsoleApp, pilot: Pilot[int], until) -> RunsPane:
    await until(pilot, lambda: app._panes)
    await pilot.press("4")
    await until(pilot, lambda: app.query_one(RunsPane).keeping.settled)
    return app.query_one(RunsPane)


async def test_the_next_console_begins_where_the_last_one_was(start, until):
    kept = await leave_at_turn_4(start, until)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await reopened(app, pilot, until)
        await until(pilot, lambda: "[Tools" in screen(app))
        assert (at(pane), pane.level) == (4, "turn")
        assert pane.filtering.expression == "response:needle"
        await until(pilot, lambda: [turn.ref.index for turn in pane.turns.turns] == [2, 4])
        assert at(pane) == 4


async def test_a_turn_that_is_gone_is_not_come_back_to(start, until, orket):
    await leave_at_turn_4(start, until)
    folder = next(orket.workspace.glob("observability/only/iss-1/004_guard"))
    folder.rename(folder.with_name("006_guard"))
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        pane = await reopened(app, pilot, until)
        assert pane.level == "runs"
        await until(pilot, lambda: any("is gone" in message for message in told(app)))


@pytest.mark.parametrize("content", [b"", b'{"session": 3}', b"\xff"])
async def test_a_kept_place_that_is_none_is_passed_over(start, until, content):
    (await leave_at_turn_4(start, until)).write_bytes(content)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await reopened(app, pilot, until)
        await until(pilot, lambda: "1 run " in screen(app))
        assert pane.level == "runs"


async def test_a_jump_goes_before_the_place_that_was_kept(start, until):
    await leave_at_turn_4(start, until)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app._panes)
        await app.go(TurnRef("only", "ISS-1", 3))
        pane = app.query_one(RunsPane)
        await until(pilot, lambda: at(pane) == 3)
        await pilot.pause()
        assert at(pane) == 3


async def test_a_state_folder_that_cannot_be_written_harms_nothing(start, until):
    kept = await leave_at_turn_4(start, until)
    kept.unlink()
    kept.mkdir()
    (kept / "x").touch()
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("n")
        assert at(pane) == 2
    assert [path.name for path in kept.iterdir()] == ["x"]


async def test_a_run_at_work_grows_while_it_is_filtered_and_stepped_through(start, until, orket):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await narrowed(app, pilot, until, "role:coder")
        await pilot.press("n")
        for index in (7, 8):
            orket.turn("only", "ISS-3", index, "coder", at=f"2026-11-23T05:01:0{index}+00:00")
        await pilot.press("r")
        await until(pilot, lambda: "5 of 7" in screen(app))
        assert at(pane) == 2


async def test_stepping_goes_on_where_only_the_turn_is_in_view(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot, until)
        await pilot.press("enter", "f", "s", "g", "1", "enter")
        await until(pilot, lambda: at(pane) == 1 and "turn 1 of 5" in screen(app))
        assert not isinstance(app.focused, Input | Listing)
