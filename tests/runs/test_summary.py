from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.runs import words
from orket_console.runs.detail import open_run
from orket_console.runs.sessions import list_runs
from orket_console.runs.summary import summarise
from orket_console.runs.turn import open_turn

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


@pytest.fixture
def points(orket, target_of):
    """The summary of the first turn of session aaa, by label."""

    def read():
        target = target_of(orket.root)
        detail = open_turn(target, open_run(target, CLOCK, "aaa").turns[0])
        return {point.label: point.text for point in summarise(detail)}

    return read


def move(orket, action, session="aaa"):
    orket.insert(
        "card_transactions",
        card_id="ISS-1",
        role="system",
        action=f'{action} meta={{"run_id": "{session}"}}',
    )


def test_a_refused_turn_in_a_few_lines(orket, points):
    done = [{"tool": "update_issue_status", "args": {"status": "done"}}]
    folder = orket.turn("aaa", "ISS-1", calls=done, results=[])
    raw = {"total_tokens": 40, "input_tokens": 30, "output_tokens": 10}
    orket.write(folder, "model_response_raw.json", raw)
    orket.report("aaa", "ISS-1", "no", remedy_suggestion="ask first")
    move(orket, "Set Status to 'in_progress' (from 'ready')")
    move(orket, "Set Status to 'blocked' (from 'in_progress')")
    move(orket, "Set Status to 'elsewhere' (from 'x')", "zzz")
    assert points() == {
        "asked": "update_issue_status done",
        "state": "in_progress → done was asked for; the card went ready → in_progress → blocked",
        "by": "state_transition · policy_violation_ISS-1.json · ask first",
        "model": "qwen · 40 tokens (30 in, 10 out)",
        "prompt": "e1712b46eb143959 · 1 message 43 B",
        "captured": "2026-11-23 05:17:37.485257 UTC, by its checkpoint",
        "turn": "ISS-1 #1 lead_architect of aaa",
    }


def test_a_turn_that_went_well_says_what_changed(orket, points):
    orket.turn("aaa", "ISS-1")
    assert points()["state"] == "in_progress → code_review"


def test_gaps_and_disagreements_are_named(orket, points):
    folder = orket.turn("aaa", "ISS-1", turn_index=9)
    (folder / "messages.json").unlink()
    found = points()
    assert found["gaps"] == "missing messages.json"
    assert found["note"] == "its checkpoint says turn 9"


def test_a_run_in_words(orket, target_of):
    orket.run("aaa", "failed", failure_class="X", ended_at="2026-11-23T05:19:37.4+00:00")
    orket.run("bbb", "running", started_at="2026-11-23T05:59:00+00:00", ended_at=None)
    runs = {run.session: run for run in list_runs(target_of(orket.root), CLOCK).runs}
    assert words.outcome(runs["aaa"]) == "failed X"
    assert words.took(runs["aaa"]) == "2m00s"
    assert words.title(runs["aaa"]) == "0 issues, ? turns, 2m00s"
    assert words.outcome(runs["bbb"]) == "running, no process of this root is seen"
    assert words.took(runs["bbb"]) == ""
