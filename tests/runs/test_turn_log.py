"""The log lines of one turn: by their ids, near their time, however long the log is."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.state import State
from orket_console.runs import turn_log
from orket_console.runs.detail import open_run
from orket_console.runs.turn_log import read_turn_log

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
AT = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC)


def line(event, seconds=0.0, **data):
    at = (AT + timedelta(seconds=seconds)).isoformat()
    ids = {"session_id": "aaa", "issue_id": "ISS-1"}
    return json.dumps({"timestamp": at, "role": "r", "event": event, "data": ids | data}) + "\n"


@pytest.fixture
def said(orket, target_of):
    """What the log says of a turn of session aaa."""

    def read(text, number=0, name="workspace/default/orket.log"):
        path = orket.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        target = target_of(orket.root)
        return read_turn_log(target, open_run(target, CLOCK, "aaa").turns[number])

    return read


def events(log):
    return [each.event for each in log.lines]


def test_lines_of_other_turns_issues_and_sessions_are_left_out(orket, said):
    orket.turn("aaa", "ISS-1")
    log = said(
        line("before")
        + line("turn_start", turn_index=1)
        + line("other_issue", issue_id="ISS-2", turn_index=1)
        + line("other_session", session_id="bbb", turn_index=1)
        + "no JSON aaa ISS-1\n"
        + line("guard_approved", 1, run_id="aaa", session_id="")
        + line("policy_violation_report_saved", 1, issue_id="", card_id="ISS-1")
        + line("turn_failed", 2.5, turn_index=1, error="it broke")
        + line("turn_start", 3, turn_index=2)
        + line("later", 3)
    )
    assert events(log) == [
        "turn_start",
        "guard_approved",
        "policy_violation_report_saved",
        "turn_failed",
    ]
    assert log.seconds == 2.5
    assert (log.lines[-1].text, log.lines[-1].state) == ("error it broke", State.FAILING)
    assert log.searched[0].endswith("of workspace/default/orket.log")


def test_two_roles_of_one_number_are_told_apart(orket, said):
    orket.turn("aaa", "ISS-1", 1, "coder")
    log = said(
        line("turn_start", turn_index=1, role="guard")
        + line("turn_start", turn_index=1, role="coder")
        + line("turn_complete", 1, turn_index=1, role="guard")
    )
    assert events(log) == ["turn_start"]
    assert log.seconds is None


def test_the_offset_leads_to_the_line(orket, said):
    orket.turn("aaa", "ISS-1")
    text = line("x", session_id="b") + line("turn_start", turn_index=1)
    found = said(text).lines[0]
    assert text[found.offset :].startswith('{"timestamp"')
    assert found.path == str(orket.workspace / "orket.log")


def test_in_a_long_log_only_what_is_near_the_turn_is_read(orket, said, monkeypatch):
    monkeypatch.setattr(turn_log, "_BEFORE", 20_000)
    monkeypatch.setattr(turn_log, "_AFTER", 20_000)
    monkeypatch.setattr(turn_log, "_PROBE", 2_000)
    orket.turn("aaa", "ISS-1", at=AT.isoformat())
    filler = [line("filler", n - 5000, session_id="zzz") for n in range(10_000)]
    filler.insert(5000, line("turn_start", -0.5, turn_index=1))
    filler.insert(100, line("far_away", turn_index=1))
    log = said("".join(filler))
    assert events(log) == ["turn_start"]
    assert log.searched == ("40 KB of workspace/default/orket.log",)


def test_hostile_lines_are_made_safe_and_huge_ones_are_passed_over(orket, said):
    orket.turn("aaa", "ISS-1")
    huge = line("huge", turn_index=1, text="x" * 300_000)
    log = said(huge + line("turn_start\x1b[2J", turn_index=1, error="\x9b\u202e"))
    assert events(log) == ["turn_start␛[2J"]
    assert log.lines[0].text == "error \\x9b‹U+202E›"


def test_a_log_that_can_not_be_read_is_named(orket, target_of):
    orket.turn("aaa", "ISS-1")
    os.mkfifo(orket.workspace / "orket.log")
    target = target_of(orket.root)
    log = read_turn_log(target, open_run(target, CLOCK, "aaa").turns[0])
    assert log.problems == ("workspace/default/orket.log: not a regular file",)
    assert log.lines == ()


def test_the_log_of_the_run_s_own_folder_is_read_too(orket, said):
    orket.turn("aaa", "ISS-1")
    log = said(line("turn_start", turn_index=1), name="workspace/runs/aaa/orket.log")
    assert events(log) == ["turn_start"]
    assert log.problems == ("workspace/default/orket.log: missing",)
