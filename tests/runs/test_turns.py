from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.refs import TurnRef
from orket_console.runs.detail import OpenedRun, open_run
from orket_console.runs.model import Verdict
from orket_console.runs.turn import open_turn
from orket_console.runs.words import gaps, turn_outcome

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


@pytest.fixture
def opened(orket, target_of):
    """Open a session of the installation."""
    return lambda session="aaa": open_run(target_of(orket.root), CLOCK, session)


@pytest.fixture
def kept(orket, target_of):
    """Open a session and keep it open."""
    return lambda session="aaa": OpenedRun(target_of(orket.root), CLOCK, session)


def test_turns_stand_in_order_of_time_with_the_index_as_recorded(orket, opened):
    orket.turn("aaa", "ISS-1", 22, at="2026-11-23T05:00:02+00:00")
    orket.turn("aaa", "ISS-1", 25, "integrity_guard", at="2026-11-23T05:00:04+00:00")
    orket.turn("aaa", "ISS-2", 22, at="2026-11-23T05:00:01+00:00")
    turns = opened().turns
    assert [str(turn.ref) for turn in turns] == [
        "aaa:ISS-2:22:lead_architect",
        "aaa:ISS-1:22:lead_architect",
        "aaa:ISS-1:25:integrity_guard",
    ]
    assert {turn.at_from for turn in turns} == {"checkpoint"}


def test_a_turn_that_went_well(orket, opened):
    calls = [
        {"tool": "write_file", "args": {"path": "agent_output/x.txt", "content": "ok"}},
        {"tool": "update_issue_status", "args": {"status": "code_review"}},
    ]
    orket.turn("aaa", "ISS-1", calls=calls)
    turn = opened().turns[0]
    assert (turn.verdict, turn.why, turn.failed) == (Verdict.OK, "", False)
    assert turn.asked == "update_issue_status code_review +1"
    assert turn.tools == ("write_file", "update_issue_status")
    assert turn.change == "in_progress → code_review"
    assert (turn.tokens, turn.model, turn.missing) == (40, "qwen", ())


def test_a_refused_turn_names_the_rule(orket, opened):
    done = [{"tool": "update_issue_status", "args": {"status": "done"}}]
    orket.turn("aaa", "ISS-1", calls=done, results=[])
    orket.report(
        "aaa",
        "ISS-1",
        "Governance violations: ['Governance Violation: Invalid transition: a -> b', \"it's x\"]",
    )
    turn = opened().turns[0]
    assert turn.verdict is Verdict.REFUSED
    assert turn.why == "Invalid transition: a -> b; it's x"
    assert turn_outcome(turn) == "refused: Invalid transition: a -> b; it's x"
    assert turn.report.endswith("policy_violation_ISS-1.json")


def test_a_report_of_another_run_of_the_issue_does_not_count(orket, opened):
    orket.turn("aaa", "ISS-1")
    orket.report("bbb", "ISS-1", "refused there")
    assert opened().turns[0].verdict is Verdict.OK


def test_a_report_belongs_to_the_last_turn_before_it_of_its_role(orket, opened):
    orket.turn("aaa", "ISS-1", 1, at="2026-11-23T05:17:37.1+00:00")
    orket.turn("aaa", "ISS-1", 2, at="2026-11-23T05:17:37.4+00:00")
    orket.turn("aaa", "ISS-1", 3, "integrity_guard", at="2026-11-23T05:17:37.45+00:00")
    orket.turn("aaa", "ISS-1", 4, at="2026-11-23T05:19:00+00:00")
    orket.report("aaa", "ISS-1", "refused")
    assert [turn.verdict for turn in opened().turns] == [
        Verdict.OK,
        Verdict.REFUSED,
        Verdict.OK,
        Verdict.OK,
    ]


def test_a_tool_that_failed_fails_its_turn(orket, opened):
    orket.turn("aaa", "ISS-1", results=[{"ok": False, "error": "File not found\x1b[2J"}])
    turn = opened().turns[0]
    assert (turn.verdict, turn.why) == (
        Verdict.FAILED,
        "update_issue_status: File not found␛[2J",
    )


def test_a_guard_that_blocks_is_a_stop_with_its_rationale(orket, opened):
    blocked = [{"tool": "update_issue_status", "args": {"status": "blocked"}}]
    answer = 'so {be it}: {"rationale": "no tests", "violations": ["tests"]}\n```json\n{}\n```'
    orket.turn("aaa", "ISS-1", 4, "integrity_guard", calls=blocked, response=answer)
    turn = opened().turns[0]
    assert (turn.verdict, turn.why, turn.failed) == (Verdict.BLOCKED, "no tests", True)


