"""The rows that a run leaves in the runtime database, as statements at their moments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orket_console.demo.content import Epic, Work
from orket_console.demo.steps import Sql, sql_time

_METRICS = {
    "score": 0.0, "grade": "Pending", "audit_date": None, "criteria_scores": {},
    "shippability_threshold": 7.0, "path_delta": 0.0,
}  # fmt: skip
_NO_VERIFICATION: dict[str, Any] = {"fixture_path": None, "scenarios": []}
_CARD: dict[str, Any] = {
    "description": None, "wait_reason": None, "note": None, "parent_id": None, "build_id": None,
    "owner_department": "core", "labels": [], "params": {}, "references": [],
}  # fmt: skip


def _sql(statement: str, *parameters: object) -> Sql:
    return Sql("runtime", statement, parameters)


@dataclass(frozen=True, slots=True)
class RunRows:
    """One run's rows. `issue_ids` go with `epic.work`, in order."""

    root: Path
    session_id: str
    build_id: str
    epic: Epic
    issue_ids: tuple[str, ...]

    def started(self, at: datetime) -> tuple[Sql, ...]:
        """The session, the ledger and the issues, before anything is done."""
        moment = at.isoformat()
        session = _sql(
            "INSERT INTO sessions (id, type, name, department, status, task_input, start_time)"
            " VALUES (?, 'epic', ?, 'core', 'Started', ?, ?)",
            self.session_id, self.epic.name, self.epic.description, moment,
        )  # fmt: skip
        ledger = _sql(
            "INSERT INTO run_ledger (session_id, run_type, run_name, department, build_id, status,"
            " summary_json, artifact_json, started_at, updated_at)"
            " VALUES (?, 'epic', ?, 'core', ?, 'running', '{}', ?, ?, ?)",
            self.session_id, self.epic.name, self.build_id,
            json.dumps(self._artifacts()), moment, moment,
        )  # fmt: skip
        return (session, ledger, *map(self._issue, self.issue_ids, self.epic.work,
                                      [moment] * len(self.issue_ids)))  # fmt: skip

    def _issue(self, issue_id: str, work: Work, moment: str) -> Sql:
        return _sql(
            "INSERT INTO issues (id, build_id, seat, summary, type, priority, sprint, status,"
            " verification_json, metrics_json, depends_on_json, created_at)"
            " VALUES (?, ?, ?, ?, 'issue', '3.0', 'Q4 S9', 'ready', ?, ?, '[]', ?)",
            issue_id, self.build_id, self.epic.builder, work.summary,
            json.dumps(_NO_VERIFICATION | {"last_run": None}), json.dumps(_METRICS), moment,
        )  # fmt: skip

    def _artifacts(self) -> dict[str, str]:
        workspace = self.root / "workspace" / "default"
        return {
            "workspace": str(workspace),
            "orket_log": str(workspace / "orket.log"),
            "observability_root": str(workspace / "observability" / self.session_id),
            "agent_output_root": str(workspace / "agent_output"),
        }

    def moved(
        self,
        at: datetime,
        issue_id: str,
        change: tuple[str, str],
        *,
        actor: str = "system",
        reason: str = "",
        meta: dict[str, Any] | None = None,
    ) -> tuple[Sql, ...]:
        """An issue's `change` of status (from, to), and the transaction that records it."""
        before, after = change
        action = f"Set Status to '{after}' (from '{before}')"
        if reason:
            details = dict(sorted({"run_id": self.session_id, **(meta or {})}.items()))
            action += f" reason='{reason}' meta={json.dumps(details)}"
        return (
            _sql("UPDATE issues SET status = ? WHERE id = ?", after, issue_id),
            _sql(
                "INSERT INTO card_transactions (card_id, role, action, timestamp)"
                " VALUES (?, ?, ?, ?)",
                issue_id, actor, action, sql_time(at),
            ),
        )  # fmt: skip

    def dispatched(self, issue_id: str, seat: str) -> Sql:
        """Who has the issue now."""
        return _sql("UPDATE issues SET assignee = ? WHERE id = ?", seat, issue_id)

    def retried(self, issue_id: str, count: int) -> Sql:
        """How often it was tried again."""
        return _sql("UPDATE issues SET retry_count = ? WHERE id = ?", count, issue_id)

    def verified(self, at: datetime, issue_id: str) -> Sql:
        """The verification that precedes the guard; there is no fixture, so it tests nothing."""
        moment = at.isoformat()
        last_run = {
            "timestamp": moment, "total_scenarios": 0, "passed": 0, "failed": 0,
            "logs": [
                f"--- Verification started at {moment} ---",
                "No verification fixture defined. Skipping empirical tests.",
            ],
        }  # fmt: skip
        verification = json.dumps(_NO_VERIFICATION | {"last_run": last_run})
        return _sql("UPDATE issues SET verification_json = ? WHERE id = ?", verification, issue_id)

    def ended(
        self,
        at: datetime,
        status: str,
        transcript: list[dict[str, Any]],
        counts: dict[str, int],
        failure: tuple[str, str] | None,
    ) -> tuple[Sql, ...]:
        """Session and ledger closed; a snapshot where there is a transcript."""
        moment = at.isoformat()
        history = json.dumps(transcript, ensure_ascii=False)
        summary = {
            "target_issue_id": None,
            "resume_mode": False,
            "session_status": status,
            "issue_count": len(self.issue_ids),
            "transcript_turns": len(transcript),
            "status_counts": counts,
        }
        kind, reason = failure or (None, None)
        closed = [
            _sql(
                "UPDATE sessions SET status = ?, transcript = ?, end_time = ? WHERE id = ?",
                status, history, moment, self.session_id,
            ),
            _sql(
                "UPDATE run_ledger SET status = ?, failure_class = ?, failure_reason = ?,"
                " summary_json = ?, ended_at = ?, updated_at = ? WHERE session_id = ?",
                status, kind, reason, json.dumps(summary), moment, moment, self.session_id,
            ),
        ]  # fmt: skip
        if transcript:
            closed.append(self._snapshot(moment, history))
        return tuple(closed)

    def _snapshot(self, moment: str, history: str) -> Sql:
        issues = [
            _CARD
            | {"id": issue_id, "name": work.summary, "type": "issue", "status": "ready"}
            | {"priority": 3.0, "seat": self.epic.builder, "depends_on": [], "max_retries": 3}
            for issue_id, work in zip(self.issue_ids, self.epic.work, strict=True)
        ]
        epic = _CARD | {
            "id": self.build_id.removeprefix("build-"),
            "name": self.epic.name,
            "type": "epic",
            "status": "ready",
            "description": self.epic.description,
            "priority": 2.0,
            "team": "standard",
            "environment": "standard",
            "issues": issues,
        }
        return _sql(
            "INSERT INTO session_snapshots (session_id, config_json, log_history, captured_at)"
            " VALUES (?, ?, ?, ?)",
            self.session_id, json.dumps({"epic": epic}, ensure_ascii=False), history, moment,
        )  # fmt: skip

    def succeeded(self, at: datetime) -> Sql:
        """The ledger of successes."""
        return _sql(
            "INSERT INTO success_ledger (session_id, success_type, artifact_ref, timestamp)"
            " VALUES (?, 'EPIC_COMPLETED', ?, ?)",
            self.session_id, f"build:{self.build_id}", sql_time(at),
        )  # fmt: skip
