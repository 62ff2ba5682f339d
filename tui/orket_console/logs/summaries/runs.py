"""Guards, runs and orchestration."""

from __future__ import annotations

from typing import Final

from orket_console.base.events import Event
from orket_console.logs.summaries.sentences import Kind
from orket_console.logs.summaries.values import get, join, text_of, turn, with_head


def _guard(event: Event) -> str:
    payload = event.data.get("review_payload") or event.data.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    violations = text_of(payload.get("violations"))
    why = violations or (
        "" if event.name == "guard_approved" else text_of(payload.get("rationale"))
    )
    return with_head(turn(event), why)


def _guard_retry(event: Event) -> str:
    contract = event.data.get("guard_contract")
    found = contract.get("violations") if isinstance(contract, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    why = text_of(first.get("message")) if isinstance(first, dict) else ""
    count, limit = get(event, "retry_count"), get(event, "max_retries")
    head = join(turn(event), f"retry {count} of {limit}" if count and limit else "")
    return with_head(with_head(head, get(event, "reason")), why)


def _verifier(event: Event) -> str:
    ok = event.data.get("ok")
    outcome = {True: "ok", False: "failed"}.get(ok) if isinstance(ok, bool) else ""
    breakdown = text_of(event.data.get("failure_breakdown"))
    files = get(event, "checked_files")
    return join(turn(event), outcome or "", f"{files} files checked" if files else "", breakdown)


def _session_start(event: Event) -> str:
    return join(event.session[:60], get(event, "epic"), get(event, "build_id"))


def _session_end(event: Event) -> str:
    return join(event.session[:60], get(event, "status"), get(event, "failure_class"))


def _session_terminal(event: Event) -> str:
    issues = event.data.get("issues")
    ended: dict[str, int] = {}
    for issue in issues if isinstance(issues, list) else []:
        status = text_of(issue.get("status"), 40) if isinstance(issue, dict) else ""
        ended[status or "?"] = ended.get(status or "?", 0) + 1
    counts = ", ".join(
        f"{count} issue{'' if count == 1 else 's'} {status}" for status, count in ended.items()
    )
    return with_head(event.session[:60], join(counts, get(event, "failure_reason"), by=", "))


def _blocked_by(event: Event) -> str:
    updates = event.data.get("updates")
    said = [
        f"{text_of(u.get('issue_id'), 60)} blocked by {text_of(u.get('blocked_by'), 80)}"
        for u in (updates[:5] if isinstance(updates, list) else [])
        if isinstance(u, dict)
    ]
    return ", ".join(said)


def _conflict(event: Event) -> str:
    states = [f"{key} {value}" for key in list(event.data)[:20] if (value := _state(event, key))]
    return with_head(get(event, "issue_id", "card_id"), ", ".join(states[:4]))


def _state(event: Event, key: str) -> str:
    said_elsewhere = key in ("issue_id", "card_id", "runtime_event")
    return "" if said_elsewhere else text_of(event.data.get(key), 60)


RUNS: Final[dict[str, Kind]] = {
    # A session, from beginning to end.
    "session_start": _session_start,
    "session_end": _session_end,
    "session_terminal_failure": _session_terminal,
    "session_halted": ("{session}", "halted"),
    "session_incomplete": ("{session} {build_id}", "{open_issues:n issue} still open"),
    "success_recorded": ("{session}", "{type}"),
    "run_artifacts_exported": ("{session}", "to {repo} {branch}", "{path}", "commit {commit}"),
    "run_artifact_export_failed": ("{session}", "{error_type} {error}"),
    "run_summary_generation_failed": ("{session}", "{error_type} {error}"),
    "run_summary_artifact_write_failed": ("{session}", "{error_type} {error}"),
    "protocol_receipt_materialization_failed": ("{session}", "{error_type} {error}"),
    "source_attribution_gate_blocked": (
        "{session}",
        "{failure_reason}",
        "missing {missing_requirements}",
        "{mode}",
    ),
    "run_ledger_telemetry": (
        "{session} {kind}",
        "{phase}",
        "{error_type} {error}",
        "{protocol_error|parity_error}",
        "{parity_ok:? ledgers agree/ledgers differ}",
        "{difference_count:n difference}",
    ),
    "telemetry_sink_error": ("{component}", "{error_type} {error}"),
    # The orchestrator's steps.
    "orchestrator_hyper_loop_start": ("{epic}", "{concurrency} issues at once"),
    "orchestrator_tick": ("iteration {iteration}", "{candidate_count:n candidate}"),
    "orchestrator_dispatch": ("{turn}", "{seat}", "{status}"),
    "orchestrator_stalled": ("{epic}", "{reason}", "iteration {iteration}", "backlog {backlog}"),
    "orchestrator_epic_complete": ("{epic}", "all issues ended"),
    "dependency_block_propagated": _blocked_by,
    "pipeline_atomic_issue": ("{card_id}", "of epic {parent_epic}"),
    "epic_collection_phase_transition": ("{collection}", "phase {phase}"),
    "rock_phase_transition": ("{rock}", "phase {phase}"),
    "resume_requeue_issue": ("{turn}", "{previous_status} to {new_status}"),
    "resume_target_issue_requeued": ("{turn}", "{previous_status} to {new_status}"),
    "resume_target_issue_preserved": ("{turn}", "stays {current_status}"),
    "resume_turn_dispatch_preserved": ("{turn}", "{seat}", "stays {status}"),
    "state_reconciliation_conflict": _conflict,
    "lease_acquisition_failed": ("{card_id}", "{worker_id} got no lease", "{wait_reason}"),
    "gate_request_created": ("{turn}", "{request_type} for {seat}", "request {request_id}"),
    "cards_runtime_preflight_failed": ("{turn}", "{execution_profile}", "{error}"),
    "missing_role_asset": ("{turn}", "no asset for role {role}"),
    "interceptor_error": ("{interceptor}", "{hook}", "{error}"),
    # Guards, the verifier and policies.
    "guard_approved": ("{turn}", "by {seat}"),
    "guard_rejected": _guard,
    "guard_requested_changes": _guard,
    "guard_review_payload": _guard,
    "guard_payload_invalid": ("{turn}", "{seat}", "{reason}"),
    "guard_retry_scheduled": _guard_retry,
    "guard_terminal_failure": _guard_retry,
    "runtime_verifier_completed": _verifier,
    "runtime_verifier_started": ("{turn}",),
    "verification_started": ("{turn}",),
    "verification_sandbox_started": ("{turn}", "in the sandbox"),
    "verification_security_violation": ("{fixture_path}", "lies outside {verification_root}"),
    "governance_audit": (
        "{turn}",
        "{passed:? passed/failed}",
        "{violations}",
        "{warnings}",
        "{tool_calls_audited:n tool call}",
    ),
    "policy_violation_report_saved": ("{card_id}", "{path:name}"),
    "odr_prebuild_completed": ("{turn}", "{execution_profile}", "{stop_reason|odr_stop_reason}"),
    "odr_prebuild_failed": ("{turn}", "{execution_profile}", "{stop_reason|odr_stop_reason}"),
    "odr_prebuild_skipped": ("{turn}", "{execution_profile}", "{selected_model}"),
    "odr_prebuild_format_violation_retry": ("{turn}", "after {original_stop_reason}"),
    "idesign_architect_decision_respected": (
        "{epic}",
        "iDesign {idesign:? on/off}",
        "{issue_count:n issue}",
        "threshold {idesign_threshold}",
    ),
    # Teams and what they prepare.
    "team_selection_decision": (
        "{epic}",
        "{active:? /small-project team off}",
        "{builder_role} as {builder_seat}",
        "reviewed by {reviewer_seat}",
        "{issue_count:n issue}",
    ),
    "team_policy_preflight_failed": ("{epic}", "{reason}", "seats {available_seats}"),
    "team_policy_auto_injected_code_reviewer": ("{epic}", "{injected_seat} added", "{reason}"),
    "team_replan_scheduled": (
        "{active_build}",
        "replan {replan_count}",
        "{seat}",
        "for {trigger_issue_ids}",
    ),
    "team_replan_terminal_failure": ("{active_build}", "replan {replan_count} of {limit}"),
    "scaffolder_started": ("{epic}",),
    "scaffolder_completed": ("{epic}", "{created_directories:n folder}", "{created_files:n file}"),
    "scaffolder_failed": ("{epic}", "{error}"),
    "scaffolder_skipped_policy": ("{epic}", "skipped by policy"),
    "dependency_manager_started": ("{epic}",),
    "dependency_manager_completed": ("{epic}", "{created_files:n file}"),
    "dependency_manager_failed": ("{epic}", "{error}"),
    "dependency_manager_skipped_policy": ("{epic}", "skipped by policy"),
    "deployment_planner_started": ("{epic}",),
    "deployment_planner_completed": ("{epic}", "{created_files:n file}"),
    "deployment_planner_failed": ("{epic}", "{error}"),
    "deployment_planner_skipped_policy": ("{epic}", "skipped by policy"),
    "bug_fix_phase_started": ("{rock_id}", "until {ends_at}"),
    "bug_fix_phase_extended": ("{rock_id}", "until {new_end}", "{reason}"),
    "bug_fix_phase_completed": ("{rock_id}", "on to {phase2_rock}"),
}
