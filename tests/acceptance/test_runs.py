"""Ten real runs of Orket 0.3.16, each as its database, its traces and its log have it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.jsontext import printed
from orket_console.runs.detail import open_run
from orket_console.runs.index import TurnIndex
from orket_console.runs.key import parse_key
from orket_console.runs.model import Verdict
from orket_console.runs.replay import replay_turn
from orket_console.runs.sessions import list_runs
from orket_console.runs.turn import open_turn
from orket_console.runs.words import outcome

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))
OK, BLOCKED, REFUSED = Verdict.OK, Verdict.BLOCKED, Verdict.REFUSED
FAILED, NO_PROGRESS = Verdict.FAILED, Verdict.NO_PROGRESS

RUNS = {
    "ef87de5c": ("Epic approve", "done", [OK] * 6),
    "01c092d6": ("Epic approve", "done", [OK] * 6),
    "7a375982": ("Epic markup", "done", [OK] * 6),
    "40ba6a36": ("Epic timeout", "failed ExecutionFailed", [FAILED] * 3),
    "e1fb8f97": ("Epic badjson", "failed ExecutionFailed", [NO_PROGRESS] * 3),
    "acc6fa78": ("Epic crash", "failed ExecutionFailed", [OK, OK, FAILED]),
    "ca9dc647": ("Epic noprogress", "failed ExecutionFailed", [NO_PROGRESS] * 3),
    "34a2b001": ("Epic block", "failed GovernanceViolation", [REFUSED] * 3),
    "6cea0e38": ("Epic reject", "terminal_failure, 3 issues blocked", [OK] * 3 + [BLOCKED] * 3),
    "e6e7e39c": ("Epic approve", "done", [OK] * 6),
}


def test_ten_runs_newest_first_with_their_statuses(installation, target_of):
    page = list_runs(target_of(installation), CLOCK)
    assert [run.session for run in page.runs] == list(RUNS)
    for run in page.runs:
        name, words, turns = RUNS[run.session]
        assert (run.name, outcome(run), run.turns) == (name, words, len(turns))
        assert run.issues == 3
        assert run.sources == ("run_ledger", "sessions", "traces", "log")
    assert (page.more, page.problems) == (False, ())


@pytest.mark.parametrize("session", RUNS)
def test_each_run_opens_with_its_issues_and_turns(installation, target_of, session):
    detail = open_run(target_of(installation), CLOCK, session)
    assert [turn.verdict for turn in detail.turns] == RUNS[session][2]
    assert len(detail.issues) == 3
    assert all(issue.issue.startswith("ISS-") for issue in detail.issues)
    assert all(turn.ref.issue.startswith("ISS-") for turn in detail.turns)
    assert {turn.at_from for turn in detail.turns} <= {"checkpoint", "policy report"}
    assert (detail.notes, detail.problems) == ((), ())


def test_every_turn_opens_and_no_part_is_unreadable(installation, target_of):
    target = target_of(installation)
    turns = [turn for session in RUNS for turn in open_run(target, CLOCK, session).turns]
    assert len(turns) == 45
    assert TurnIndex(target).refresh() == 45
    for turn in turns:
        detail = open_turn(target, turn)
        parts = (detail.checkpoint, detail.messages, detail.response, detail.raw_response)
        parts += (detail.parsed, detail.layers, detail.diagnostics)
        wrong = [part.problem for part in parts if part.problem]
        assert sorted(wrong) == sorted(f"{name}: missing" for name in turn.missing)
        assert detail.messages.there
        assert detail.results_left == ()
        assert detail.problems == ()


def test_why_turns_failed_is_what_the_reports_and_the_log_say(installation, target_of):
    target = target_of(installation)
    whys = {s: open_run(target, CLOCK, s).turns[-1].why for s in RUNS}
    assert whys["34a2b001"] == "Invalid transition for CardType.ISSUE: in_progress -> done"
    assert whys["acc6fa78"].endswith("[Errno 104] Connection reset by peer")
    assert whys["40ba6a36"] == "unexpected error without a message: see its log"
    assert whys["6cea0e38"] == "Insufficient acceptance criteria coverage."
    assert "progress contract not met" in whys["ca9dc647"]


def test_the_card_of_a_refused_turn_went_to_blocked(installation, target_of):
    target = target_of(installation)
    turn = open_run(target, CLOCK, "34a2b001").turns[0]
    moves = [move.action for move in open_turn(target, turn).moves]
    assert [action.partition(" reason=")[0] for action in moves] == [
        "Set Status to 'in_progress' (from 'ready')",
        "Set Status to 'blocked' (from 'in_progress')",
    ]


@pytest.mark.parametrize("key", ["34a2b001:iss-02-0:1", "34a2b001:ISS-02-0:1"])
def test_replay_is_what_the_upstream_command_printed(samples, installation, target_of, key):
    said = (samples / "orket-0.3.16-cli" / "replay_ok.txt").read_text("utf-8")
    upstream = json.loads(said.split("# ---- stdout\n")[1].split("# ---- stderr")[0])
    ours = json.loads(printed(replay_turn(target_of(installation), parse_key(key)).document))
    assert list(ours) == list(upstream)
    theirs, mine = upstream.pop("turn_dir"), ours.pop("turn_dir")
    assert Path(mine).parts[-3:] == Path(theirs).parts[-3:]
    assert ours == upstream


def test_every_turn_replays_safely(installation, target_of):
    target = target_of(installation)
    index = TurnIndex(target)
    index.refresh()
    for choice in index.newest(100):
        text = printed(replay_turn(target, choice.ref).document)
        assert json.loads(text)["turn_dir"]
        assert "\x1b" not in text


@pytest.mark.parametrize("harm", ["database", "traces", "both", "workspace"])
def test_with_a_source_gone_the_other_is_shown(installation, target_of, harm):
    if harm in ("database", "both"):
        (installation / ".orket/durable/db/orket_persistence.db").unlink()
    if harm in ("traces", "both"):
        shutil.rmtree(installation / "workspace/default/observability")
    if harm == "workspace":
        shutil.rmtree(installation / "workspace")
    page = list_runs(target_of(installation), CLOCK)
    assert len(page.runs) == 10
    assert bool(page.problems) == (harm in ("database", "both"))
    if harm == "database":
        assert {run.seen for run in page.runs} == {"orphan: traces without a ledger row"}
    sources = {run.sources for run in page.runs}
    if harm == "traces":
        assert sources == {("run_ledger", "sessions", "log")}
    if harm == "workspace":
        assert sources == {("run_ledger", "sessions")}
    if harm == "both":
        assert sources == {("log",)}
        assert all(run.seen.startswith("only in the log: ") for run in page.runs)
