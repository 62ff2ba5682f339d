"""What can be asked of the ten real runs: what differs, who changed it, what a rerun meets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError
from orket_console.runs.changes import find_changes, parse_field
from orket_console.runs.compare.runs import compare_runs, find_divergence
from orket_console.runs.detail import open_run
from orket_console.runs.fields import fields_of
from orket_console.runs.preflight.judge import preflight
from orket_console.runs.turn import open_turn

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


def test_two_runs_of_one_epic_that_went_the_same_way_are_the_same(installation, target_of):
    target = target_of(installation)
    left, right = (open_run(target, CLOCK, session) for session in ("e6e7e39c", "ef87de5c"))
    assert compare_runs(target, left, right).summary == "all 6 turns are the same"


@pytest.mark.parametrize(
    ("session", "turn", "says"),
    [
        ("34a2b001", "ISS-02-0:1", "“update_issue_status done” instead of “write_file”"),
        ("6cea0e38", "ISS-01-1:4", "“update_issue_status blocked” instead of"),
        ("acc6fa78", "ISS-04-2:1", "“no tool call” instead of “write_file”"),
        ("40ba6a36", "ISS-06-", "no tool call"),
    ],
)
def test_a_failed_run_parts_from_the_good_one_at_the_turn_that_failed(
    installation, target_of, session, turn, says
):
    found = find_divergence(target_of(installation), CLOCK, session)
    assert found.left.session == "e6e7e39c"
    assert found.summary.startswith(f"{session}:{turn}")
    assert says in found.summary


def test_each_run_but_the_only_good_one_has_a_measure_or_says_why_not(installation, target_of):
    target = target_of(installation)
    assert find_divergence(target, CLOCK, "e6e7e39c").measure.startswith("the next good run")
    with pytest.raises(ConsoleError, match="no session"):
        find_divergence(target, CLOCK, "ffffffff")


def test_the_card_s_moves_lead_to_the_turns_that_made_them(installation, target_of):
    target = target_of(installation)
    detail = open_run(target, CLOCK, "6cea0e38")
    found = find_changes(target, detail, parse_field("status"), "iss-01-0")
    assert [(change.after, change.turn and change.turn.ref.role) for change in found] == [
        ("in_progress", "lead_architect"),
        ("code_review", "lead_architect"),
        ("awaiting_guard_review", "integrity_guard"),
        ("blocked", "integrity_guard"),
    ]


def test_every_value_of_every_turn_can_be_asked_about(installation, target_of):
    target = target_of(installation)
    for session in ("e6e7e39c", "34a2b001", "e1fb8f97"):
        detail = open_run(target, CLOCK, session)
        for turn in detail.turns:
            fields = fields_of(detail, open_turn(target, turn))
            assert len(fields) > 10
            field = fields[len(fields) // 2].field
            assert find_changes(target, detail, field, turn.ref.issue)


def test_a_refused_issue_would_be_refused_again(installation, target_of):
    found = preflight(target_of(installation), CLOCK, "34a2b001", "iss-02-0")
    assert found.verdict == "clear, but look at policy, last failure"
    assert "refused again: in_progress → done is not allowed" in found.lines[-1].says
