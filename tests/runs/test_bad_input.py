"""What no installation should hold, shown for what it is: nothing is lost, nothing is obeyed."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.base.state import State
from orket_console.runs.detail import OpenedRun, open_run
from orket_console.runs.index import TurnIndex
from orket_console.runs.model import Verdict
from orket_console.runs.sessions import list_runs
from orket_console.runs.turn import open_turn

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
IDS = ["../../etc", "a/b", "/etc", "a\0b", "a:b", "..", ".", "a\nb", "\x1b[2J", "x" * 5000, " "]


@pytest.fixture
def target(orket, target_of):
    return target_of(orket.root)


@pytest.mark.parametrize("session", IDS)
def test_a_session_id_that_is_no_name_is_listed_and_reaches_no_path(orket, target, session):
    orket.run(session, "done")
    orket.run("good")
    page = list_runs(target, CLOCK)
    assert len(page.runs) == 2
    (odd,) = [run for run in page.runs if run.session != "good"]
    assert (odd.status, odd.traces, odd.sources) == ("done", "", ("run_ledger", "sessions"))
    assert page.problems == ()
    assert "\x1b" not in odd.session


@pytest.mark.parametrize("session", IDS)
def test_a_session_id_that_is_no_name_opens_without_turns(orket, target, session):
    orket.turn("good", "ISS-1")
    orket.run(session, "done")
    (run,) = [run for run in list_runs(target, CLOCK).runs if run.session != "good"]
    try:
        detail = open_run(target, CLOCK, run.session)
    except ConsoleError as error:
        # Its id as shown is not the one that is stored.
        assert run.session != session
        assert "no session" in str(error)
    else:
        assert detail.turns == ()


@pytest.mark.parametrize("issue", IDS)
def test_an_issue_id_that_is_no_name_is_shown(orket, target, issue):
    orket.run("aaa")
    orket.issue(issue, "build-aaa")
    orket.turn("aaa", "ISS-1", issue_id=issue)
    detail = open_run(target, CLOCK, "aaa")
    assert len(detail.issues) == 2
    assert detail.turns[0].ref.issue == "iss-1"
    assert detail.turns[0].note.startswith("its checkpoint says issue ")
    open_turn(target, detail.turns[0])


def test_turn_folders_of_every_bad_kind_are_shown_for_what_they_are(orket, target):
    whole = orket.turn("aaa", "ISS-1", 1)
    orket.folder("aaa", "iss-1", "002_empty")
    half = orket.folder("aaa", "iss-1", "003_half")
    orket.write(half, "checkpoint.json", '{"role": "half", "tool_calls": [')
    pipe = orket.folder("aaa", "iss-1", "004_pipe")
    os.mkfifo(pipe / "checkpoint.json")
    loop = orket.folder("aaa", "iss-1", "005_loop")
    (loop / "checkpoint.json").symlink_to("checkpoint.json")
    (whole.parent / "006_link").symlink_to(whole)
    (whole.parent / "007_file").write_text("no folder")
    huge = orket.folder("aaa", "iss-1", "008_huge")
    with (huge / "checkpoint.json").open("wb") as file:
        file.truncate(200 << 20)
    detail = open_run(target, CLOCK, "aaa")
    verdicts = {turn.ref.role: turn.verdict for turn in detail.turns}
    assert verdicts == {
        "lead_architect": Verdict.OK,
        "empty": Verdict.UNFINISHED,
        "half": Verdict.UNREADABLE,
        "pipe": Verdict.UNREADABLE,
        "loop": Verdict.UNREADABLE,
        "huge": Verdict.UNREADABLE,
    }
    assert any("006_link is a link: not followed" in problem for problem in detail.problems)
    for turn in detail.turns:
        open_turn(target, turn)


@pytest.mark.parametrize("kind", ["file", "fifo", "loop", "gone", "link out"])
def test_a_trace_root_that_is_none_leaves_the_ledger(orket, target, tmp_path, kind):
    orket.run("aaa")
    root = orket.workspace / "observability"
    root.rmdir()
    if kind == "file":
        root.write_text("")
    elif kind == "fifo":
        os.mkfifo(root)
    elif kind == "loop":
        root.symlink_to(root)
    elif kind == "link out":
        (tmp_path / "out").mkdir()
        root.symlink_to(tmp_path / "out")
    assert [run.session for run in list_runs(target, CLOCK).runs] == ["aaa"]
    assert open_run(target, CLOCK, "aaa").turns == ()
    assert TurnIndex(target).refresh() == 0


def test_with_every_source_missing_there_is_nothing_and_it_says_so(orket, target):
    page = list_runs(target, CLOCK)
    assert page.runs == ()
    assert "missing" in page.problems[0]
    with pytest.raises(ConsoleError, match="none at all"):
        open_run(target, CLOCK, "aaa")


def test_a_table_of_other_columns_is_read_as_far_as_it_goes(orket, target):
    connection = sqlite3.connect(orket.database)
    with connection:
        connection.execute("CREATE TABLE run_ledger (session_id, status, what BLOB, x TEXT)")
        connection.execute(
            "INSERT INTO run_ledger VALUES ('aaa', 'sublimated', x'00ff', NULL), "
            "(NULL, 'done', NULL, NULL), (7, 'done', NULL, NULL)"
        )
    connection.close()
    page = list_runs(target, CLOCK)
    runs = {run.session: run for run in page.runs}
    assert set(runs) == {"aaa", "7"}
    assert (runs["aaa"].status, runs["aaa"].state) == ("sublimated", State.UNKNOWN)
    assert runs["aaa"].seen.endswith("a status not known here")
    assert any("run_ledger has no column" in problem for problem in page.problems)
    assert any("no table sessions" in problem for problem in page.problems)


def test_times_that_are_none_do_not_stop_the_list(orket, target):
    for number, time in enumerate(["", "yesterday", "9999-99-99", "0001-01-01T00:00:00+14:00"]):
        orket.run(f"s{number}", started_at=time, ended_at=time)
    orket.run("good", started_at="2026-11-23T05:00:00+00:00")
    runs = list_runs(target, CLOCK).runs
    assert len(runs) == 5
    assert runs[0].session == "good"


def test_a_run_of_very_many_turns_opens_with_the_first_of_them_judged(orket, target):
    folder = orket.folder("aaa", "iss-1", "00001_lead")
    for number in range(2, 10_001):
        (folder.parent / f"{number:05d}_lead").mkdir()
    run = OpenedRun(target, CLOCK, "aaa")
    detail = run.detail
    assert len(detail.turns) == 10_000
    assert 0 < detail.tally.judged < 200
    last = detail.turns[-1].path
    assert run.judge([last], most=1).turns[-1].judged
