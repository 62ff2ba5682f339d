"""A session that is open: listed at once, judged as asked, read again where it changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from orket_console.base.clock import FixedClock
from orket_console.runs.detail import FIRST, OpenedRun
from orket_console.runs.model import Verdict
from orket_console.runs.sessions import RunList

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
START = datetime(2026, 11, 23, 5, tzinfo=UTC)
OLD = START.timestamp()


def at(number):
    return (START + timedelta(seconds=number)).isoformat()


def settle(folder, seconds=OLD):
    """As if nothing had been written for long: no folder's time says that it may still change."""
    for path in (*folder.iterdir(), folder):
        os.utime(path, (seconds, seconds))


def rewrite(turn, name, content):
    """Write a file over in place and turn its time back, as nothing that runs would."""
    (turn / name).write_text(content)
    os.utime(turn / name, (OLD, OLD))


@pytest.fixture
def many(orket):
    """A run of more turns than are judged at once, in two issues, their order that of time."""
    turns = []
    for number in range(FIRST + 40):
        turn = orket.turn("aaa", f"ISS-{number % 2}", number + 1, at=at(number))
        settle(turn, OLD + number)
        turns.append(turn)
    for issue in {turn.parent for turn in turns}:
        os.utime(issue, (OLD, OLD))
    return turns


@pytest.fixture
def opened(orket, target_of):
    return lambda session="aaa": OpenedRun(target_of(orket.root), CLOCK, session)


def test_a_long_run_is_listed_at_once_and_judged_as_asked(many, opened):
    run = opened()
    detail = run.detail
    assert (len(detail.turns), detail.pending) == (FIRST + 40, 40)
    assert [turn.ref.index for turn in detail.turns] == list(range(1, FIRST + 41))
    last = detail.turns[-1]
    assert (last.verdict, last.judged, last.failed) == (Verdict.PENDING, False, False)
    assert (last.at_from, last.ref.role) == ("file time", "lead_architect")
    detail = run.judge([last.path], most=1)
    assert detail.turns[-1].verdict is Verdict.OK
    assert detail.pending == 39
    assert run.judge(most=10).pending == 29
    detail = run.judge()
    assert (detail.pending, detail.tally.judged) == (0, FIRST + 40)
    assert detail.tally.tokens == 40 * (FIRST + 40)


def test_pending_turns_have_the_true_id_of_their_issue(many, opened):
    assert {turn.ref.issue for turn in opened().detail.turns} == {"ISS-0", "ISS-1"}


def test_capture_time_puts_turns_right_that_file_times_put_wrong(orket, opened):
    for number in range(FIRST + 5):
        settle(orket.turn("aaa", "ISS-1", number + 1, at=at(number)), OLD - number)
    run = opened()
    assert run.detail.turns[0].ref.index != 1
    detail = run.judge()
    assert [turn.ref.index for turn in detail.turns] == list(range(1, FIRST + 6))


def test_a_refresh_reads_no_settled_turn_again(many, opened):
    run = opened()
    before = run.judge()
    rewrite(many[0], "model_response_raw.json", '{"total_tokens": 7}')
    assert run.refresh().turns[0] is before.turns[0]
    assert run.refresh([before.turns[0].path]).turns[0].tokens == 7
    rewrite(many[1], "model_response_raw.json", '{"total_tokens": 8}')
    assert run.reread().turns[1].tokens == 8


def test_a_settled_turn_that_is_written_over_is_seen_in_a_later_refresh(many, opened):
    run = opened()
    run.judge()
    (many[3] / "checkpoint.json").write_text("{")
    verdicts = {turn.path: turn.verdict for turn in run.refresh().turns}
    assert verdicts[str(many[3])] is Verdict.UNREADABLE
    assert list(verdicts.values()).count(Verdict.UNREADABLE) == 1


def test_nothing_new_is_the_same_answer(many, opened):
    run = opened()
    before = run.judge()
    assert run.refresh() == before
    assert run.detail.turns is before.turns


def test_turns_that_come_and_go_are_seen(orket, opened):
    orket.turn("aaa", "ISS-1", 1, at=at(1))
    run = opened()
    gone = orket.turn("aaa", "ISS-2", 2, at=at(2))
    assert [turn.ref.index for turn in run.refresh().turns] == [1, 2]
    for path in gone.iterdir():
        path.unlink()
    gone.rmdir()
    gone.parent.rmdir()
    assert [turn.ref.index for turn in run.refresh().turns] == [1]


