from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import State
from orket_console.runs.ledger import Ledger
from orket_console.runs.resolve import resolve_session
from orket_console.runs.sessions import list_runs

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


def runs_of(target_of, orket, limit=100):
    page = list_runs(target_of(orket.root), CLOCK, limit)
    return {run.session: run for run in page.runs}, page


def test_ledger_sessions_and_traces_are_one_list_newest_first(orket, target_of):
    orket.run("aaa", started_at="2026-11-23T05:00:00+00:00")
    orket.run("bbb", started_at="2026-11-23T05:30:00+00:00")
    orket.insert("sessions", id="ccc", status="done", start_time="2026-11-23T05:15:00+00:00")
    orket.turn("bbb", "ISS-1")
    folder = orket.turn("ddd", "ISS-2").parent.parent
    old = datetime(2026, 11, 23, 4, tzinfo=UTC).timestamp()
    os.utime(folder, (old, old))

    runs, page = runs_of(target_of, orket)

    assert list(runs) == ["bbb", "ccc", "aaa", "ddd"]
    assert runs["bbb"].sources == ("run_ledger", "sessions", "traces")
    assert runs["aaa"].sources == ("run_ledger", "sessions")
    assert runs["ccc"].sources == ("sessions",)
    assert runs["ddd"].sources == ("traces",)
    assert runs["ddd"].seen == "orphan: traces without a ledger row"
    assert runs["ddd"].turns == 1
    assert page.problems == ()


def test_issues_are_counted_by_build_where_the_session_is_empty(orket, target_of):
    orket.run("aaa", build_id="build-1")
    orket.issue("ISS-1", "build-1")
    orket.issue("ISS-2", "build-1", "canceled")
    orket.issue("ISS-3", "build-2")
    runs, _ = runs_of(target_of, orket)
    assert runs["aaa"].issues == 2
    assert runs["aaa"].issues_by_status == {"done": 1, "canceled": 1}
    assert runs["aaa"].seen.startswith("false success: 1 issue canceled")


def test_the_summary_of_a_run_counts_more_than_rows_a_later_run_took(orket, target_of):
    summary = '{"transcript_turns": 4, "status_counts": {"done": 2}}'
    orket.run("aaa", build_id="build-1", summary_json=summary)
    orket.issue("ISS-1", "build-1", "canceled", session_id="bbb")
    runs, _ = runs_of(target_of, orket)
    assert runs["aaa"].issues_by_status == {"done": 2}
    assert runs["aaa"].turns == 4
    assert runs["aaa"].state is State.OK


def test_a_run_that_a_webhook_started_is_found_under_the_root(orket, target_of):
    traces = orket.root / "observability" / "aaa"
    orket.run("aaa", "failed", artifact_json=f'{{"observability_root": "{traces}"}}')
    orket.turn("aaa", "ISS-1", workspace=orket.root)
    runs, _ = runs_of(target_of, orket)
    assert runs["aaa"].turns == 1
    assert runs["aaa"].traces == "observability/aaa"


def test_traces_that_the_ledger_names_outside_the_root_are_left_alone(orket, target_of, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    orket.turn("aaa", "ISS-1", workspace=elsewhere)
    traces = elsewhere / "observability" / "aaa"
    orket.run("aaa", artifact_json=f'{{"observability_root": "{traces}"}}')
    runs, _ = runs_of(target_of, orket)
    assert (runs["aaa"].turns, runs["aaa"].traces) == (None, "")


def test_a_running_session_is_active_while_its_turns_write(orket, target_of):
    orket.run("aaa", "running", ended_at=None, started_at="2026-11-23T04:00:00+00:00")
    turn = orket.turn("aaa", "ISS-1")
    now = CLOCK.now().timestamp()
    for file in turn.iterdir():
        os.utime(file, (now - 5000, now - 5000))
    os.utime(turn, (now, now))
    runs, _ = runs_of(target_of, orket)
    assert not runs["aaa"].active
    assert runs["aaa"].seen.startswith("stale: no activity for 1h")
    os.utime(turn / "messages.json", (now - 30, now - 30))
    runs, _ = runs_of(target_of, orket)
    assert runs["aaa"].active


def test_the_limit_is_kept_and_told(orket, target_of):
    for number in range(5):
        orket.run(f"s{number}", started_at=f"2026-11-23T05:0{number}:00+00:00")
    runs, page = runs_of(target_of, orket, limit=3)
    assert list(runs) == ["s4", "s3", "s2"]
    assert page.more
    _, page = runs_of(target_of, orket, limit=5)
    assert not page.more


def break_missing(path):
    path.unlink()


def break_empty(path):
    path.write_bytes(b"")


def break_garbage(path):
    path.write_bytes(os.urandom(4096))


def break_table(path):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("ALTER TABLE run_ledger RENAME TO other")
    connection.close()


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (break_missing, "missing"),
        (break_empty, "empty"),
        (break_garbage, "not a database"),
        (break_table, "no table run_ledger"),
    ],
)
def test_without_the_database_the_traces_are_shown_and_the_fault_is_named(
    orket, target_of, harm, word
):
    orket.run("aaa")
    orket.turn("aaa", "ISS-1")
    harm(orket.database)
    runs, page = runs_of(target_of, orket)
    assert runs["aaa"].turns == 1
    assert any(word in problem for problem in page.problems)
    assert len(page.problems) == len(set(page.problems))


