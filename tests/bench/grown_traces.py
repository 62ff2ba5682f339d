"""A large installation: many runs with their traces, or one run of many turns.

Made once and kept in the user's cache folder. The files that no list reads are one file each,
linked to from every turn: a hundred thousand copies would say no more.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.bench.grown_log import CACHE

_FORM: Final = 2
"""Goes up when what is written changes, so that a tree kept from before is not taken for it."""
SESSIONS: Final = 1000
ISSUES: Final = 10
TURNS: Final = 10
BEGINS: Final = datetime(2026, 11, 1, tzinfo=UTC)
_MOST_LINKS: Final = 20_000
_SCHEMA: Final = """
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
CREATE INDEX idx_card_transactions_card_id ON card_transactions(card_id);
"""


def many_runs() -> Path:
    """The root of an installation of `SESSIONS` × `ISSUES` × `TURNS` turns, four files each."""
    return _kept(f"runs-{SESSIONS}", SESSIONS, ISSUES, TURNS)


def one_long_run(turns: int) -> Path:
    """The root of an installation with one run of `turns` turns over ten issues."""
    return _kept(f"turns-{turns}", 1, ISSUES, turns // ISSUES)


def session_name(number: int) -> str:
    return f"{number:08x}"


def _kept(name: str, sessions: int, issues: int, turns: int) -> Path:
    root = CACHE / f"{name}-{_FORM}"
    if root.is_dir():
        return root
    scratch = CACHE / f"{name}.new"
    shutil.rmtree(scratch, ignore_errors=True)
    _write(scratch, root, sessions, issues, turns)
    scratch.rename(root)
    return root


def _write(root: Path, known_as: Path, sessions: int, issues: int, turns: int) -> None:
    traces = root / "workspace" / "default" / "observability"
    traces.mkdir(parents=True)
    _write_rows(root, known_as, sessions, issues, turns)
    shared = _Shared(root / "shared")
    at = BEGINS
    for number in range(sessions):
        session = session_name(number)
        for turn in range(issues * turns):
            issue, index = turn % issues, turn // issues + 1
            at += timedelta(seconds=1)
            role = ("coder", "integrity_guard")[index % 2]
            folder = f"{traces}/{session}/iss-{number}-{issue}/{index:03d}_{role}"
            os.makedirs(folder)  # noqa: PTH103  a hundred thousand of them
            record = {
                "run_id": session,
                "issue_id": f"ISS-{number}-{issue}",
                "turn_index": index,
                "role": role,
                "prompt_hash": "e1712b46eb143959",
                "model": "qwen2.5-coder:14b",
                "tool_calls": [{"tool": "update_issue_status", "args": {"status": "code_review"}}],
                "state_delta": {"from": "in_progress", "to": "code_review"},
                "captured_at": at.isoformat(),
            }
            with open(f"{folder}/checkpoint.json", "w") as file:  # noqa: PTH123
                json.dump(record, file)
            shared.link(folder)


class _Shared:
    """The three other files of a turn, and links to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._links = 0

    def link(self, turn: str) -> None:
        kept = self._folder / str(self._links // _MOST_LINKS)
        if self._links % _MOST_LINKS == 0:
            kept.mkdir(parents=True)
            prompt = [{"role": "system", "content": "be brief\n" * 100}]
            (kept / "messages.json").write_text(json.dumps(prompt))
            raw = {"model": "qwen2.5-coder:14b", "total_tokens": 40}
            (kept / "model_response_raw.json").write_text(json.dumps(raw))
            (kept / "tool_result_update_issue_status_0a1b2c3d4e5f.json").write_text('{"ok": true}')
        for name in os.listdir(kept):  # noqa: PTH208
            os.link(f"{kept}/{name}", f"{turn}/{name}")
        self._links += 1


def _write_rows(root: Path, known_as: Path, sessions: int, issues: int, turns: int) -> None:
    database = root / ".orket" / "durable" / "db" / "orket_persistence.db"
    database.parent.mkdir(parents=True)
    connection = sqlite3.connect(database)
    with connection:
        connection.executescript(_SCHEMA)
        for number in range(sessions):
            session, build = session_name(number), f"build-{number}"
            began = BEGINS + timedelta(seconds=number * issues * turns)
            ended = began + timedelta(seconds=issues * turns)
            times = (began.isoformat(), ended.isoformat())
            summary = {"transcript_turns": issues * turns, "status_counts": {"done": issues}}
            traces = known_as / "workspace/default/observability" / session
            connection.execute(
                "INSERT INTO run_ledger VALUES (?,'epic','Epic','core',?,'done','','',?,?,?,?,?)",
                (
                    session,
                    build,
                    json.dumps(summary),
                    json.dumps({"observability_root": str(traces)}),
                    *times,
                    times[1],
                ),
            )
            connection.execute(
                "INSERT INTO sessions VALUES (?,'epic','Epic','core','done','','[]',?,?)",
                (session, *times),
            )
            connection.executemany(
                "INSERT INTO issues (id, build_id, seat, summary, status) VALUES (?,?,?,?,'done')",
                [(f"ISS-{number}-{i}", build, "coder", "work") for i in range(issues)],
            )
    connection.close()
