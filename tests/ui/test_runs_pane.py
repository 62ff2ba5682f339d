"""The Runs tab by its keys: three levels, stepping, parts, filters, growth, hostile text."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.runs.building import Installation
from textual.pilot import Pilot

from orket_console.base.refs import LogFilterRef, SessionRef, TurnRef
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.runs import RunsPane
from orket_console.ui.widgets.block_view import BlockView
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.run_head import RunHead

pytestmark = pytest.mark.usefixtures("unwatched")

HOSTILE = "[bold red]x[/] [@click=app.quit]y[/] [/bold] \x1b]52;c;eA==\x07\x1b[2J \x9b2J \u202e"
FAILED = [{"ok": False, "error": HOSTILE}]
Start = Callable[[], ConsoleApp]


@pytest.fixture
def orket(bare_root: Path) -> Installation:
    """Three runs: one that went well, one of four turns with two failures, one with none."""
    made = Installation(bare_root)
    made.run("good", started_at="2026-11-23T05:01:00+00:00", build_id="b0")
    made.issue("ISS-0", "b0")
    made.turn("good", "ISS-0")
    made.run("bad", "failed", started_at="2026-11-23T05:02:00+00:00", failure_class="Broken")
    write = [{"tool": "write_file", "args": {"path": name}} for name in ("a.txt", "b.txt")]
    made.turn("bad", "ISS-1", 1, at="2026-11-23T05:02:01+00:00", calls=write)
    made.turn("bad", "ISS-1", 2, at="2026-11-23T05:02:02+00:00", results=FAILED)
    made.turn("bad", "ISS-1", 3, "guard", at="2026-11-23T05:02:03+00:00", response=HOSTILE)
    made.turn("bad", "ISS-2", 4, at="2026-11-23T05:02:04+00:00", results=FAILED)
    made.issue("ISS-9", "build-bad", "canceled", summary=HOSTILE)
    made.run("none", "failed", started_at="2026-11-23T05:00:00+00:00")
    return made


@pytest.fixture
def start(console_on, target_of, orket) -> Start:
    return lambda: console_on(target_of(orket.root))


def screen(app: ConsoleApp) -> str:
    """What is on the screen, as text."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()[:height]
    return "\n".join("".join(segment.text for segment in strip)[:width] for strip in lines)


async def at_runs(app: ConsoleApp, pilot: Pilot[int], until) -> RunsPane:
    await until(pilot, lambda: "[1 Health]" in screen(app) or "[4 Runs]" in screen(app))
    await pilot.press("4")
    await until(pilot, lambda: "what became" in screen(app) and " runs  " in screen(app))
    return app.query_one(RunsPane)


async def open_bad(app: ConsoleApp, pilot: Pilot[int], until) -> RunsPane:
    pane = await at_runs(app, pilot, until)
    assert app.query_one("#runs-list", Listing).select("bad")
    await pilot.press("enter")
    await until(pilot, lambda: "[Summary]" in screen(app))
    return pane


def selected_turn(pane: RunsPane) -> TurnRef:
    place = pane.place()
    assert isinstance(place, TurnRef)
    return place