def test_a_locked_database_is_named_and_the_traces_are_shown(orket, target_of):
    orket.run("aaa")
    orket.turn("aaa", "ISS-1")
    writer = sqlite3.connect(orket.database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    try:
        runs, page = runs_of(target_of, orket)
    finally:
        writer.close()
    assert runs["aaa"].sources == ("traces",)
    assert any("locked by a writer" in problem for problem in page.problems)


def test_a_column_that_is_missing_is_named_and_the_rows_are_shown(orket, target_of):
    orket.run("aaa", "failed", failure_class="Gone")
    connection = sqlite3.connect(orket.database)
    with connection:
        connection.execute("ALTER TABLE run_ledger RENAME COLUMN failure_class TO why")
    connection.close()
    runs, page = runs_of(target_of, orket)
    assert runs["aaa"].status == "failed"
    assert page.problems == ("orket_persistence.db: run_ledger has no column failure_class",)


@pytest.mark.parametrize("summary", ["{", "[]", '{"status_counts": [1], "transcript_turns": "x"}'])
def test_a_summary_that_is_no_summary_is_passed_over(orket, target_of, summary):
    orket.run("aaa", summary_json=summary)
    runs, page = runs_of(target_of, orket)
    assert runs["aaa"].turns is None
    assert page.problems == ()


def test_hostile_ids_and_names_are_shown_and_reach_no_path(orket, target_of):
    orket.run("../../../etc", run_name="[bold]x[/] \x1b[2J")
    (orket.workspace / "observability" / "\x1b]0;x\x07").mkdir()
    runs, page = runs_of(target_of, orket)
    assert runs["../../../etc"].name == "[bold]x[/] ␛[2J"
    assert runs["../../../etc"].traces == ""
    assert "␛]0;x␇" in runs
    assert page.problems == ()


def test_links_among_the_traces_are_named_and_not_followed(orket, target_of, tmp_path):
    orket.make_tables()
    outside = tmp_path / "outside"
    orket.turn("eee", "ISS-1", workspace=outside)
    link = orket.workspace / "observability" / "eee"
    link.symlink_to(outside / "observability" / "eee")
    loop = orket.workspace / "observability" / "loop"
    loop.symlink_to(loop)
    runs, page = runs_of(target_of, orket)
    assert runs == {}
    assert sorted(page.problems) == [
        "observability/eee is a link: not followed",
        "observability/loop is a link: not followed",
    ]


def test_a_prefix_is_enough_when_only_one_session_has_it(orket, target_of):
    orket.run("abc1")
    orket.run("abd2")
    orket.turn("xyz9", "ISS-1")
    target = target_of(orket.root)
    ledger = Ledger(target.runtime_db)
    assert resolve_session(target, ledger, "abc") == "abc1"
    assert resolve_session(target, ledger, "x") == "xyz9"
    assert resolve_session(target, ledger, "abd2") == "abd2"


@pytest.mark.parametrize(
    ("word", "code", "told"),
    [
        ("ab", ExitCode.USAGE, "abc1, abd2"),
        ("abc2", ExitCode.WRONG, "abc1"),
        ("..", ExitCode.USAGE, "refused"),
        ("a/b", ExitCode.USAGE, "refused"),
    ],
)
def test_a_word_that_names_no_one_session_says_what_there_is(orket, target_of, word, code, told):
    orket.run("abc1")
    orket.run("abd2")
    target = target_of(orket.root)
    with pytest.raises(ConsoleError, match=told) as error:
        resolve_session(target, Ledger(target.runtime_db), word)
    assert error.value.exit_code is code


def test_with_nothing_at_all_it_says_so(orket, target_of):
    orket.make_tables()
    target = target_of(orket.root)
    with pytest.raises(ConsoleError, match="none at all"):
        resolve_session(target, Ledger(target.runtime_db), "abc")
    runs, page = runs_of(target_of, orket)
    assert runs == {}
    assert page.problems == ()
