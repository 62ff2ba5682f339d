"""A turn's parts on screen: folding, long and odd ones, what is new, taking them away."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.runs.building import Installation
from textual.pilot import Pilot

from orket_console.base.refs import LogRef, TurnRef
from orket_console.ui.app import ConsoleApp
from orket_console.ui.copying import MOST_COPIED
from orket_console.ui.panes.log import LogPane
from orket_console.ui.panes.runs import RunsPane
from orket_console.ui.widgets.block_view import BlockView
from orket_console.ui.widgets.turn_panel import TurnPanel
from orket_console.ui.widgets.turn_reader import Wanted

pytestmark = pytest.mark.usefixtures("unwatched")

Start = Callable[[], ConsoleApp]
LONG = "\n".join(f"line {n} of the answer" for n in range(5000))


@pytest.fixture
def orket(bare_root: Path) -> Installation:
    made = Installation(bare_root)
    made.run("aaa")
    return made


@pytest.fixture
def start(console_on, target_of, orket) -> Start:
    return lambda: console_on(target_of(orket.root))


def screen(app: ConsoleApp) -> str:
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in lines)


async def at_turn(
    app: ConsoleApp, pilot: Pilot[int], until, part: str, index: int = 1
) -> TurnPanel:
    """The turn in full width, at a part."""
    await until(pilot, lambda: "[1 Health]" in screen(app))
    await app.go(TurnRef("aaa", "ISS-1", index))
    await until(pilot, lambda: "[Summary]" in screen(app))
    await pilot.press("enter")
    panel = app.query_one(RunsPane).query_one(TurnPanel)
    panel.choose(part)
    await until(pilot, lambda: f"[{part}" in screen(app))
    return panel


async def test_what_is_new_since_the_turn_before_is_told_and_marked(start, until, orket):
    first = orket.turn("aaa", "ISS-1", 1)
    second = orket.turn("aaa", "ISS-1", 2, at="2026-11-23T05:17:38+00:00")
    said = [{"role": "system", "content": "be brief\nbe kind"}]
    orket.write(first, "messages.json", said)
    said = [*said, {"role": "user", "content": "try again\nbe kind"}]
    orket.write(second, "messages.json", said)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_turn(app, pilot, until, "Prompt", 2)
        await until(pilot, lambda: "new since #1 lead_architect: 1 line" in screen(app))
        text = screen(app)
        assert "2 messages, 1 before" in text
        assert "nothing new" in text
        assert "+ try again" in text
        assert "+ be kind" not in text


async def test_the_next_turn_is_drawn_ahead_and_shown_without_waiting(start, until, orket):
    for index in (1, 2):
        orket.turn("aaa", "ISS-1", index, at=f"2026-11-23T05:17:3{index}+00:00")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Files")
        await until(pilot, lambda: "▸ checkpoint.json" in panel.blocks.text)
        turns = app.query_one(RunsPane).turns.turns
        ahead = Wanted(turns[1], "Files", dark=True)
        await until(pilot, lambda: panel._reader.ready(ahead) is not None)
        app.query_one(RunsPane).action_turn(1)
        assert panel._drawn is panel._reader.ready(ahead)
        await pilot.press("down", "enter")
        await until(pilot, lambda: '"turn_index": 2' in panel.blocks.text)
        # What was unfolded here is to be unfolded there, too, and was not when it was drawn.
        await pilot.press("p")
        await until(pilot, lambda: '"turn_index": 1' in panel.blocks.text)


async def test_enter_folds_and_what_was_folded_stays_so_in_the_next_turn(start, until, orket):
    for index in (1, 2):
        orket.turn("aaa", "ISS-1", index, at=f"2026-11-23T05:17:3{index}+00:00")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Tools")
        await until(pilot, lambda: "arguments" in screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "arguments" not in screen(app))
        await pilot.press("n")
        await until(pilot, lambda: "turn 2 of 2" in screen(app))
        assert "arguments" not in panel.blocks.text
        await pilot.press("right")
        await until(pilot, lambda: "arguments" in screen(app))
        await pilot.press("left")
        await until(pilot, lambda: "arguments" not in screen(app))


async def test_a_long_answer_is_folded_and_grows_by_enter(start, until, orket):
    orket.turn("aaa", "ISS-1", response=f"```python\n{LONG}\n```")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Response")
        await until(pilot, lambda: "▸ python block  5000 lines" in screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "line 3 of the answer" in screen(app))
        before = panel.blocks.text
        assert "more characters: Enter shows more" in before
        view = panel.blocks
        view.put_cursor(next(n for n, line in enumerate(before.split("\n")) if "… " in line))
        await pilot.press("enter")
        await until(pilot, lambda: len(view.text) > len(before) + 10_000)
        grown = view.text
        # The turn is drawn once more, as when its log lines come, while a block is on its way.
        view.action_edge(0)
        view.action_turn()
        panel._again()
        await until(pilot, lambda: "line 3 of the answer" not in view.text)
        view.action_turn()
        panel._again()
        await until(pilot, lambda: view.text == grown)


async def test_a_file_is_read_where_it_is_chosen_and_no_further_than_its_beginning(
    start, until, orket
):
    folder = orket.turn("aaa", "ISS-1")
    with (folder / "checkpoint.json").open("r+b") as file:
        file.truncate(200 << 20)
    os.mkfifo(folder / "pipe.json")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Files")
        await until(pilot, lambda: "its first 262 KB are shown" in screen(app))
        assert "pipe.json  not a regular file" in screen(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: '"run_id": "aaa"' in screen(app))
        panel.choose("State")
        await until(pilot, lambda: "too large" in screen(app))
        panel.choose("Summary")
        await until(pilot, lambda: "unreadable" in screen(app))


async def test_y_copies_the_answer_letter_by_letter_without_secrets(start, until, orket):
    (orket.root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    answer = 'k=canary-7f3a91\n```json\n{"a":1}\n```\n'
    orket.turn("aaa", "ISS-1", response=answer)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_turn(app, pilot, until, "Response")
        await until(pilot, lambda: "raw response" in screen(app))
        assert "canary" not in screen(app)
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard)
        assert app.clipboard == answer.replace("canary-7f3a91", "•••")


async def test_what_is_too_long_for_a_terminal_goes_to_a_file(start, until, orket):
    (orket.root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    orket.turn("aaa", "ISS-1", response="long canary-7f3a91 " * (MOST_COPIED // 10))
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_turn(app, pilot, until, "Response")
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard)
        exports = app.context.target.state.exports
        path = exports / "aaa-ISS-1-1-lead_architect-response.txt"
        assert app.clipboard == str(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text().startswith("long ••• long")
        assert any(str(path) in n.message for n in app._notifications)


async def test_w_writes_the_part_out_and_says_where(start, until, orket):
    orket.turn("aaa", "ISS-1")
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_turn(app, pilot, until, "Prompt")
        await pilot.press("w")
        await until(pilot, lambda: any("written to" in n.message for n in app._notifications))
        path = app.context.target.state.exports / "aaa-ISS-1-1-lead_architect-prompt.txt"
        assert path.read_text() == "── 1 system\nbe brief\n"
        assert path.stat().st_mode & 0o777 == 0o600


async def test_the_file_under_the_cursor_is_what_is_written_out(start, until, orket):
    orket.turn("aaa", "ISS-1")
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_turn(app, pilot, until, "Files")
        await until(pilot, lambda: "▸ checkpoint.json" in screen(app))
        await pilot.press("down", "w")
        await until(pilot, lambda: any("written to" in n.message for n in app._notifications))
        folder = app.context.target.state.exports
        path = folder / "aaa-ISS-1-1-lead_architect-checkpoint.json"
        assert json.loads(path.read_text())["run_id"] == "aaa"


async def test_exports_that_can_not_be_written_are_told(start, until, orket):
    orket.turn("aaa", "ISS-1")
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_turn(app, pilot, until, "Prompt")
        folder = app.context.target.state.exports
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("in the way")
        await pilot.press("w")
        await until(pilot, lambda: any("can't be written" in n.message for n in app._notifications))


async def test_the_log_lines_of_the_turn_are_counted_and_time_it(start, until, orket):
    orket.turn("aaa", "ISS-1")
    ids = {"session_id": "aaa", "issue_id": "ISS-1", "turn_index": 1}
    lines = [
        {"timestamp": f"2026-11-23T05:17:3{n}+00:00", "role": "x", "event": event, "data": ids}
        for n, event in enumerate(("turn_start", "turn_complete"))
    ]
    (orket.workspace / "orket.log").write_text("".join(json.dumps(line) + "\n" for line in lines))
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Summary")
        await until(pilot, lambda: "1.000 s, from its start to its end" in screen(app))
        assert "Log 2" in screen(app)
        panel.choose("Log")
        await until(pilot, lambda: "05:17:31.000 turn_complete" in screen(app))
        await pilot.press("down", "l")
        await until(pilot, lambda: "[2 Log]" in screen(app) and "turn_complete" in screen(app))
        place = app.query_one(LogPane).place()
        assert isinstance(place, LogRef)
        assert place.offset == len(json.dumps(lines[0])) + 1


async def test_ten_thousand_messages_are_shown_by_their_headings(start, until, orket):
    folder = orket.turn("aaa", "ISS-1")
    said = [{"role": "user", "content": f"message {n}\n" * 30} for n in range(10_000)]
    orket.write(folder, "messages.json", said)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        panel = await at_turn(app, pilot, until, "Prompt")
        await until(pilot, lambda: "▸ 1 user  30 lines" in screen(app))
        await pilot.press("end")
        await until(pilot, lambda: "▸ 10000 user" in screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "  message 9999" in screen(app))
        assert isinstance(panel.blocks, BlockView)


async def test_the_memory_part_is_there_where_the_turn_kept_a_trace(start, until, orket):
    folder = orket.turn("aaa", "ISS-1")
    orket.turn("aaa", "ISS-1", 2, at="2026-11-23T05:17:38+00:00")
    orket.write(folder, "memory_trace.json", {"events": ["remembered"]})
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_turn(app, pilot, until, "Guard")
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "remembered" in screen(app) and "[Memory]" in screen(app))
        await pilot.press("n")
        await until(pilot, lambda: "this turn has no memory trace" in screen(app))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "[Log" in screen(app) and "Memory" not in screen(app))
