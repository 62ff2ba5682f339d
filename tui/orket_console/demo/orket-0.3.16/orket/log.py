"""One JSON object a line, appended to `<workspace>/orket.log`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orket.clock import now

DEFAULT_WORKSPACE = Path("workspace/default")
TEXT_FIELDS = (
    "session_id", "issue_id", "turn_index", "turn_trace_id", "selected_model", "prompt_id",
    "prompt_version", "prompt_checksum", "resolver_policy", "selection_policy",
)  # fmt: skip


def runtime_event(event: str, role: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The 18 keys that every record repeats under `data.runtime_event`."""
    block: dict[str, Any] = {"schema_version": "v1", "event": event, "role": role}
    for key in TEXT_FIELDS:
        block[key] = data.get(key) or (0 if key == "turn_index" else "")
    block["guard_contract"] = data.get("guard_contract")
    block["guard_decision"] = data.get("guard_decision")
    block["terminal_reason"] = None
    block["duration_ms"] = data.get("duration_ms") or 0
    block["tokens"] = data.get("tokens")
    return block


def log_event(
    event: str,
    data: Mapping[str, Any],
    workspace: Path = DEFAULT_WORKSPACE,
    role: str = "system",
) -> None:
    """Append one record with a single write."""
    record = {
        "timestamp": now().isoformat(),
        "role": role,
        "event": event,
        "data": {**data, "runtime_event": runtime_event(event, role, data)},
    }
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / "orket.log").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
