"""Every line is a record, whatever it holds, and says in one safe line what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import Line
from orket_console.base.refs import TurnRef
from orket_console.base.severity import ENDINGS, NAMES, Severity
from orket_console.base.text import clean
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source
from orket_console.logs.summaries import WIDEST

RecordOf = Callable[..., Record]
SOURCE = Source("/srv/orket/orket.log", "root/orket.log")


def record(raw: bytes) -> Record:
    return read_record(Line(raw, 0, len(raw)), SOURCE)


@pytest.mark.parametrize(
    ("event", "data", "severity"),
    [
        ("turn_failed", {}, Severity.ERROR),
        ("turn_non_progress", {}, Severity.WARN),
        ("turn_complete", {}, Severity.INFO),
        ("orchestrator_tick", {}, Severity.DEBUG),
        ("webhook", {"level": "error", "message": "Invalid webhook signature"}, Severity.ERROR),
        ("webhook", {"level": "info"}, Severity.INFO),
        ("turn_failed", {"level": "warning"}, Severity.WARN),
        ("turn_failed", {"level": "no level"}, Severity.ERROR),
        ("session_end", {"status": "done"}, Severity.INFO),
        ("session_end", {"status": "failed"}, Severity.ERROR),
        ("session_end", {"status": "terminal_failure"}, Severity.ERROR),
        ("session_end", {"status": "incomplete"}, Severity.WARN),
        ("tool_call_result", {"ok": True, "error": None}, Severity.INFO),
        ("tool_call_result", {"ok": False}, Severity.WARN),
        ("runtime_verifier_completed", {"ok": False}, Severity.WARN),
        ("never_heard_of", {}, Severity.INFO),
        ("never_heard_of", {"error": "x"}, Severity.WARN),
        ("never_heard_of", {"traceback": "x"}, Severity.ERROR),
        ("never_heard_of_failed", {}, Severity.ERROR),
        ("api_auth_rejected", {}, Severity.WARN),
        ("sandbox_deploy_failed", {}, Severity.WARN),
        ("driver_config_dependency_failed", {}, Severity.WARN),
    ],
)
def test_severity(
    record_of: RecordOf, event: str, data: dict[str, Any], severity: Severity
) -> None:
    assert record_of(event, **data).severity is severity


@pytest.mark.parametrize(
    ("level", "severity"),
    [("info", Severity.ERROR), ("warning", Severity.WARN), ("error", Severity.ERROR)],
)
def test_the_level_of_the_line_counts_where_it_is_not_info(level: str, severity: Severity) -> None:
    line = {"event": "turn_failed", "level": level, "data": {}}
    assert record(json.dumps(line).encode()).severity is severity


def test_no_name_of_the_table_is_decided_by_an_ending_in_another_way() -> None:
    same = [n for n in NAMES for e in ENDINGS if n.endswith(e) and NAMES[n] is ENDINGS[e]]
    needless = [n for n in same if len([e for e in ENDINGS if n.endswith(e)]) == 1]
    assert set(needless) <= {
        "turn_retry_exhausted",
        "turn_failed",
        "guard_terminal_failure",
        "session_terminal_failure",
        "team_replan_terminal_failure",
        "orchestrator_stalled",
    }


TURN = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}


@pytest.mark.parametrize(
    ("event", "data", "what"),
    [
        (
            "turn_failed",
            {**TURN, "type": "RuntimeError", "error": "closed"},
            "RuntimeError ISS-02-0 #1: closed",
        ),
        ("turn_failed", {**TURN, "type": "TimeoutError", "error": ""}, "TimeoutError ISS-02-0 #1"),
        (
            "turn_failed",
            {"type": "E", "error": "", "traceback": "Traceback\n  File x\nE: at last\n"},
            "E: E: at last",
        ),
        (
            "turn_complete",
            {**TURN, "tool_calls": 1, "tokens": {"total_tokens": 50}, "duration_ms": 18},
            "ISS-02-0 #1: 1 tool call, 50 tokens, in 18 ms",
        ),
        (
            "tool_call_start",
            {**TURN, "tool": "write_file", "args": {"path": "a.py", "content": "x"}},
            "ISS-02-0 #1 write_file a.py",
        ),
        (
            "tool_call_blocked",
            {**TURN, "tool": "update_issue_status", "args": {"status": "done"}, "reason": "no"},
            "ISS-02-0 #1 update_issue_status done: no",
        ),
        (
            "session_terminal_failure",
            {"run_id": "6cea0e38", "issues": [{"id": "A", "status": "blocked"}] * 3},
            "6cea0e38: 3 issues blocked",
        ),
        ("webhook", {"message": "Invalid webhook signature"}, "401: invalid signature"),
        ("webhook", {"message": "Webhook handler error: 'head'"}, "500: 'head'"),
        (
            "webhook",
            {"message": "Failed to parse or validate webhook payload: bad"},
            "400: bad",
        ),
        (
            "webhook",
            {"message": "Received Gitea webhook: push", "repo": "acme/shop", "pr_number": 7},
            "Received Gitea webhook: push acme/shop#7",
        ),
        (
            "pr_review",
            {"pr": "acme/shop/#9", "reviewer": "guard", "state": "approved"},
            "acme/shop#9 approved by guard",
        ),
        (
            "retry_triggered",
            {"issue_id": "ISS-1", "retry_count": 1, "max_retries": 3, "error": "x"},
            "ISS-1 retry 1 of 3: x",
        ),
        ("never_heard_of", {"message": "hello", "shape": "round"}, "hello · shape round"),
        ("never_heard_of", {"run_id": "6cea0e38"}, "6cea0e38"),
        ("never_heard_of", {}, ""),
    ],
)
def test_what_happened(record_of: RecordOf, event: str, data: dict[str, Any], what: str) -> None:
    assert record_of(event, **data).what == what


def test_a_record_leads_to_its_turn_and_session(record_of: RecordOf) -> None:
    found = record_of("turn_failed", **TURN)
    assert found.turn_ref == TurnRef("34a2b001", "ISS-02-0", 1)
    assert str(found.session_ref) == "run 34a2b001"
    assert record_of("turn_failed").turn_ref is None
    assert record_of("session_start").session_ref is None


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "malformed"),
        (b"[1, 2]", "JSON list"),
        (b'"text"', "JSON str"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"\xff\xfe\x00{}", "utf-8"),
        pytest.param(b"[" * 100_000, "malformed", id="deep"),
        pytest.param(b'{"a": ' + b"9" * 5_000 + b"}", "malformed", id="digits"),
        (b'{"a": "\x00"}', "control character"),
        (b'{"a": "\\q"}', "escape"),
    ],
)
def test_what_is_no_event_is_malformed_and_keeps_its_text(raw: bytes, problem: str) -> None:
    found = record(raw)
    assert found.problem
    assert problem.lower() in found.problem.lower() or problem == "malformed"
    assert (found.severity, found.at, found.raw) == (Severity.WARN, None, raw)
    assert found.event == "malformed"
    assert found.what


@pytest.mark.parametrize("raw", [b'{"event": "x", "data": {"n": NaN}}', b'{"event": "\\ud83d"}'])
def test_what_python_reads_is_an_event(raw: bytes) -> None:
    found = record(raw)
    assert found.problem == ""
    json.dumps(found.content(), ensure_ascii=False).encode()


def test_a_line_past_the_cap_says_how_much_is_kept() -> None:
    found = read_record(Line(b'{"event": "x', 0, 50 << 20), SOURCE)
    assert found.problem == "line of 52 MB, first 12 B kept"
    assert isinstance(found.content(), str)


def test_controls_directions_and_markup_are_shown_as_they_are(record_of: RecordOf) -> None:
    hostile = "\x1b]52;c;x\x07[/bold]\u202e\x9b2J\ud83d"
    found = record_of(
        json.dumps({"event": hostile, "role": hostile, "data": {"error": hostile}}).encode()
    )
    for text in (found.event, found.role, found.what, str(found.content())):
        assert "\x1b" not in text
        assert "\x9b" not in text
        assert "\u202e" not in text
        text.encode()
    assert "[/bold]" in found.what


def test_a_runtime_event_without_its_wrapping_is_read_too() -> None:
    found = record(
        b'{"schema_version": "v1", "event": "turn_start", "role": "coder", '
        b'"session_id": "e6e7e39c", "issue_id": "ISS-00-0", "turn_index": 1}'
    )
    assert (found.session, found.issue, found.turn) == ("e6e7e39c", "ISS-00-0", 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    ["tool", "args", "error", "type", "issues", "updates", "decision", "tokens", "pr", "payload",
     "review_payload", "guard_contract", "message", "duration_ms", "turn_index", "session_id",
     "traceback", "details", "status", "run_id", "provided_key_present", "tool_calls"]
)  # fmt: skip
EVENTS = st.sampled_from([*NAMES, "turn_start", "tool_call_start", "webhook", "pr_opened", "x"])


@given(EVENTS, st.dictionaries(FIELDS, JSON, max_size=8))
def test_no_content_of_any_event_breaks_its_record(event: str, data: dict[str, Any]) -> None:
    found = record(json.dumps({"event": event, "data": data}).encode())
    assert found.problem == ""
    assert "\n" not in found.what
    assert len(found.what) <= WIDEST
    assert clean(found.what) == found.what


@given(st.binary(max_size=300))
def test_no_bytes_break_a_record(raw: bytes) -> None:
    found = record(raw)
    assert clean(found.what) == found.what
    found.content()
