from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from orket_console.base.clock import FixedClock
from orket_console.runs.detail import open_run
from orket_console.runs.turn import open_turn

CLOCK = FixedClock(datetime(2026, 11, 23, 6, tzinfo=UTC))


@pytest.fixture
def turn_of(orket, target_of):
    """The first turn of a session, opened."""

    def opened(session="aaa"):
        target = target_of(orket.root)
        return open_turn(target, open_run(target, CLOCK, session).turns[0])

    return opened


def test_every_part_of_a_whole_turn_is_there(orket, turn_of):
    orket.make_tables()
    orket.turn("aaa", "ISS-1")
    detail = turn_of()
    parts = (
        detail.checkpoint,
        detail.messages,
        detail.response,
        detail.raw_response,
        detail.parsed,
        detail.layers,
        detail.diagnostics,
    )
    assert [part.problem for part in parts] == [""] * 7
    assert detail.messages.value == [{"role": "system", "content": "be brief"}]
    assert [(call.tool, call.outcome) for call in detail.calls] == [("update_issue_status", "ok")]
    assert len(detail.files) == 8
    assert detail.problems == ()


def test_missing_and_malformed_parts_are_named_apart(orket, turn_of):
    orket.make_tables()
    folder = orket.turn("aaa", "ISS-1")
    (folder / "messages.json").unlink()
    (folder / "prompt_layers.json").write_bytes(b"\xff\xfe{")
    (folder / "model_response.txt").write_bytes(b"caf\xe9\r\n\x1b]0;pwned\x07")
    detail = turn_of()
    assert detail.messages.problem == "messages.json: missing"
    assert detail.layers.problem.startswith("prompt_layers.json: malformed, ")
    assert detail.response.value == "caf\ufffd\n␛]0;pwned␇"


def test_text_in_json_is_made_safe_keys_too(orket, turn_of):
    orket.turn("aaa", "ISS-1")
    folder = orket.folder("aaa", "iss-1", "001_lead_architect")
    (folder / "messages.json").write_text(
        '[{"role": "user", "content": "\\u001b[31m \\ud83d \\u202e", "\\u009b": 1}]'
    )
    message = turn_of().messages.value[0]
    assert message == {"role": "user", "content": "␛[31m � ‹U+202E›", "\\x9b": 1}


def test_results_find_their_calls_by_the_hash_of_the_arguments(orket, turn_of):
    calls = [
        {"tool": "write_file", "args": {"path": "b", "content": "ü"}},
        {"tool": "write_file", "args": {"path": "a", "content": ""}},
    ]
    folder = orket.turn("aaa", "ISS-1", calls=calls, results=[])
    for call in reversed(calls):
        text = json.dumps(call, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        result = {"ok": True, "path": call["args"]["path"]}
        orket.write(folder, f"tool_result_write_file_{digest}.json", result)
    detail = turn_of()
    assert [call.result["path"] for call in detail.calls] == ["b", "a"]
    assert detail.results_left == ()


def test_operations_tell_which_result_is_whose(orket, turn_of):
    calls = [{"tool": "read_file", "args": {"path": name}} for name in "ab"]
    folder = orket.turn("aaa", "ISS-1", calls=calls, results=[{"ok": True}, {"ok": True}])
    (folder / "operations").mkdir()
    for number, call in enumerate(calls):
        failed = {"ok": number == 0, "error": "gone"}
        orket.write(folder / "operations", f"{number}.json", call | {"result": failed})
    outcomes = [(call.outcome, call.error) for call in turn_of().calls]
    assert outcomes == [("ok", ""), ("failed", "gone")]


def test_two_calls_alike_share_their_result(orket, turn_of):
    call = {"tool": "read_file", "args": {"path": "a"}}
    orket.turn("aaa", "ISS-1", calls=[call, call], results=[{"ok": True}])
    assert [c.outcome for c in turn_of().calls] == ["ok", "ok"]


def test_a_result_that_no_call_owns_is_shown(orket, turn_of):
    folder = orket.turn("aaa", "ISS-1")
    orket.write(folder, "tool_result_other_0123456789ab.json", {"ok": True})
    left = turn_of().results_left
    assert [artifact.name for artifact in left] == ["tool_result_other_0123456789ab.json"]


@pytest.mark.parametrize("calls", ["x", 7, None, {"tool": 1}, [1, "x", {"tool": 3}, {}, None]])
def test_calls_of_another_shape_are_shown_and_crash_nothing(orket, turn_of, calls):
    folder = orket.turn("aaa", "ISS-1", calls=[])
    record = {"issue_id": "ISS-1", "tool_calls": calls, "state_delta": 5, "role": 4}
    orket.write(folder, "checkpoint.json", record)
    detail = turn_of()
    assert len(detail.calls) == (len(calls) if isinstance(calls, list) else 0)


def test_memory_traces_and_later_artifacts_are_among_the_others(orket, turn_of):
    folder = orket.turn("aaa", "ISS-1")
    orket.write(folder, "memory_trace.json", {"events": []})
    orket.write(folder, "control_plane_checkpoint_snapshot_6d.json", "{")
    orket.write(folder, "notes.txt", "x")
    others = {artifact.name: artifact for artifact in turn_of().others}
    assert sorted(others) == [
        "control_plane_checkpoint_snapshot_6d.json",
        "memory_trace.json",
        "notes.txt",
    ]
    assert others["memory_trace.json"].value == {"events": []}
    assert "malformed" in others["control_plane_checkpoint_snapshot_6d.json"].problem


def test_a_turn_has_its_report_its_guard_and_what_became_of_the_card(orket, turn_of):
    answer = '{"rationale": "thin", "violations": ["a"], "remediation_actions": ["b", 3]}'
    orket.turn("aaa", "ISS-1", results=[], response=answer)
    orket.report("aaa", "ISS-1", "no", remedy_suggestion="ask")
    mine = 'Set Status to \'blocked\' meta={"run_id": "aaa"}'
    for action in (mine, mine.replace("aaa", "zzz"), "Set Status to 'x'"):
        orket.insert("card_transactions", card_id="ISS-1", role="system", action=action)
    detail = turn_of()
    assert detail.report is not None
    assert (detail.report.detail, detail.report.remedy) == ("no", "ask")
    assert detail.decision is not None
    assert detail.decision.remedies == ("b", "3")
    assert [move.action for move in detail.moves] == [mine, "Set Status to 'x'"]


def test_a_turn_that_vanished_since_is_named(orket, target_of):
    orket.make_tables()
    folder = orket.turn("aaa", "ISS-1")
    target = target_of(orket.root)
    turn = open_run(target, CLOCK, "aaa").turns[0]
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    detail = open_turn(target, turn)
    assert detail.checkpoint.problem == "checkpoint.json: missing"
    assert "can't be listed" in detail.problems[0]
