"""Turns and their tools."""

from __future__ import annotations

from typing import Any, Final

from orket_console.base.events import Event
from orket_console.base.text import shorten
from orket_console.logs.summaries.sentences import Kind
from orket_console.logs.summaries.values import (
    FIELD,
    READ,
    get,
    join,
    text_of,
    took,
    turn,
    with_head,
)


def _turn_failed(event: Event) -> str:
    error = get(event, "error") or _last_of_traceback(event)
    kind = get(event, "type")
    return with_head(join(kind, turn(event)), "" if error == kind else error)


def _last_of_traceback(event: Event) -> str:
    trace = event.data.get("traceback")
    if not isinstance(trace, str) or not trace.strip():
        return ""
    return shorten(trace[-READ:].strip().rpartition("\n")[2], FIELD)


def _turn_start(event: Event) -> str:
    messages = event.data.get("message_count")
    count = f"{messages} messages" if isinstance(messages, int) else ""
    return with_head(turn(event), join(get(event, "selected_model"), count, by=", "))


def _turn_complete(event: Event) -> str:
    calls = event.data.get("tool_calls")
    tokens = event.data.get("tokens")
    total = tokens.get("total_tokens") if isinstance(tokens, dict) else tokens
    parts = (
        f"{calls} tool call{'' if calls == 1 else 's'}" if isinstance(calls, int) else "",
        f"{total} tokens" if isinstance(total, int) else "",
        took(event),
    )
    return with_head(turn(event), join(*parts, by=", "))


def _turn_reason(event: Event) -> str:
    reasons = event.data.get("contract_reasons")
    why = text_of(reasons) if isinstance(reasons, list) else ""
    return with_head(turn(event), join(get(event, "reason"), f"({why})" if why else ""))


def _retry(event: Event) -> str:
    count, limit = get(event, "retry_count"), get(event, "max_retries")
    which = f"retry {count} of {limit}" if count and limit else join("retry", count)
    wait = get(event, "backoff_seconds")
    head = join(turn(event), which, f"after {wait} s" if wait else "")
    return with_head(head, join(get(event, "error_type"), get(event, "error", "reason"), by=" "))


def _tool(event: Event) -> str:
    args = event.data.get("args")
    return join(get(event, "tool"), _tool_target(args if isinstance(args, dict) else {}))


def _tool_target(args: dict[str, Any]) -> str:
    """What a tool call is aimed at: its path, status or command, else its arguments' names."""
    for key in ("path", "file_path", "status", "command", "query", "name", "issue_id"):
        if said := text_of(args.get(key), 120):
            return said
    return f"({', '.join(text_of(key, 30) for key in list(args)[:5])})" if args else ""


def _tool_start(event: Event) -> str:
    return join(turn(event), _tool(event))


def _tool_result(event: Event) -> str:
    ok = event.data.get("ok")
    outcome = (
        "ok" if ok is True else with_head("failed" if ok is False else "", get(event, "error"))
    )
    return join(turn(event), _tool(event), outcome)


def _tool_refused(event: Event) -> str:
    return with_head(join(turn(event), _tool(event)), get(event, "reason", "error"))


def _tool_parser(event: Event) -> str:
    details = text_of(event.data.get("details"))
    return join(turn(event), get(event, "stage"), details)


def _model(event: Event) -> str:
    decision = event.data.get("decision")
    if not isinstance(decision, dict):
        return ""
    model = text_of(decision.get("final_model") or decision.get("selected_model"))
    return with_head(turn(event), join(model, "demoted" if decision.get("demoted") is True else ""))


def _tool_outcome(event: Event) -> str:
    result = event.data.get("result")
    error = text_of(result.get("error")) if isinstance(result, dict) else ""
    return with_head(_tool(event), error or text_of(result))


def _recovery(event: Event) -> str:
    skipped = event.data.get("skipped_tools")
    said = [
        with_head(text_of(each.get("tool"), 60), text_of(each.get("reason"), 80))
        for each in (skipped[:3] if isinstance(skipped, list) else [])
        if isinstance(each, dict)
    ]
    recovered = get(event, "recovered_count")
    count = f"{recovered} calls recovered" if recovered else ""
    skips = f"skipped {', '.join(said)}" if said else ""
    return with_head(turn(event), join(count, skips, get(event, "result"), by=", "))


TURNS: Final[dict[str, Kind]] = {
    "turn_start": _turn_start,
    "turn_complete": _turn_complete,
    "turn_failed": _turn_failed,
    "turn_non_progress": _turn_reason,
    "turn_corrective_reprompt": _turn_reason,
    "turn_no_tool_calls": ("{turn}", "no tool call", "{response_preview}"),
    "turn_retry_scheduled": _retry,
    "turn_retry_exhausted": _retry,
    "retry_triggered": _retry,
    "approval_pending": _retry,
    "catastrophic_failure": _retry,
    "model_connection_retry": _retry,
    "model_timeout_retry": _retry,
    "model_selection_decision": _model,
    "model_selected": ("{epic}", "{model}", "temperature {temperature}", "seed {seed}"),
    "model_usage": ("{epic}", "{model}", "{total_tokens:n token}", "{input_tokens} in"),
    "model_family_unrecognized": ("{agent}", "{model} is of no known family", "taken as {family}"),
    "preflight_missing_read_paths": ("{turn}", "not there to read: {missing_required_read_paths}"),
    "tool_call": _tool_outcome,
    "tool_call_start": _tool_start,
    "tool_call_result": _tool_result,
    "tool_call_replayed": ("{turn} {tool}", "replayed, not run again"),
    "tool_call_blocked": _tool_refused,
    "tool_blocked": _tool_refused,
    "tool_call_exception": _tool_refused,
    "tool_timeout": ("{turn} {tool}", "no end after {timeout_seconds} s", "{error}"),
    "tool_approval_required": ("{turn} {tool}", "waits for approval", "request {request_id}"),
    "tool_approval_granted": ("{turn} {tool}", "approved", "request {request_id}"),
    "tool_parser_diagnostic": _tool_parser,
    "tool_recovery_partial": _recovery,
    "tool_result_invalid": ("{turn} {tool}", "answered with a {result_type}"),
    "determinism_violation": ("{turn} {tool}", "{error_code} {error}", "{determinism_class}"),
    "sdk_capability_call_start": ("{extension_id}", "{capability_id}"),
    "sdk_capability_call_result": ("{extension_id}", "{capability_id}", "{ok:? ok/failed}"),
    "sdk_capability_call_blocked": (
        "{extension_id}",
        "{capability_id}",
        "{denial_class}",
        "{error}",
    ),
    "sdk_capability_call_exception": ("{extension_id}", "{capability_id}", "{error_code} {error}"),
    "packet1_emission_failure": ("{stage}", "{error_type} {error}"),
}
