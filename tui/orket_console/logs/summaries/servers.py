"""Servers and webhooks."""

from __future__ import annotations

from typing import Final

from orket_console.base.events import Event
from orket_console.logs.summaries.sentences import Kind
from orket_console.logs.summaries.values import get, join, pull, with_head


def _webhook(event: Event) -> str:
    """The delivery's outcome with the HTTP status that the server answered."""
    message = get(event, "message")
    low = message.lower()
    if low.endswith("webhook signature"):
        return f"401: {low.partition(' ')[0]} signature"
    for start, status in (
        ("failed to parse or validate webhook payload: ", "400"),
        ("webhook handler error: ", "500"),
    ):
        if low.startswith(start):
            return f"{status}: {message[len(start) :]}"
    return join(message, pull(event))


def _review(event: Event) -> str:
    who = get(event, "reviewer", "merged_by")
    state = get(event, "state", "action")
    return with_head(
        join(pull(event), state, f"by {who}" if who else ""), get(event, "error", "reason")
    )


def _auth(event: Event) -> str:
    key = event.data.get("provided_key_present")
    given = (
        {True: "a key was given", False: "no key was given"}.get(key, "") if key in (0, 1) else ""
    )
    return with_head(get(event, "request_path"), join(get(event, "reason"), given, by=", "))


SERVERS: Final[dict[str, Kind]] = {
    "crash": ("{error}",),
    # Webhooks and pull requests.
    "webhook": _webhook,
    "webhook_db": ("{message}",),
    "webhook_server": ("{message}",),
    "webhook_security_posture": (
        (
            "test endpoint {test_endpoint_enabled:? on/off}, "
            "test token {test_token_configured:? set/not set}, "
            "API key {api_key_configured:? set/not set}"
        ),
    ),
    "webhook_security_warning": ("{message}",),
    "webhook_run_card_error": ("{issue_id}", "{error}"),
    "webhook_event_duplicate_skipped": ("{pull}", "{event_type} came twice", "{event_id}"),
    "pr_opened": _review,
    "pr_review": _review,
    "pr_merged": _review,
    "pr_rejected": _review,
    "pr_escalated": _review,
    "pr_merge_failed": ("{pull}", "{status}", "{error}"),
    "pr_reject_failed": ("{pull}", "at {step}", "{error}"),
    "pr_escalation_failed": ("{pull}", "{error}"),
    "requirements_issue_creation_failed": ("{pull}", "{error}"),
    "requirements_issue_label_lookup_failed": ("{repo}", "{error}"),
    "requirements_issue_labels_missing": ("{repo}", "no label {missing_labels}"),
    # Sandboxes.
    "sandbox_create": ("{sandbox_id}", "{tech_stack}", "ports {ports}"),
    "sandbox_deploy_started": ("{rock_id|sandbox_id}",),
    "sandbox_deployed": ("{pull}", "{sandbox_id}", "{api_url}", "{frontend_url}"),
    "sandbox_deploy_failed": ("{sandbox_id|rock_id}", "{error}"),
    "sandbox_deployment_failed": ("{pull}", "{error}"),
    "sandbox_deployment_skipped": ("{pull}", "{reason}"),
    "sandbox_deleted": ("{sandbox_id}",),
    "sandbox_delete_failed": ("{sandbox_id}", "{error}"),
    "sandbox_health_rejected": ("{sandbox_id}", "{error}"),
    "sandbox_trigger_skipped_policy": ("{turn}", "{seat}", "skipped by policy"),
    # The API and what it is asked for.
    "api_auth_rejected": _auth,
    "api_security_posture": (
        (
            "API key {api_key_configured:? set/not set}, "
            "{insecure_no_api_key_bypass:? open without a key/no way round it}"
        ),
    ),
    "api_security_warning": ("{message}",),
    "api_run_active": ("{asset_id}", "{request_type}", "{method_name}", "session {session}"),
    "api_run_metrics": ("session {session}",),
    "api_session_detail": ("session {session}",),
    "api_session_snapshot": ("session {session}",),
    "api_backlog": ("session {session}",),
    "security_compat_fallback_used": (
        "{component}",
        "{reason}",
        "{fallback_code}",
        "{input_ref}",
        "mode {mode}",
    ),
    "clear_logs_skipped": ("{path}", "{error}"),
    "extension_runtime_model_catalog_unavailable": ("{extension_id}", "{error}", "of {provider}"),
    # The driver.
    "driver_process_failed": ("{error}",),
    "driver_config_dependency_failed": ("{dependency}", "{error}", "{classification}"),
    "driver_json_parse_mode_compatibility": ("mode {mode}",),
    "driver_json_parse_mode_strict": ("mode {mode}",),
    "driver_json_parse_compatibility_fallback_used": ("mode {mode}",),
    "driver_prompting_mode": (
        "mode {mode}",
        "{degraded:? degraded/}",
        "{load_failures:n asset} not loaded",
    ),
    "conversation_model_error": ("{error_type}", "{error}"),
    "operator_metric": ("{metric}", "{value}", "{tags}"),
    "operator_structural_action_blocked": ("{action}", "asked for by {request}"),
    "team_assignment": ("{team}", "{department}", "{reason}"),
    "team_assignment_suggested": ("{team}", "{department}", "{reason}", "{mode}"),
    "create_rock": ("{name}", "department {dept}"),
    "create_epic": ("{name}", "in {rock}", "department {dept}"),
    "create_issue": ("{epic}", "{summary}"),
    "card_nomination": ("{summary|name|title}", "by {nominated_by}", "{reason}"),
    # What is read at a start.
    "discovery_startup_path": ("{path}", "{result}", "{reason}", "{error}"),
    "discovery_reconcile_failed": ("{error}",),
    "reconciler_start": ("{root_path}",),
    "reconciler_rock_parse_failed": ("{file}", "{error}"),
    "reconciler_epic_parse_failed": ("{file}", "{error}"),
    "reconciler_issue_parse_failed": ("{file}", "{error}"),
    "reconciler_orphan_epic_adopted": ("epic {epic_id}", "into {target_rock}", "{department}"),
    "reconciler_orphan_issue_adopted": ("issue {issue_id}", "into {target_epic}", "{department}"),
    "organization_loop_started": ("mode {mode}",),
    "organization_loop_execute_card": ("{card_id}", "{department}"),
    "organization_loop_skip_epic": ("{epic}", "{department}", "{error}"),
    "config_error": ("{error}",),
    "config_validation_failed": ("{error}",),
    "preview_org_config_missing": ("{error}",),
    "preview_role_asset_missing": ("{role}", "{department}", "{error}"),
    "agent_role_asset_missing": ("{agent}", "no role asset"),
    "agent_dialect_asset_missing": ("{agent}", "no dialect for {family}"),
    "seat_no_roles_configured": ("{team}", "seat {seat} has no role"),
    "seat_role_config_missing": ("{team}", "seat {seat}", "no configuration for role {role}"),
    "seat_tool_scope_empty": ("{team}", "seat {seat} may use no tool", "roles {roles}"),
    "review_policy_file_malformed": ("{path}", "{error}"),
    "review_policy_unknown_keys": ("{source}", "unknown {keys}"),
    "vision_pipeline_loading": ("{model_id}", "on {device}"),
}
