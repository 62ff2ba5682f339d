"""What the API tells of runs: from the runtime database, the log and the turn artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orket.runtime_paths import runtime_db_path
from orket.store import first, rows


def all_sessions() -> list[dict[str, Any]]:
    """Every row of `sessions`, newest first."""
    return rows(runtime_db_path(), "SELECT * FROM sessions ORDER BY start_time DESC")


def session(session_id: str) -> dict[str, Any] | None:
    """One row of `sessions`."""
    return first(runtime_db_path(), "SELECT * FROM sessions WHERE id = ?", session_id)


def issues(session_id: str) -> list[dict[str, Any]]:
    """The issues that name the session: on 0.3.16 none does, they go by build."""
    return rows(runtime_db_path(), "SELECT * FROM issues WHERE session_id = ?", session_id)


def ledger(session_id: str) -> dict[str, Any] | None:
    """One row of `run_ledger`, its JSON columns decoded."""
    found = first(runtime_db_path(), "SELECT * FROM run_ledger WHERE session_id = ?", session_id)
    if found is None:
        return None
    for column in ("summary_json", "artifact_json"):
        found[column] = json.loads(found[column] or "{}")
    return found


def detail(session_id: str) -> dict[str, Any] | None:
    """What `GET /v1/runs/{id}` answers."""
    run, known = ledger(session_id), session(session_id)
    if run is None and known is None:
        return None
    return {
        "session_id": session_id,
        "status": (run or known or {}).get("status"),
        "summary": (run or {}).get("summary_json", {}),
        "artifacts": (run or {}).get("artifact_json", {}),
        "issue_count": len(issues(session_id)),
        "session": known,
        "run_ledger": run,
    }


def status(session_id: str, *, active: bool) -> dict[str, Any] | None:
    """What `GET /v1/sessions/{id}/status` answers."""
    known, run = session(session_id), ledger(session_id)
    if known is None:
        return None
    return {
        "session_id": session_id,
        "active": active,
        "status": (run or known)["status"],
        "task_state": "running" if active else "idle",
        "backlog": {"count": 0, "by_status": {}},
        "summary": (run or {}).get("summary_json", {}),
        "artifacts": (run or {}).get("artifact_json", {}),
    }


def log_records(workspace: Path) -> Iterator[dict[str, Any]]:
    """The objects in the workspace's log; lines that are none are passed over."""
    try:
        lines = (workspace / "orket.log").read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def turns(workspace: Path, session_id: str, role: str | None) -> list[dict[str, Any]]:
    """The session's completed turns, as `GET /v1/runs/{id}/replay` lists them."""
    found = []
    models: dict[str, str] = {}
    for record in log_records(workspace):
        block = record.get("data", {}).get("runtime_event", {})
        if block.get("session_id") != session_id:
            continue
        trace = block["turn_trace_id"]
        if record["event"] == "turn_start":
            models[trace] = block["selected_model"]
        if record["event"] != "turn_complete" or (role and record["role"] != role):
            continue
        found.append(
            {
                "session_id": session_id,
                "issue_id": block["issue_id"],
                "turn_index": block["turn_index"],
                "role": record["role"],
                "turn_trace_id": trace,
                "selected_model": models.get(trace, ""),
                "timestamp": record["timestamp"],
            }
        )
    return sorted(found, key=lambda turn: (turn["turn_index"], turn["issue_id"], turn["role"]))


def token_summary(workspace: Path, session_id: str) -> dict[str, Any]:
    """What `GET /v1/runs/{id}/token-summary` answers, from the log's `turn_complete` lines."""
    total, by_role = 0, dict[str, int]()
    for record in log_records(workspace):
        block = record.get("data", {}).get("runtime_event", {})
        if record["event"] != "turn_complete" or block.get("session_id") != session_id:
            continue
        tokens = (block.get("tokens") or {}).get("total_tokens") or 0
        total += tokens
        by_role[record["role"]] = by_role.get(record["role"], 0) + tokens
    return {"session_id": session_id, "total_tokens": total, "by_role": by_role}
