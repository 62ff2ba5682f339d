"""The shapes of lines, artifacts and tables are those of a real 0.3.16."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orket_console.demo.scenarios import SCENARIOS

LaidDown = Callable[..., Path]
RUNTIME_EVENT = (
    "schema_version", "event", "role", "session_id", "issue_id", "turn_index", "turn_trace_id",
    "selected_model", "prompt_id", "prompt_version", "prompt_checksum", "resolver_policy",
    "selection_policy", "guard_contract", "guard_decision", "terminal_reason", "duration_ms",
    "tokens",
)  # fmt: skip
DATA = {
    "session_start": "epic run_id build_id",
    "team_selection_decision": "run_id epic active variant builder_role builder_seat"
    " reviewer_seat issue_count issue_threshold",
    "scaffolder_completed": "run_id epic created_directories created_files",
    "orchestrator_hyper_loop_start": "epic run_id concurrency",
    "orchestrator_tick": "run_id candidate_count iteration",
    "model_selection_decision": "run_id issue_id role decision",
    "orchestrator_dispatch": "run_id seat issue_id status",
    "turn_start": "issue_id role session_id turn_index turn_trace_id prompt_hash message_count"
    " selected_model prompt_id prompt_version prompt_checksum resolver_policy selection_policy"
    " role_status dialect_status",
    "tool_parser_diagnostic": "issue_id role session_id turn_index stage details",
    "tool_call_start": "issue_id role session_id turn_index tool args",
    "tool_call_result": "issue_id role session_id turn_index tool ok error",
    "tool_call_blocked": "issue_id role session_id turn_index tool args reason",
    "turn_complete": "issue_id role tool_calls tokens session_id turn_index turn_trace_id"
    " duration_ms",
    "turn_corrective_reprompt": "issue_id role session_id turn_index turn_trace_id reason"
    " contract_reasons contract_violations rule_fix_hints",
    "turn_non_progress": "issue_id role session_id turn_index turn_trace_id reason"
    " contract_reasons contract_violations",
    "runtime_verifier_completed": "run_id issue_id ok checked_files errors failure_breakdown",
    "verification_started": "issue_id run_id",
    "guard_approved": "run_id issue_id seat review_payload",
    "guard_rejected": "run_id issue_id seat review_payload",
    "guard_review_payload": "run_id issue_id payload",
    "policy_violation_report_saved": "session_id card_id path",
    "retry_triggered": "run_id issue_id retry_count max_retries error",
    "session_terminal_failure": "run_id build_id issues",
    "orchestrator_epic_complete": "epic run_id",
    "success_recorded": "run_id type",
    "webhook_db": "message level",
    "pr_review": "pr reviewer state",
    "pr_opened": "pr repo action",
    "webhook_server": "message level",
    "api_security_posture": "api_key_configured insecure_no_api_key_bypass",
    "api_backlog": "session_id",
}
FAILED = "issue_id error type session_id turn_index turn_trace_id"
FAILED_WITH_TRACE = "issue_id error type traceback session_id turn_index turn_trace_id"
ARTIFACTS = {
    "checkpoint.json": "run_id issue_id turn_index role prompt_hash model tool_calls state_delta"
    " prompt_metadata captured_at",
    "prompt_layers.json": "role_base dialect_adapter guards context_profile",
    "model_response_raw.json": "model total_tokens input_tokens output_tokens",
    "messages.json": "role content",
    "parsed_tool_calls.json": "tool args",
    "tool_parser_diagnostics.json": "stage data",
}
VIOLATION = (
    "timestamp session_id card_id violation_type detail attempted_action remedy_suggestion"
    " active_roles"
)
COMPLETE = {
    "checkpoint.json", "messages.json", "model_response.txt", "model_response_raw.json",
    "parsed_tool_calls.json", "prompt_layers.json", "tool_parser_diagnostics.json",
}  # fmt: skip
TABLES = {
    "orket_persistence.db": {
        "sessions": "id type name department status task_input transcript start_time end_time",
        "issues": "id session_id build_id seat summary type priority sprint status assignee note"
        " resolution credits_spent retry_count max_retries verification_json metrics_json"
        " depends_on_json created_at",
        "comments": "id issue_id author content created_at",
        "card_transactions": "id card_id role action timestamp",
        "run_ledger": "session_id run_type run_name department build_id status failure_class"
        " failure_reason summary_json artifact_json started_at ended_at updated_at",
        "session_snapshots": "session_id config_json log_history captured_at",
        "success_ledger": "session_id success_type artifact_ref human_ack timestamp",
        "_schema_migrations": "id applied_at",
    },
    "webhook.db": {
        "pr_review_cycles": "id pr_key repo_full_name pr_number cycle_count status created_at"
        " updated_at",
        "review_failures": "id pr_key cycle_number reviewer reason created_at",
        "webhook_events": "id event_type pr_key payload result created_at",
        "bug_fix_phases": "rock_id data_json status updated_at",
        "_schema_migrations": "id applied_at",
    },
}


def lines(root: Path) -> Iterator[dict[str, dict[str, object]]]:
    for log in ("orket.log", "workspace/default/orket.log"):
        for line in (root / log).read_text(encoding="utf-8").split("\n")[:-1]:
            yield json.loads(line)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_log_lines(shown: LaidDown, scenario: str) -> None:
    for record in lines(shown(scenario)):
        assert tuple(record) == ("timestamp", "role", "event", "data")
        assert tuple(record["data"]["runtime_event"]) == RUNTIME_EVENT
        event = str(record["event"])
        keys = " ".join(record["data"]).removesuffix(" runtime_event")
        if event == "turn_failed":
            assert keys in {FAILED, FAILED_WITH_TRACE}
        elif event in DATA:
            assert keys == DATA[event], event


def test_the_shapes_above_are_all_used(shown: LaidDown) -> None:
    seen = {str(record["event"]) for name in SCENARIOS for record in lines(shown(name))}
    assert set(DATA) <= seen


@pytest.mark.parametrize("scenario", ["healthy", "stalled-run"])
def test_artifacts(shown: LaidDown, scenario: str) -> None:
    for path in shown(scenario).glob("workspace/default/observability/*/*/*/*.json"):
        value = json.loads(path.read_text(encoding="utf-8"))
        if path.name.startswith("tool_result_"):
            assert value["ok"] is True
            continue
        for item in value if isinstance(value, list) else [value]:
            assert " ".join(item) == ARTIFACTS[path.name]


def test_a_turn_holds_what_it_got_to(shown: LaidDown) -> None:
    root = shown("stalled-run")
    ended = {
        (str(record["event"]), str(record["data"].get("type", "")), str(trace))
        for record in lines(root)
        if (trace := record["data"].get("turn_trace_id"))
    }
    for event, kind, trace in ended:
        session, issue, role, index = trace.split(":")
        turn = f"{session}/{issue.lower()}/{int(index):03d}_{role}"
        folder = root / "workspace/default/observability" / turn
        held = {path.name for path in folder.iterdir()}
        results = {name for name in held if name.startswith("tool_result_")}
        if event == "turn_complete":
            assert held - results == COMPLETE
            assert results
        elif event == "turn_non_progress":
            assert held == COMPLETE - {"checkpoint.json", "parsed_tool_calls.json"}
        elif kind == "tool_violation":
            assert held == COMPLETE
        elif event == "turn_failed":
            assert held == {"messages.json", "prompt_layers.json"}


def test_violation_reports(shown: LaidDown) -> None:
    reports = list(shown("stalled-run").glob("workspace/**/policy_violation_*.json"))
    assert reports
    for report in reports:
        assert " ".join(json.loads(report.read_text(encoding="utf-8"))) == VIOLATION


@pytest.mark.parametrize("name", TABLES)
def test_tables(shown: LaidDown, name: str) -> None:
    connection = sqlite3.connect(shown("healthy") / ".orket/durable/db" / name)
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    found = {
        table: " ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        for (table,) in connection.execute(query).fetchall()
    }
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert found == TABLES[name]
