"""An installation with runs, laid down a row and a turn at a time."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, type TEXT, name TEXT, department TEXT, status TEXT,
    task_input TEXT, transcript TEXT, start_time DATETIME, end_time DATETIME);
CREATE TABLE run_ledger (session_id TEXT PRIMARY KEY, run_type TEXT, run_name TEXT,
    department TEXT, build_id TEXT, status TEXT, failure_class TEXT, failure_reason TEXT,
    summary_json TEXT, artifact_json TEXT, started_at DATETIME, ended_at DATETIME,
    updated_at DATETIME);
CREATE TABLE issues (id TEXT PRIMARY KEY, session_id TEXT, build_id TEXT, seat TEXT,
    summary TEXT, status TEXT, retry_count INTEGER DEFAULT 0, max_retries INTEGER DEFAULT 3);
CREATE TABLE card_transactions (id INTEGER PRIMARY KEY AUTOINCREMENT, card_id TEXT, role TEXT,
    action TEXT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP);
"""
DEFAULT_CALL = {"tool": "update_issue_status", "args": {"status": "code_review"}}


class Installation:
    """Writes what Orket would have left behind."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = root / "workspace" / "default"
        self.database = root / ".orket" / "durable" / "db" / "orket_persistence.db"

    def make_tables(self) -> None:
        with sqlite3.connect(self.database) as connection:
            connection.executescript(SCHEMA)
        connection.close()

    def insert(self, table: str, **values: object) -> None:
        if not self.database.exists():
            self.make_tables()
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values())
            )
        connection.close()

    def execute(self, statement: str) -> None:
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute(statement)
        connection.close()

    def run(self, session: str, status: str = "done", **values: object) -> None:
        """A ledger row and its sessions row."""
        started = str(values.pop("started_at", "2026-11-23T05:17:37.4+00:00"))
        ended = values.pop("ended_at", "2026-11-23T05:17:37.5+00:00")
        row = {"build_id": f"build-{session}", "run_name": f"Epic {session}"} | values
        self.insert(
            "run_ledger",
            **{"session_id": session, "status": status, "started_at": started, "ended_at": ended}
            | {"updated_at": ended or started}
            | row,
        )
        table = "Started" if status == "running" else status
        self.insert("sessions", id=session, status=table, start_time=started, end_time=ended)

    def issue(self, issue: str, build: str, status: str = "done", **values: object) -> None:
        self.insert("issues", id=issue, build_id=build, status=status, **values)

    def folder(self, session: str, issue: str, turn: str, workspace: Path | None = None) -> Path:
        base = self.workspace if workspace is None else workspace
        path = base / "observability" / session / issue / turn
        path.mkdir(parents=True, exist_ok=True)
        return path

    def turn(
        self,
        session: str,
        issue: str,
        index: int = 1,
        role: str = "lead_architect",
        *,
        at: str = "2026-11-23T05:17:37.485257+00:00",
        calls: list[dict[str, Any]] | None = None,
        results: list[object] | None = None,
        response: str = "```json\n{}\n```",
        workspace: Path | None = None,
        **checkpoint: object,
    ) -> Path:
        """A whole turn; `results` of None stands for one that is ok for each call."""
        calls = [DEFAULT_CALL] if calls is None else calls
        name = issue.lower().replace(" ", "_")
        folder = self.folder(session, name, f"{index:03d}_{role}", workspace)
        status = next(
            (c["args"].get("status") for c in calls if c["tool"] == "update_issue_status"), None
        )
        record = {
            "run_id": session,
            "issue_id": issue,
            "turn_index": index,
            "role": role,
            "prompt_hash": "e1712b46eb143959",
            "model": "qwen",
            "tool_calls": calls,
            "state_delta": {"from": "in_progress", "to": status},
            "captured_at": at,
        } | checkpoint
        self.write(folder, "checkpoint.json", record)
        self.write(folder, "messages.json", [{"role": "system", "content": "be brief"}])
        self.write(folder, "model_response.txt", response)
        self.write(folder, "model_response_raw.json", {"model": "qwen", "total_tokens": 40})
        self.write(folder, "parsed_tool_calls.json", calls)
        self.write(folder, "prompt_layers.json", {"guards": []})
        self.write(folder, "tool_parser_diagnostics.json", [{"stage": "parse_start"}])
        outcomes = [{"ok": True}] * len(calls) if results is None else results
        for number, (call, result) in enumerate(zip(calls, outcomes, strict=False)):
            self.write(folder, f"tool_result_{call['tool']}_{number:012x}.json", result)
        return folder

    def report(self, session: str, issue: str, detail: str, **values: object) -> Path:
        """A policy violation report."""
        folder = self.workspace / "agent_output"
        folder.mkdir(exist_ok=True)
        record = {
            "timestamp": "2026-11-23T05:17:37.487710+00:00",
            "session_id": session,
            "card_id": issue,
            "violation_type": "state_transition",
            "detail": detail,
            "active_roles": ["lead_architect"],
        } | values
        self.write(folder, f"policy_violation_{issue}.json", record)
        return folder / f"policy_violation_{issue}.json"

    @staticmethod
    def write(folder: Path, name: str, content: object) -> Path:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name