def test_an_answer_without_a_tool_call_is_no_progress(orket, opened):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    orket.write(folder, "model_response.txt", "let me think")
    stages = [{"stage": "parse_empty", "data": {"reason": "no_parseable_tool_calls"}}]
    orket.write(folder, "tool_parser_diagnostics.json", stages)
    turn = opened().turns[0]
    assert (turn.verdict, turn.asked) == (Verdict.NO_PROGRESS, "no tool call")
    assert turn.why == "no parseable tool calls"
    assert "checkpoint.json" in turn.missing


def test_a_model_that_never_answered_failed_as_its_report_says(orket, opened):
    folder = orket.folder("aaa", "iss-1", "001_lead_architect")
    orket.write(folder, "messages.json", [])
    orket.report("aaa", "ISS-1", "Unexpected error: connection reset", violation_type="governance")
    detail = opened()
    turn = detail.turns[0]
    assert (turn.verdict, turn.why) == (Verdict.FAILED, "Unexpected error: connection reset")
    assert turn.asked == "no answer"
    assert turn.at_from == "policy report"
    assert turn.ref.issue == "ISS-1"
    assert detail.issues[0].id_from == "policy report"


def test_calls_that_miss_the_progress_contract_are_no_progress(orket, opened):
    folder = orket.turn("aaa", "ISS-1", results=[])
    (folder / "checkpoint.json").unlink()
    orket.report("aaa", "ISS-1", "Deterministic failure: progress contract not met")
    assert opened().turns[0].verdict is Verdict.NO_PROGRESS


@pytest.mark.parametrize(
    ("files", "verdict", "why"),
    [
        ({}, Verdict.UNFINISHED, "no answer, and nothing says why: see its log"),
        ({"messages.json": "[]"}, Verdict.UNFINISHED, "no answer"),
        ({"checkpoint.json": '{"tool_calls": ['}, Verdict.UNREADABLE, "malformed"),
        ({"checkpoint.json": "[" * 100_000}, Verdict.UNREADABLE, "nested too deep"),
        ({"checkpoint.json": "[1]"}, Verdict.UNREADABLE, "not an object"),
        ({"checkpoint.json": '{"a": ' + "9" * 5000 + "}"}, Verdict.UNREADABLE, "malformed"),
        ({"checkpoint.json": "null"}, Verdict.UNREADABLE, "not an object"),
    ],
)
def test_half_written_turns_are_shown_for_what_they_are(orket, opened, files, verdict, why):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    for name, content in files.items():
        orket.write(folder, name, content)
    turn = opened().turns[0]
    assert turn.verdict is verdict
    assert why in turn.why


def test_a_call_without_a_result_is_unfinished_unless_its_run_is_at_work(orket, kept):
    orket.turn("aaa", "ISS-1", results=[])
    run = kept()
    turn = run.detail.turns[0]
    assert (turn.verdict, turn.why) == (
        Verdict.UNFINISHED,
        "update_issue_status has no result",
    )
    started = "2026-11-23T05:59:00+00:00"
    orket.run("aaa", "running", started_at=started, ended_at=None)
    turn = run.refresh().turns[0]
    assert turn.verdict is Verdict.RUNNING
    assert not turn.failed


def test_an_unreadable_result_is_named(orket, opened):
    folder = orket.turn("aaa", "ISS-1")
    result = next(folder.glob("tool_result_*"))
    result.write_text("{")
    turn = opened().turns[0]
    assert turn.verdict is Verdict.UNREADABLE
    assert result.name in turn.why


def test_fifos_folders_and_links_in_place_of_files_are_not_opened(orket, opened, target_of):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    os.mkfifo(folder / "checkpoint.json")
    (folder / "messages.json").mkdir()
    (folder / "model_response.txt").symlink_to("/etc/passwd")
    turn = opened().turns[0]
    assert turn.verdict is Verdict.UNREADABLE
    assert "not a regular file" in turn.why
    detail = open_turn(target_of(orket.root), turn)
    assert detail.messages.problem == "messages.json: unreadable, a folder"
    assert detail.response.problem == "model_response.txt: unreadable, a link: not followed"
    assert [file.note for file in detail.files] == [
        "not a regular file",
        "a folder",
        "a link: not followed",
    ]


def test_a_checkpoint_too_large_to_read_is_named(orket, opened):
    folder = orket.turn("aaa", "ISS-1")
    with (folder / "checkpoint.json").open("r+b") as file:
        file.truncate(200 << 20)
    turn = opened().turns[0]
    assert turn.verdict is Verdict.UNREADABLE
    assert "too large" in turn.why


