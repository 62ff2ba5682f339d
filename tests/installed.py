"""What an installation of Orket has, as tests lay it down: tables, secrets, and a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUNTIME = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, type TEXT, name TEXT, department TEXT, status TEXT,
  task_input TEXT, transcript TEXT, start_time DATETIME, end_time DATETIME);
CREATE TABLE run_ledger (session_id TEXT PRIMARY KEY, run_type TEXT, run_name TEXT,
  department TEXT, build_id TEXT, status TEXT, failure_class TEXT, failure_reason TEXT,
  summary_json TEXT, artifact_json TEXT, started_at DATETIME, ended_at DATETIME,
  updated_at DATETIME);
CREATE TABLE issues (id TEXT PRIMARY KEY, session_id TEXT, build_id TEXT, seat TEXT, summary TEXT,
  status TEXT, retry_count INTEGER DEFAULT 0, max_retries INTEGER DEFAULT 3, created_at DATETIME);
CREATE TABLE card_transactions (id INTEGER PRIMARY KEY, card_id TEXT, role TEXT, action TEXT,
  timestamp DATETIME);
CREATE TABLE _schema_migrations (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL);
INSERT INTO _schema_migrations VALUES ('001_runtime_indexes.sql', '2026-11-23T04:20:13+00:00');
"""
WEBHOOK = """
CREATE TABLE pr_review_cycles (id INTEGER PRIMARY KEY AUTOINCREMENT, pr_key TEXT UNIQUE NOT NULL,
  repo_full_name TEXT NOT NULL, pr_number INTEGER NOT NULL, cycle_count INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'active', created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE review_failures (id INTEGER PRIMARY KEY, pr_key TEXT, cycle_number INTEGER,
  reviewer TEXT, reason TEXT, created_at TIMESTAMP);
CREATE TABLE webhook_events (id INTEGER PRIMARY KEY, event_type TEXT, pr_key TEXT, payload TEXT,
  result TEXT, created_at TIMESTAMP);
CREATE TABLE _schema_migrations (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL);
INSERT INTO _schema_migrations VALUES ('002_webhook_indexes.sql', '2026-11-23T04:20:13+00:00');
"""
ENV = {
    "ORKET_API_KEY": "k-canary-0001",
    "GITEA_WEBHOOK_SECRET": "s-canary-0002",
    "GITEA_ADMIN_PASSWORD": "p-canary-0003",
}
API_HEALTH = {"status": "ok", "organization": "Orket"}
_SERVER = """
import http.server, json, os
KEY, HEALTH = os.environ.get("ORKET_API_KEY", ""), {health}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        allowed = self.path == "/health" or self.headers.get("X-API-Key") == KEY
        body = HEALTH if self.path == "/health" else {"version": "1", "api": "v1"}
        self.send_response(200 if allowed else 403)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def own_server(
    root: Path, script: str = "server.py", health: object = API_HEALTH, **variables: str
) -> Iterator[int]:
    """A process of its own in that root, with variables of its own, on a port that is given.

    It answers `/health` to everybody, and all else to the key that is among the variables.
    """
    (root / script).write_text(_SERVER.replace("{health}", json.dumps(health)))
    process = subprocess.Popen(
        [sys.executable, script],
        cwd=root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()