async def test_runs_are_listed_newest_first_with_the_selected_one_below(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        rows = app.query_one("#runs-list", Listing).rows
        assert [row.key for row in rows] == ["bad", "good", "none"]
        text = screen(app)
        assert "3 runs  2 not well" in text
        assert "✖ failed Broken" in text
        assert "1 canceled" in text


async def test_enter_goes_deeper_and_escape_comes_back(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        assert selected_turn(pane) == TurnRef("bad", "ISS-1", 1, "lead_architect")
        await pilot.press("enter")
        await until(pilot, lambda: "turn 1 of 4: ISS-1 #1 lead_architect" in screen(app))
        assert app.focused is app.query_one(RunsPane).query_one(BlockView)
        assert (
            not app.query_one("#turns-list", Listing).display
            or not app.query_one("#turns-list", Listing).is_on_screen
        )
        await pilot.press("escape")
        assert app.focused is app.query_one("#turns-list", Listing)
        await pilot.press("escape")
        assert app.focused is app.query_one("#runs-list", Listing)
        assert app.query_one("#runs-list", Listing).selected == "bad"
        assert pane.place() is None


async def test_n_and_p_step_through_turns_at_both_levels(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        await pilot.press("n", "n")
        assert selected_turn(pane).index == 3
        await pilot.press("p")
        assert selected_turn(pane).index == 2
        await until(pilot, lambda: "✖ failed: update_issue_status" in screen(app))
        await pilot.press("enter", "n")
        assert selected_turn(pane).index == 3
        await until(pilot, lambda: "turn 3 of 4" in screen(app))
        await pilot.press("n", "n", "n")
        assert selected_turn(pane).index == 4


async def test_f_goes_from_failure_to_failure_and_on_to_the_next_run(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        await pilot.press("f")
        assert selected_turn(pane).index == 2
        await pilot.press("f")
        assert selected_turn(pane).index == 4
        await pilot.press("f")
        await until(pilot, lambda: pane.place() == SessionRef("none"))
        await pilot.press("F")
        await until(pilot, lambda: pane.place() == TurnRef("bad", "ISS-2", 4, "lead_architect"))


async def test_f_in_the_list_selects_the_next_run_that_is_not_well(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        await pilot.press("f")
        assert app.query_one("#runs-list", Listing).selected == "none"
        await pilot.press("F")
        assert app.query_one("#runs-list", Listing).selected == "bad"


async def test_lanes_show_roles_and_failures_in_80_columns(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await open_bad(app, pilot, until)
        head = [line.strip() for line in screen(app).splitlines()[3:7]]
        assert head[0].startswith("bad  Epic bad  ✖ failed Broken  2 issues, 4 turns")
        assert head[1].split() == ["lead_architect", "●", "✖", "✖"]
        assert head[2].split() == ["guard", "●"]
        assert head[3] == "05:02:01.00 – 05:02:04.00"


async def test_an_issue_without_turns_has_its_row(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await open_bad(app, pilot, until)
        await pilot.press("end")
        await until(pilot, lambda: "canceled, no turn" in screen(app))
        assert "[bold red]x[/] [@click=app.quit]y[/] [/bold] ␛]52" in screen(app)


async def test_each_part_shows_its_own(start, until):
    told = (
        ("Prompt 1", "1 system  1 line"),
        ("Response", "raw response"),
        ("Tools 2", "● 1 of 2 write_file a.txt  ok"),
        ("State", "asked for"),
        ("Guard", "no policy violation report of this turn"),
        ("Log", "no line of this turn in no log"),
        ("Files 9", "▸ checkpoint.json"),
        ("Replay", '"turn_dir"'),
        ("Summary", "write_file a.txt; write_file b.txt"),
    )
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await open_bad(app, pilot, until)
        for label, content in told:
            await pilot.press("right_square_bracket")
            await until(
                pilot, lambda p=label, c=content: f"[{p}]" in screen(app) and c in screen(app)
            )


async def test_parts_go_around_and_stay_from_turn_to_turn(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await open_bad(app, pilot, until)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "[Replay]" in screen(app))
        await pilot.press("n")
        await until(pilot, lambda: "002_lead_architect" in "".join(screen(app).split()))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "[Summary]" in screen(app))
        await pilot.press("R")
        await until(pilot, lambda: "[Replay]" in screen(app))
        await until(pilot, lambda: "u runs its own command" in " ".join(screen(app).split()))
        await pilot.press("u")
        await until(pilot, lambda: app.current == "Actions")
        await until(pilot, lambda: "Replay turn (upstream)" in screen(app))
        await pilot.press("minus")
        await until(pilot, lambda: app.current == "Runs")


async def test_t_goes_from_tool_call_to_tool_call(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        await pilot.press("t")
        await until(pilot, lambda: "1 of 2 write_file" in screen(app))
        await pilot.press("t")
        await until(pilot, lambda: "2 of 2 write_file" in screen(app))
        assert selected_turn(pane).index == 1
        await pilot.press("t")
        await until(pilot, lambda: selected_turn(pane).index == 2)
        await until(pilot, lambda: "1 of 1 update_issue_status" in screen(app))


async def test_a_filter_narrows_the_turns_and_stepping_obeys_it(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        await pilot.press("slash", *"status:failed", "enter")
        rows = app.query_one("#turns-list", Listing).rows
        assert len(rows) == 2
        assert "filter status:failed" in screen(app)
        await pilot.press("n")
        assert selected_turn(pane).index == 4
        await pilot.press("slash", "ctrl+u", *"guard rol:x")
        await until(pilot, lambda: "      ^ no key rol:, did you mean role:?" in screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "no turn fits guard rol:x" in screen(app))
        assert "no key rol:" in screen(app)
        await pilot.press("slash", "ctrl+u", *"role:nobody", "enter")
        await until(pilot, lambda: "no turn fits role:nobody" in screen(app))
        assert "no key" not in screen(app)
        await pilot.press("slash", "ctrl+u", "enter")
        assert len(app.query_one("#turns-list", Listing).rows) == 5


async def test_a_filter_narrows_the_runs(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        await pilot.press("slash", *"broken", "enter")
        assert [row.key for row in app.query_one("#runs-list", Listing).rows] == ["bad"]
        await until(pilot, lambda: "filter broken: 1" in screen(app))


async def test_a_turn_by_its_key_opens_it_and_clears_a_filter_that_would_hide_it(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await open_bad(app, pilot, until)
        await pilot.press("slash", *"role:guard", "enter")
        await app.go(TurnRef("bad", "iss-2", 4))
        await until(pilot, lambda: selected_turn(pane).index == 4)
        await app.go(SessionRef("goo"))
        await until(pilot, lambda: selected_turn(pane).session == "good")
        await pilot.press("minus")
        await until(pilot, lambda: selected_turn(pane).session == "bad")


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        (SessionRef("zzz"), "no session 'zzz'"),
        (SessionRef("../../etc"), "refused"),
        (TurnRef("bad", "ISS-1", 9), "no turn bad:ISS-1:9: there is bad:ISS-1:1"),
    ],
)
async def test_what_is_not_there_is_told_and_nothing_moves(start, until, ref, told):
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_runs(app, pilot, until)
        await app.go(ref)
        await until(pilot, lambda: any(told in n.message for n in app._notifications))
        assert app.query_one("#runs-list", Listing).display


async def test_l_leads_to_the_log_of_the_turn(start, until, monkeypatch):
    gone: list[object] = []

    async def go(_app, ref):
        gone.append(ref)

    monkeypatch.setattr(ConsoleApp, "go", go)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        await pilot.press("l")
        await until(pilot, lambda: gone == [LogFilterRef("session:bad")])
        await open_bad(app, pilot, until)
        await pilot.press("l")
        await until(pilot, lambda: gone[1:] == [LogFilterRef("session:bad issue:ISS-1 turn:1")])


async def test_y_copies_the_part_without_secrets(start, until, orket):
    (orket.root / ".env").write_text("ORKET_API_KEY=canary-7f3a91\n")
    orket.turn("bad", "ISS-1", 1, at="2026-11-23T05:02:01+00:00", response="k=canary-7f3a91")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await open_bad(app, pilot, until)
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: "raw response" in screen(app))
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard)
        assert app.clipboard.startswith("k=•••")


async def test_a_run_at_work_grows_without_losing_the_selection(start, until, orket):
    orket.run("live", "running", started_at="2026-11-23T05:19:00+00:00", ended_at=None)
    for index in (1, 2):
        orket.turn("live", "ISS-5", index, at=f"2026-11-23T05:19:0{index}+00:00")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await at_runs(app, pilot, until)
        assert app.query_one("#runs-list", Listing).selected == "live"
        await pilot.press("enter")
        await until(pilot, lambda: "[Summary]" in screen(app))
        await pilot.press("n")
        orket.turn("live", "ISS-5", 3, "guard", at="2026-11-23T05:19:00+00:00")
        await until(pilot, lambda: len(app.query_one("#turns-list", Listing).rows) == 3)
        assert selected_turn(pane).index == 2


async def test_outside_text_is_shown_and_never_obeyed(start, until, orket):
    orket.run("evil", "failed", started_at="2026-11-23T05:10:00+00:00", run_name=HOSTILE)
    orket.insert(
        "card_transactions", card_id="ISS-1", role=HOSTILE, action=HOSTILE, timestamp=HOSTILE
    )
    folder = orket.turn("evil", "ISS-1", response=f"```{HOSTILE}\n{HOSTILE}\n```\n{HOSTILE}")
    orket.write(folder, "messages.json", [{"role": HOSTILE, "content": HOSTILE}, HOSTILE])
    orket.write(folder, "prompt_layers.json", {HOSTILE: [HOSTILE]})
    orket.write(folder, HOSTILE.replace("/", "-"), HOSTILE)
    orket.report("evil", "ISS-1", HOSTILE, remedy_suggestion=HOSTILE, violation_type=HOSTILE)
    async with (app := start()).run_test(size=(120, 40)) as pilot:
        await at_runs(app, pilot, until)
        await pilot.press("enter")
        for part in ("Prompt", "Response", "Tools", "State", "Guard", "Log", "Files", "Replay"):
            await pilot.press("right_square_bracket")
            await until(pilot, lambda name=part: f"[{name}" in screen(app))
            text = screen(app)
            for payload in ("\x1b", "\x07", "\x9b", "\u202e"):
                assert payload not in text
            assert part == "Replay" or "[bold red]x[/] [@click=app.quit]y[/] [/bold]" in text


@pytest.mark.parametrize("harm", ["gone", "empty", "garbage", "fifo", "no workspace"])
async def test_with_a_source_in_ruins_the_tab_opens_and_says_so(start, until, orket, harm):
    database = orket.database
    if harm == "no workspace":
        (orket.root / "workspace").rename(orket.root / "elsewhere")
    else:
        database.unlink()
    if harm == "empty":
        database.write_bytes(b"")
    elif harm == "garbage":
        database.write_bytes(os.urandom(5000))
    elif harm == "fifo":
        os.mkfifo(database)
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        text = screen(app)
        if harm == "no workspace":
            assert "3 runs" in text
        else:
            assert "2 runs" in text
            assert "▲ orket_persistence.db:" in text
            assert "orphan: traces" in text
        await pilot.press("enter")
        await until(pilot, lambda: "[Summary]" in screen(app) or "no turn" in screen(app))


async def test_with_no_runs_it_says_why(console_on, target_of, tmp_path, until):
    root = tmp_path / "empty"
    (root / "workspace" / "default" / "observability").mkdir(parents=True)
    (root / ".orket" / "durable" / "db").mkdir(parents=True)
    Installation(root).make_tables()
    async with (app := console_on(target_of(root))).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "[1 Health]" in screen(app))
        await pilot.press("4")
        await until(pilot, lambda: "no runs: neither the ledger" in screen(app))


async def test_at_120_columns_the_turn_stands_beside_the_list(start, until):
    async with (app := start()).run_test(size=(120, 40)) as pilot:
        await open_bad(app, pilot, until)
        pane = app.query_one(RunsPane)
        listing, detail = app.query_one("#turns-list", Listing), pane.query_one(BlockView)
        assert detail.region.x >= listing.region.right
        await pilot.press("enter")
        await until(pilot, lambda: pane.query_one(BlockView).region.width > 100)
        assert pane.query_one(RunHead).region.bottom <= pane.query_one(BlockView).region.y


async def test_m_lists_older_runs_and_the_selection_stays(start, until, orket):
    for number in range(100):
        orket.run(f"old{number:03d}", started_at="2026-11-22T05:00:00+00:00")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        listing = app.query_one("#runs-list", Listing)
        assert len(listing.rows) == 100
        assert "older ones: m" in screen(app)
        await pilot.press("end")
        selected = listing.selected
        await pilot.press("m")
        await until(pilot, lambda: len(listing.rows) == 103)
        assert listing.selected == selected
        await until(pilot, lambda: "older ones" not in screen(app))


async def test_a_run_that_is_left_has_the_cursor_however_old_it_is(start, until, orket):
    for number in range(100):
        orket.run(f"old{number:03d}", started_at="2026-11-22T05:00:00+00:00")
    orket.run("oldest", started_at="2026-11-21T05:00:00+00:00")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        pane = app.query_one(RunsPane)
        await app.go(SessionRef("oldest"))
        await until(pilot, lambda: pane.level == "turns")
        assert pane.reading.detail is not None
        await pilot.press("escape")
        await until(pilot, lambda: pane.runs.selected == "oldest")
        assert pane.reading.detail is None
        assert not pane.turns.turns


@pytest.fixture
def long_run(orket) -> int:
    """A run at work of many more turns than are judged at once, the last of them failed."""
    count = 400
    orket.run("long", "running", started_at="2026-11-23T05:10:00+00:00", ended_at=None)
    for number in range(1, count):
        orket.folder("long", "iss-7", f"{number:03d}_coder")
    orket.turn("long", "ISS-7", count, "coder", at="2027-01-01T00:00:00+00:00", results=FAILED)
    return count


async def test_a_long_run_shows_at_once_and_is_judged_behind(start, until, long_run):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await at_runs(app, pilot, until)
        await app.go(SessionRef("long"))
        listing = app.query_one("#turns-list", Listing)
        await until(pilot, lambda: len(listing.rows) == long_run)
        await pilot.press("down", "down")
        selected = listing.selected
        await until(
            pilot, lambda: pane.reading.detail is not None and not pane.reading.detail.pending
        )
        assert listing.selected == selected
        await until(pilot, lambda: listing.rows[-1].cells[-1].plain == "failed")
        await until(pilot, lambda: "running" in screen(app))


async def test_f_does_not_pass_over_turns_that_are_still_being_read(start, until, long_run):
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        pane = await at_runs(app, pilot, until)
        await app.go(SessionRef("long"))
        await until(pilot, lambda: pane.reading.detail is not None)
        await pilot.press("f")
        told = [n.message for n in app._notifications if "still being read" in n.message]
        at_failure = pane.place() == TurnRef("long", "ISS-7", long_run, "coder")
        assert told or at_failure
        await until(
            pilot, lambda: pane.reading.detail is not None and not pane.reading.detail.pending
        )
        if not at_failure:
            await pilot.press("f")
        await until(pilot, lambda: selected_turn(pane).index == long_run)


async def test_a_long_list_of_runs_is_looked_behind_a_part_at_a_time(start, until, orket):
    for number in range(60):
        orket.run(f"r{number:02d}", started_at=f"2026-11-22T05:{number:02d}:00+00:00")
        orket.issue(f"I-{number}", f"build-r{number:02d}", "canceled")
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await at_runs(app, pilot, until)
        await until(
            pilot, lambda: pane.reading.page and all(run.looked for run in pane.reading.page.runs)
        )
        rows = app.query_one("#runs-list", Listing).rows
        assert rows[-1].cells[-1].plain == "done, false success: 1 issue canceled"


async def test_the_palette_finds_a_turn_by_words_of_its_key(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        pane = await at_runs(app, pilot, until)
        app.action_turns()
        await until(pilot, lambda: "bad:iss-1:1:lead_architect" in screen(app))
        await pilot.press(*"bad guard")
        await until(pilot, lambda: "bad:iss-1:3:guard" in screen(app))
        await until(pilot, lambda: "iss-1:1:lead" not in screen(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: pane.place() == TurnRef("bad", "ISS-1", 3, "guard"))


async def test_the_selected_run_tells_what_its_turns_come_to(start, until):
    async with (app := start()).run_test(size=(80, 24)) as pilot:
        await at_runs(app, pilot, until)
        await until(pilot, lambda: "160 tokens · qwen" in screen(app))
        assert "failed at ISS-2 #4" in screen(app)
        await pilot.press("down")
        await until(pilot, lambda: "40 tokens · qwen" in screen(app))
        assert "160 tokens" not in screen(app)


async def test_a_run_that_vanished_is_told_and_the_tab_reads_on(start, until, orket):
    orket.turn("orphan", "ISS-1", at="2026-11-23T05:03:00+00:00")
    traces = orket.root / "workspace/default/observability"
    async with (app := start()).run_test(size=(80, 24), notifications=True) as pilot:
        await at_runs(app, pilot, until)
        assert app.query_one("#runs-list", Listing).select("orphan")
        await pilot.press("enter")
        await until(pilot, lambda: "[Summary]" in screen(app))
        shutil.rmtree(traces / "orphan")
        await pilot.press("r")
        await until(pilot, lambda: "no session 'orphan'" in screen(app))
        assert "[Summary]" in screen(app), "what was read of it stays"
        await pilot.press("escape")
        runs = app.query_one("#runs-list", Listing)
        await until(pilot, lambda: [row.key for row in runs.rows] == ["bad", "good", "none"])