def test_a_checkpoint_whose_ids_are_not_its_path_s_says_so(orket, opened):
    orket.turn("aaa", "ISS-1", turn_index=7, run_id="zzz")
    turn = opened().turns[0]
    assert turn.ref == TurnRef("aaa", "ISS-1", 1, "lead_architect")
    assert turn.note == "its checkpoint says session zzz, turn 7"


def test_a_checkpoint_of_another_issue_does_not_name_this_one(orket, opened):
    folder = orket.folder("aaa", "iss-1", "001_lead")
    orket.write(folder, "checkpoint.json", {"issue_id": "OTHER", "tool_calls": []})
    detail = opened()
    assert detail.issues[0].issue == "iss-1"
    assert detail.issues[0].id_from == "folder"
    assert detail.turns[0].note == "its checkpoint says issue OTHER"


def test_issues_join_rows_and_folders(orket, opened):
    orket.run("aaa", build_id="b1")
    orket.issue("ISS-1", "b1", "blocked", retry_count=2)
    orket.issue("My Issue", "b1")
    orket.issue("ISS-9", "b1", "canceled", session_id="later")
    orket.issue("ISS-X", "other")
    orket.turn("aaa", "ISS-1")
    orket.folder("aaa", "my_issue", "001_lead")
    orket.folder("aaa", "iss-5", "003_lead")
    orket.folder("aaa", "runtime_contracts", "001_lead")
    issues = {issue.issue: issue for issue in opened().issues}
    assert list(issues) == ["ISS-1", "ISS-9", "My Issue", "iss-5"]
    assert (issues["ISS-1"].id_from, issues["ISS-1"].status) == ("checkpoint", "blocked")
    assert (issues["My Issue"].id_from, issues["My Issue"].folder) == ("issues table", "my_issue")
    assert issues["ISS-9"].note == "its row is of run later now; no turn"
    assert issues["iss-5"].note == "not in the issues table"


def test_what_is_no_turn_folder_is_named(orket, opened):
    orket.turn("aaa", "ISS-1")
    orket.folder("aaa", "iss-1", "notes\x1b")
    (orket.workspace / "observability" / "aaa" / "loop").symlink_to(".")
    problems = opened().problems
    assert any("iss-1/notes␛ is no turn folder" in problem for problem in problems)
    assert any("aaa/loop is a link: not followed" in problem for problem in problems)


def test_a_folder_that_may_not_be_listed_is_named(orket, opened):
    if os.geteuid() == 0:
        pytest.skip("root may list every folder")
    folder = orket.turn("aaa", "ISS-1")
    folder.chmod(0)
    try:
        turn = opened().turns[0]
    finally:
        folder.chmod(0o755)
    assert "can't be listed" in turn.why


def test_unchanged_turns_are_taken_over_and_changed_ones_read_again(orket, kept):
    orket.turn("aaa", "ISS-1")
    changing = orket.turn("aaa", "ISS-2")
    run = kept()
    first = run.detail.turns
    orket.write(changing, "model_response_raw.json", {"total_tokens": 99_999})
    second = run.reread().turns
    assert second[0] is first[0]
    assert second[1] is not first[1]
    assert second[1].tokens == 99_999


def test_a_turn_folder_that_grows_shows_as_a_gap_and_then_fills(orket, kept):
    folder = orket.folder("aaa", "iss-1", "001_lead_architect")
    orket.write(folder, "messages.json", [])
    orket.run("aaa", "running", started_at="2026-11-23T05:59:59+00:00", ended_at=None)
    run = kept()
    turns = run.detail.turns
    assert (turns[0].verdict, turns[0].asked) == (Verdict.RUNNING, "the model is asked")
    assert gaps(turns[0]).startswith("missing checkpoint.json")
    orket.turn("aaa", "ISS-1")
    turn = run.refresh().turns[0]
    assert (turn.verdict, gaps(turn), turn.ref.issue) == (Verdict.OK, "", "ISS-1")


def test_a_session_nobody_knows_is_an_error_with_the_nearest(orket, opened):
    orket.run("abc1")
    with pytest.raises(ConsoleError, match="there is abc1") as error:
        opened("abc2")
    assert error.value.exit_code is ExitCode.WRONG


def test_traces_elsewhere_are_told_as_a_note(orket, opened):
    orket.run("aaa", artifact_json=json.dumps({"observability_root": "/srv/x\x1b/aaa"}))
    detail = opened()
    assert detail.notes == ("no traces in this installation; the ledger names /srv/x␛/aaa",)
    assert detail.problems == ()
