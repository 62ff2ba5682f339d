"""What happened, in one line, for the events that both versions of Orket write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.events import Event, decode_event
from orket_console.base.text import clean
from orket_console.logs.summaries import KINDS, WIDEST, summary

TURN = {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1}


def event_of(name: str, data: object) -> Event:
    line = {"timestamp": "2026-11-23T05:17:37+00:00", "role": "system", "event": name, "data": data}
    event = decode_event(json.dumps(line).encode())
    assert isinstance(event, Event)
    return event


def said(name: str, **data: Any) -> str:
    return summary(event_of(name, data))


REAL: list[tuple[str, dict[str, Any], str]] = [
    (
        "turn_failed",
        {**TURN, "type": "tool_violation", "error": "Tool validation failed: ['in_progress']"},
        "tool_violation ISS-02-0 #1: Tool validation failed: ['in_progress']",
    ),
    (
        "turn_retry_exhausted",
        {**TURN, "retry_count": 2, "max_retries": 2, "error_type": "ModelTimeoutError"},
        "ISS-02-0 #1 retry 2 of 2: ModelTimeoutError",
    ),
    (
        "tool_recovery_partial",
        {
            **TURN,
            "recovered_count": 0,
            "skipped_tools": [{"tool": "write_file", "reason": "missing_path_or_content"}],
            "result": "blocked",
        },
        "ISS-02-0 #1: 0 calls recovered, skipped write_file: missing_path_or_content, blocked",
    ),
    (
        "tool_call_blocked",
        {**TURN, "tool": "update_issue_status", "args": {"status": "done"}, "reason": "no"},
        "ISS-02-0 #1 update_issue_status done: no",
    ),
    (
        "guard_retry_scheduled",
        {
            "issue_id": "ISS-00-0",
            "retry_count": 1,
            "max_retries": 3,
            "reason": "runtime_verification_failed: command failed",
            "guard_contract": {"violations": [{"message": "no main.py"}]},
        },
        "ISS-00-0 retry 1 of 3: runtime_verification_failed: command failed: no main.py",
    ),
    ("guard_approved", {"issue_id": "ISS-20-0", "seat": "reviewer"}, "ISS-20-0: by reviewer"),
    (
        "team_selection_decision",
        {
            "epic": "Epic approve",
            "active": True,
            "builder_role": "architect",
            "builder_seat": "lead",
            "reviewer_seat": "reviewer_seat",
            "issue_count": 3,
        },
        "Epic approve: architect as lead, reviewed by reviewer_seat, 3 issues",
    ),
    (
        "scaffolder_completed",
        {"epic": "Epic reject", "created_directories": 0, "created_files": 1},
        "Epic reject: 0 folders, 1 file",
    ),
    ("orchestrator_tick", {"iteration": 1, "candidate_count": 1}, "iteration 1: 1 candidate"),
    (
        "driver_prompting_mode",
        {"mode": "fallback", "degraded": True, "load_failures": [{}, {}]},
        "mode fallback: degraded, 2 assets not loaded",
    ),
    (
        "policy_violation_report_saved",
        {"card_id": "ISS-02-0", "path": "/srv/orket/workspace/policy_violation_ISS-02-0.json"},
        "ISS-02-0: policy_violation_ISS-02-0.json",
    ),
    (
        "sandbox_deploy_failed",
        {"rock_id": "incident_00", "error": "No such file or directory: 'docker-compose'"},
        "incident_00: No such file or directory: 'docker-compose'",
    ),
    (
        "sandbox_deployment_skipped",
        {"repo": "acme/shop", "pr": 11, "reason": "not yet"},
        "acme/shop#11: not yet",
    ),
    (
        "pr_review",
        {"pr": "acme/shop/#7", "reviewer": "guard", "state": "commented"},
        "acme/shop#7 commented by guard",
    ),
    ("webhook", {"message": "Missing webhook signature"}, "401: missing signature"),
    ("webhook", {"message": "Webhook handler error: 'head'"}, "500: 'head'"),
    (
        "webhook_run_card_error",
        {"issue_id": "ISSUE-WH1", "error": "Orchestration Turn Failed"},
        "ISSUE-WH1: Orchestration Turn Failed",
    ),
    (
        "api_security_posture",
        {"api_key_configured": False, "insecure_no_api_key_bypass": True},
        "API key not set, open without a key",
    ),
    (
        "api_run_active",
        {"asset_id": "ISSUE-1", "method_name": "run_card", "session_id": "SESS1234"},
        "ISSUE-1: run_card, session SESS1234",
    ),
    (
        "success_recorded",
        {"run_id": "840ee154", "type": "EPIC_COMPLETED"},
        "840ee154: EPIC_COMPLETED",
    ),
]


@pytest.mark.parametrize(("name", "data", "expected"), REAL)
def test_an_event_says_what_happened(name: str, data: dict[str, Any], expected: str) -> None:
    assert said(name, **data) == expected


def test_a_part_whose_field_is_missing_is_left_out() -> None:
    assert said("sandbox_create", sandbox_id="s-1", ports={"api": 8001}) == (
        "s-1: ports {api: 8001}"
    )
    assert said("orchestrator_dispatch", seat="coder", status="ready") == "coder: ready"


def test_an_unknown_event_gets_the_general_form() -> None:
    data = {**TURN, "reason": "why not", "colour": "red", "nothing": None}
    assert said("never_heard_of", **data) == "ISS-02-0 #1: why not · colour red"
    assert said("never_heard_of", run_id="840ee154") == "840ee154"


def test_a_known_event_without_its_fields_gets_the_general_form() -> None:
    assert said("sandbox_create", colour="red") == "colour red"


def test_a_number_of_too_many_digits_is_told() -> None:
    big = 10**5000
    event = Event(None, "system", "scaffolder_completed", "info", {"created_files": big}, {})
    assert summary(event) == "a number too long to write files"


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["violations", "tool", "reason", "message", "status"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
_keys = st.sampled_from([
    "issue_id", "turn_index", "session_id", "error", "type", "traceback", "reason", "seat",
    "review_payload", "payload", "guard_contract", "args", "tool", "result", "skipped_tools",
    "updates", "issues", "decision", "pr", "repo", "message", "path", "created_files", "tokens",
    "duration_ms", "ok", "provided_key_present", "epic", "open_issues", "load_failures",
])  # fmt: skip


@given(name=st.sampled_from(sorted(KINDS)), data=st.dictionaries(_keys, _values, max_size=6))
def test_whatever_the_data_holds_it_is_one_bounded_line(name: str, data: dict[str, Any]) -> None:
    line = summary(Event(None, "system", name, "info", data, {}))
    assert len(line) <= WIDEST
    assert clean(line) == line
    assert "\n" not in line
