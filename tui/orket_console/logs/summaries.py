"""What happened, in one line: a sentence per kind of event, a general form for the rest.

The wording never repeats time, role or event, which have columns of their own. All of it is
sanitised and bounded here, so that a record can be shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from orket_console.base.clock import ago
from orket_console.base.events import Event
from orket_console.base.text import shorten

WIDEST: Final = 400
"""Characters of a summary."""
_FIELD: Final = 240
_READ: Final = 4000
"""Characters of one field that are looked at: a field of megabytes costs no more."""

Phrase = Callable[[Event], str]


def summary(event: Event) -> str:
    """One sanitised line, empty only for an event that says nothing beyond its name."""
    phrase = _PHRASES.get(event.name)
    said = phrase(event) if phrase else ""
    return shorten(said or _general(event) or event.session[:_FIELD], WIDEST)


def text_of(value: object, width: int = _FIELD, depth: int = 2) -> str:
    """A JSON value as one safe line; nothing for null and empty values.

    What is nested deeper than `depth` is left out: it would grow with every level.
    """
    if isinstance(value, str):
        return shorten(value[:_READ], width)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return shorten(_number(value), width)
    if not isinstance(value, list | dict) or not value:
        return ""
    if depth == 0:
        return "…"
    rest = ", …" if len(value) > 5 else ""
    if isinstance(value, list):
        return shorten(", ".join(text_of(v, 60, depth - 1) for v in value[:5]) + rest, width)
    pairs = [f"{text_of(k, 40)}: {text_of(v, 60, depth - 1)}" for k, v in list(value.items())[:5]]
    return shorten("{" + ", ".join(pairs) + rest + "}", width)


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python writes out
        return "a number too long to write"


def _get(event: Event, *keys: str) -> str:
    """The first of `keys` in `data` that says something."""
    for key in keys:
        if said := text_of(event.data.get(key)):
            return said
    return ""


def _join(*parts: str, by: str = " ") -> str:
    return by.join(part for part in parts if part)


def _with(head: str, tail: str) -> str:
    """`head: tail`, or whichever of them there is."""
    return f"{head}: {tail}" if head and tail else head or tail


def _turn(event: Event) -> str:
    issue = shorten(event.issue, 60)
    return _join(issue, f"#{event.turn}" if event.turn else "")


def _took(event: Event) -> str:
    took = event.data.get("duration_ms")
    if isinstance(took, bool) or not isinstance(took, int | float) or not 0 < took < 1e12:
        return ""
    return f"in {took:.0f} ms" if took < 10_000 else f"in {ago(took / 1000)}"


def _first_line(text: str) -> str:
    return text.partition(" ↵ ")[0]


# Turns and tools


def _turn_failed(event: Event) -> str:
    error = _get(event, "error") or _last_of_traceback(event)
    kind = _get(event, "type")
    return _with(_join(kind, _turn(event)), "" if error == kind else error)


def _last_of_traceback(event: Event) -> str:
    trace = event.data.get("traceback")
    if not isinstance(trace, str) or not trace.strip():
        return ""
    return shorten(trace[-_READ:].strip().rpartition("\n")[2], _FIELD)


def _turn_start(event: Event) -> str:
    messages = event.data.get("message_count")
    count = f"{messages} messages" if isinstance(messages, int) else ""
    return _with(_turn(event), _join(_get(event, "selected_model"), count, by=", "))


def _turn_complete(event: Event) -> str:
    calls = event.data.get("tool_calls")
    tokens = event.data.get("tokens")
    total = tokens.get("total_tokens") if isinstance(tokens, dict) else tokens
    parts = (
        f"{calls} tool call{'' if calls == 1 else 's'}" if isinstance(calls, int) else "",
        f"{total} tokens" if isinstance(total, int) else "",
        _took(event),
    )
    return _with(_turn(event), _join(*parts, by=", "))


def _turn_reason(event: Event) -> str:
    reasons = event.data.get("contract_reasons")
    why = text_of(reasons) if isinstance(reasons, list) else ""
    return _with(_turn(event), _join(_get(event, "reason"), f"({why})" if why else ""))


def _retry(event: Event) -> str:
    count, limit = _get(event, "retry_count"), _get(event, "max_retries")
    which = f"retry {count} of {limit}" if count and limit else _join("retry", count)
    wait = _get(event, "backoff_seconds")
    head = _join(_turn(event), which, f"after {wait} s" if wait else "")
    return _with(head, _join(_get(event, "error_type"), _get(event, "error", "reason"), by=" "))


def _tool(event: Event) -> str:
    args = event.data.get("args")
    return _join(_get(event, "tool"), _tool_target(args if isinstance(args, dict) else {}))


def _tool_target(args: dict[str, Any]) -> str:
    """What a tool call is aimed at: its path, status or command, else its arguments' names."""
    for key in ("path", "file_path", "status", "command", "query", "name", "issue_id"):
        if said := text_of(args.get(key), 120):
            return said
    return f"({', '.join(text_of(key, 30) for key in list(args)[:5])})" if args else ""


