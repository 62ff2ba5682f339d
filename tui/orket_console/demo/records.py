"""Log lines in the shape of the real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orket_console.demo.steps import LogLine

_REPEATED = (
    "session_id", "issue_id", "turn_index", "turn_trace_id", "selected_model", "prompt_id",
    "prompt_version", "prompt_checksum", "resolver_policy", "selection_policy",
)  # fmt: skip


def runtime_event(event: str, role: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The 18 keys under `data.runtime_event`, most of them a repetition of `data`."""
    block: dict[str, Any] = {"schema_version": "v1", "event": event, "role": role}
    for key in _REPEATED:
        block[key] = data.get(key) or (0 if key == "turn_index" else "")
    return block | {
        "guard_contract": data.get("guard_contract"),
        "guard_decision": data.get("guard_decision"),
        "terminal_reason": None,
        "duration_ms": data.get("duration_ms") or 0,
        "tokens": data.get("tokens"),
    }


def line(at: datetime, entry: LogLine) -> str:
    """One line, newline included."""
    block = runtime_event(entry.event, entry.role, entry.data)
    record = {
        "timestamp": at.isoformat(),
        "role": entry.role,
        "event": entry.event,
        "data": {**entry.data, "runtime_event": block},
    }
    return json.dumps(record, ensure_ascii=False) + "\n"
