"""The general form, for events of a kind that has no sentence of its own."""

from __future__ import annotations

from typing import Final

from orket_console.base.events import Event
from orket_console.logs.summaries.values import get, join, text_of, turn, with_head

_LEFT_OUT: Final = frozenset({
    "runtime_event", "session_id", "run_id", "issue_id", "turn_index", "turn_trace_id", "role",
    "level", "message", "error", "reason", "error_type", "traceback", "event_name",
    "logging_context_mode", "logging_context_marker",
})  # fmt: skip
"""Fields that the general form has said already, or that have columns of their own."""


def general(event: Event) -> str:
    """Turn, message, error and reason first; then a few of the other fields by name."""
    head = join(
        turn(event),
        with_head(get(event, "message"), with_head(get(event, "error_type"), get(event, "error"))),
    )
    said = with_head(head, get(event, "reason"))
    fields = [
        f"{text_of(key, 40)} {value}"
        for key, content in list(event.data.items())[:40]
        if key not in _LEFT_OUT and (value := text_of(content, 80))
    ]
    return join(said, ", ".join(fields[:6]), by=" · ")