def test_traces_that_come_after_the_run_was_opened_are_found(orket, opened):
    orket.run("aaa", "running", ended_at=None)
    run = opened()
    assert run.detail.turns == ()
    orket.turn("aaa", "ISS-1")
    assert len(run.refresh().turns) == 1


def test_a_report_that_comes_later_refuses_its_turn(orket, opened):
    settle(orket.turn("aaa", "ISS-1", results=[]))
    run = opened()
    assert run.detail.turns[0].verdict is Verdict.UNFINISHED
    orket.report("aaa", "ISS-1", "not allowed")
    assert run.refresh().turns[0].why == "not allowed"


def test_an_issue_s_id_that_a_later_checkpoint_tells_is_taken(orket, opened):
    orket.folder("aaa", "my_issue", "001_lead")
    run = opened()
    assert run.detail.turns[0].ref.issue == "my_issue"
    orket.turn("aaa", "My Issue", 2, at=at(2))
    detail = run.refresh()
    assert {turn.ref.issue for turn in detail.turns} == {"My Issue"}
    assert detail.issues[0].id_from == "checkpoint"


def test_the_turn_that_a_run_failed_at_is_the_one_its_reason_names(orket, opened):
    orket.run("aaa", "failed", failure_class="X", failure_reason="X: no such file")
    wrong = [{"ok": False, "error": "no such file"}]
    orket.turn("aaa", "ISS-1", 1, at=at(1), results=wrong)
    orket.turn("aaa", "ISS-2", 2, at=at(2), results=[{"ok": False, "error": "other"}])
    tally = opened().detail.tally
    assert tally.failing == opened().detail.turns[1].ref
    orket.run("bbb", "done")
    orket.turn("bbb", "ISS-1", 1, at=at(1), results=wrong)
    assert opened("bbb").detail.tally.failing is None


@pytest.fixture
def runs(orket, target_of):
    return RunList(target_of(orket.root), CLOCK)


def test_a_page_is_rows_and_names_until_it_is_looked_at(orket, runs):
    for number in range(3):
        orket.run(f"s{number}", started_at=at(number))
        orket.turn(f"s{number}", "ISS-1")
    orket.issue("ISS-1", "build-s2", "canceled")
    first = runs.page()
    assert [run.session for run in first.runs] == ["s2", "s1", "s0"]
    assert {(run.looked, run.turns, run.status) for run in first.runs} == {(False, None, "done")}
    looked = runs.look(["s2"])
    assert [run.looked for run in looked.runs] == [True, False, False]
    assert looked.runs[0].seen == "false success: 1 issue canceled"
    assert [run.turns for run in runs.look().runs] == [1, 1, 1]
    assert [run.turns for run in runs.page().runs] == [1, 1, 1]


def test_a_run_whose_row_or_folders_changed_is_looked_at_again(orket, runs):
    orket.run("aaa", started_at=at(0))
    settle(orket.turn("aaa", "ISS-1"))
    runs.page()
    assert runs.look().runs[0].turns == 1
    orket.turn("aaa", "ISS-1", 2)
    runs.page()
    assert runs.look().runs[0].turns == 2
    orket.execute("UPDATE run_ledger SET status = 'failed', failure_class = 'Broken'")
    runs.page()
    run = runs.look().runs[0]
    assert (run.status, run.failure_class) == ("failed", "Broken")


def test_pages_follow_one_another_without_a_gap(orket, runs):
    for number in range(7):
        orket.run(f"s{number}", started_at=at(number))
    pages = [runs.page(3, skip) for skip in (0, 3, 6)]
    assert [run.session for page in pages for run in page.runs] == [
        f"s{n}" for n in range(6, -1, -1)
    ]
    assert [page.more for page in pages] == [True, True, False]


def test_a_failed_run_names_its_failing_turn_in_the_list(orket, runs):
    orket.run("aaa", "failed", started_at=at(0))
    orket.turn("aaa", "ISS-1", 1, at=at(1))
    orket.turn("aaa", "ISS-1", 2, "guard", at=at(2), results=[{"ok": False, "error": "gone"}])
    runs.page()
    run = runs.look().runs[0]
    assert str(run.failing) == "aaa:ISS-1:2:guard"
    assert run.failing_why == "update_issue_status: gone"


def test_a_session_whose_folder_is_spelt_otherwise_is_no_orphan(orket, runs):
    orket.run("My Run", started_at=at(0))
    orket.turn("my_run", "ISS-1")
    runs.page()
    page = runs.look()
    assert [(run.session, run.turns) for run in page.runs] == [("My Run", 1)]