def _tool_start(event: Event) -> str:
    return _join(_turn(event), _tool(event))


def _tool_result(event: Event) -> str:
    ok = event.data.get("ok")
    outcome = "ok" if ok is True else _with("failed" if ok is False else "", _get(event, "error"))
    return _join(_turn(event), _tool(event), outcome)


def _tool_refused(event: Event) -> str:
    return _with(_join(_turn(event), _tool(event)), _get(event, "reason", "error"))


def _tool_parser(event: Event) -> str:
    details = text_of(event.data.get("details"))
    return _join(_turn(event), _get(event, "stage"), details)


# Guards, runs and orchestration


def _guard(event: Event) -> str:
    payload = event.data.get("review_payload") or event.data.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    violations = text_of(payload.get("violations"))
    why = violations or (
        "" if event.name == "guard_approved" else text_of(payload.get("rationale"))
    )
    return _with(_turn(event), why)


def _guard_contract(event: Event) -> str:
    contract = event.data.get("guard_contract")
    found = contract.get("violations") if isinstance(contract, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    why = text_of(first.get("message")) if isinstance(first, dict) else ""
    return _with(_with(_turn(event), _get(event, "reason")), why)


def _verifier(event: Event) -> str:
    ok = event.data.get("ok")
    outcome = {True: "ok", False: "failed"}.get(ok) if isinstance(ok, bool) else ""
    breakdown = text_of(event.data.get("failure_breakdown"))
    files = _get(event, "checked_files")
    return _join(_turn(event), outcome or "", f"{files} files checked" if files else "", breakdown)


def _session_start(event: Event) -> str:
    return _join(event.session[:60], _get(event, "epic"), _get(event, "build_id"))


def _session_end(event: Event) -> str:
    return _join(event.session[:60], _get(event, "status"), _get(event, "failure_class"))


def _session_terminal(event: Event) -> str:
    issues = event.data.get("issues")
    ended: dict[str, int] = {}
    for issue in issues if isinstance(issues, list) else []:
        status = text_of(issue.get("status"), 40) if isinstance(issue, dict) else ""
        ended[status or "?"] = ended.get(status or "?", 0) + 1
    counts = ", ".join(
        f"{count} issue{'' if count == 1 else 's'} {status}" for status, count in ended.items()
    )
    return _with(event.session[:60], _join(counts, _get(event, "failure_reason"), by=", "))


def _dispatch(event: Event) -> str:
    return _with(_turn(event), _join(_get(event, "seat"), _get(event, "status"), by=", "))


def _tick(event: Event) -> str:
    return f"iteration {_get(event, 'iteration')}, {_get(event, 'candidate_count')} candidates"


def _blocked_by(event: Event) -> str:
    updates = event.data.get("updates")
    said = [
        f"{text_of(u.get('issue_id'), 60)} blocked by {text_of(u.get('blocked_by'), 80)}"
        for u in (updates[:5] if isinstance(updates, list) else [])
        if isinstance(u, dict)
    ]
    return ", ".join(said)


def _violation(event: Event) -> str:
    path = _get(event, "path")
    return _with(_get(event, "card_id"), path.rpartition("/")[2])


def _model(event: Event) -> str:
    decision = event.data.get("decision")
    if not isinstance(decision, dict):
        return ""
    model = text_of(decision.get("final_model") or decision.get("selected_model"))
    return _with(_turn(event), _join(model, "demoted" if decision.get("demoted") is True else ""))


# Servers and webhooks


def _webhook(event: Event) -> str:
    """The delivery's outcome with the HTTP status that the server answered."""
    message = _get(event, "message")
    low = message.lower()
    if low.endswith("webhook signature"):
        return f"401: {low.partition(' ')[0]} signature"
    for start, status in (
        ("failed to parse or validate webhook payload: ", "400"),
        ("webhook handler error: ", "500"),
    ):
        if low.startswith(start):
            return f"{status}: {message[len(start) :]}"
    pull = _join(_get(event, "repo"), _get(event, "pr_number"), by="#")
    return _join(message, pull)


def _pull(event: Event) -> str:
    pr, repo = _get(event, "pr"), _get(event, "repo")
    key = pr if "#" in pr else _join(repo, pr, by="#")
    who = _get(event, "reviewer", "merged_by")
    head = _join(key.replace("/#", "#"), _get(event, "state", "action"), f"by {who}" if who else "")
    return _with(head, _get(event, "error", "reason"))


def _auth(event: Event) -> str:
    key = event.data.get("provided_key_present")
    given = (
        {True: "a key was given", False: "no key was given"}.get(key, "") if key in (0, 1) else ""
    )
    return _with(_get(event, "request_path"), _join(_get(event, "reason"), given, by=", "))


_LEFT_OUT: Final = frozenset({
    "runtime_event", "session_id", "run_id", "issue_id", "turn_index", "turn_trace_id", "role",
    "level", "message", "error", "reason", "error_type", "traceback", "event_name",
    "logging_context_mode", "logging_context_marker",
})  # fmt: skip
"""Fields that the general form has said already, or that have columns of their own."""


def _general(event: Event) -> str:
    """Turn, message, error and reason first; then a few of the other fields by name."""
    head = _join(
        _turn(event),
        _with(_get(event, "message"), _with(_get(event, "error_type"), _get(event, "error"))),
    )
    said = _with(head, _get(event, "reason"))
    fields = [
        f"{text_of(key, 40)} {value}"
        for key, content in list(event.data.items())[:40]
        if key not in _LEFT_OUT and (value := text_of(content, 80))
    ]
    return _join(said, ", ".join(fields[:6]), by=" · ")


_PHRASES: Final[dict[str, Phrase]] = {
    "turn_failed": _turn_failed,
    "turn_start": _turn_start,
    "turn_complete": _turn_complete,
    "turn_non_progress": _turn_reason,
    "turn_corrective_reprompt": _turn_reason,
    "turn_retry_scheduled": _retry,
    "turn_retry_exhausted": _retry,
    "retry_triggered": _retry,
    "model_connection_retry": _retry,
    "model_timeout_retry": _retry,
    "tool_call_start": _tool_start,
    "tool_call_result": _tool_result,
    "tool_call_blocked": _tool_refused,
    "tool_call_exception": _tool_refused,
    "tool_parser_diagnostic": _tool_parser,
    "guard_approved": _guard,
    "guard_rejected": _guard,
    "guard_requested_changes": _guard,
    "guard_review_payload": _guard,
    "guard_retry_scheduled": _guard_contract,
    "guard_terminal_failure": _guard_contract,
    "runtime_verifier_completed": _verifier,
    "session_start": _session_start,
    "session_end": _session_end,
    "session_terminal_failure": _session_terminal,
    "orchestrator_dispatch": _dispatch,
    "orchestrator_tick": _tick,
    "dependency_block_propagated": _blocked_by,
    "policy_violation_report_saved": _violation,
    "model_selection_decision": _model,
    "webhook": _webhook,
    "pr_opened": _pull,
    "pr_review": _pull,
    "pr_merged": _pull,
    "pr_merge_failed": _pull,
    "pr_rejected": _pull,
    "pr_escalated": _pull,
    "api_auth_rejected": _auth,
}
