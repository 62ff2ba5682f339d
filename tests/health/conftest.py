"""Small servers that behave and misbehave, databases of Orket's shape, and rounds over both."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orket_console.base.clock import SystemClock
from orket_console.health.look import Memory
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.target.settings import Scalar

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]
Answer = Callable[[str, dict[str, str]], bytes]

RUNTIME = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, type TEXT, name TEXT, department TEXT, status TEXT,
  task_input TEXT, transcript TEXT, start_time DATETIME, end_time DATETIME);
CREATE TABLE issues (id TEXT PRIMARY KEY, session_id TEXT, build_id TEXT, seat TEXT, summary TEXT,
  status TEXT, retry_count INTEGER DEFAULT 0, created_at DATETIME);
CREATE TABLE run_ledger (session_id TEXT PRIMARY KEY, run_type TEXT, run_name TEXT,
  department TEXT, build_id TEXT, status TEXT, failure_class TEXT, failure_reason TEXT,
  summary_json TEXT, artifact_json TEXT, started_at DATETIME, ended_at DATETIME,
  updated_at DATETIME);
CREATE TABLE _schema_migrations (id TEXT PRIMARY KEY, applied_at TEXT NOT NULL);
INSERT INTO _schema_migrations VALUES ('001_runtime_indexes.sql', '2026-11-23T05:20:13+00:00');
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
INSERT INTO _schema_migrations VALUES ('002_webhook_indexes.sql', '2026-11-23T05:20:13+00:00');
"""


SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "organization": "Orket"}')
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def _reply(
    status: int = 200, body: bytes | object = b"", headers: dict[str, str] | None = None
) -> bytes:
    """An HTTP/1.1 answer; a body that is no bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
    fields = {"Content-Length": str(len(content)), **kind, **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{head}Connection: close\r\n\r\n".encode() + content


@pytest.fixture
def reply() -> Callable[..., bytes]:
    return _reply


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a TCP server with a handler on a free port of `host`; its port is returned."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(
        handler: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> int:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await handler(reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the client gave up, which is what many of these tests are about
            finally:
                writer.close()

        server = await asyncio.start_server(handle, host, 0, ssl=tls)
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def answering(serve: Serve) -> Callable[[Answer], Awaitable[int]]:
    """Start an HTTP server that answers by path and (lower-case) headers."""

    async def start(answer: Answer) -> int:
        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request, *lines = head.splitlines()
            headers = dict(line.lower().split(": ", 1) for line in lines if line)
            writer.write(answer(request.split()[1], headers))
            await writer.drain()

        return await serve(handler)

    return start


@pytest.fixture
def round_of(target_of: Callable[..., object]) -> Callable[..., Awaitable[dict[str, Reading]]]:
    """Run a round on a root; its readings by probe."""

    async def run(
        root: Path, flags: dict[str, Scalar] | None = None, memory: Memory | None = None
    ) -> dict[str, Reading]:
        target = target_of(root, {"health.deadline": 5.0, **(flags or {})})
        done = await run_round(target, SystemClock(), memory or Memory())  # type: ignore[arg-type]
        return {reading.probe: reading for reading in done.readings}

    return run


@pytest.fixture
def lived_root(bare_root: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that has run: databases, logs and a turn, all well; servers elsewhere."""
    monkeypatch.setenv("GITEA_URL", f"http://127.0.0.1:{free_port}")
    db = bare_root / ".orket" / "durable" / "db"
    for name, script in (("orket_persistence.db", RUNTIME), ("webhook.db", WEBHOOK)):
        with closing(sqlite3.connect(db / name)) as connection:
            connection.executescript(script)
    turn = bare_root / "workspace/default/observability/s1/iss-1/001_coder"
    turn.mkdir(parents=True)
    now = datetime.now(UTC).isoformat()
    (turn / "checkpoint.json").write_text(json.dumps({"captured_at": now}))
    line = json.dumps({"timestamp": now, "role": "system", "event": "session_start", "data": {}})
    (bare_root / "orket.log").write_text(line + "\n")
    (bare_root / "workspace/default/orket.log").write_text(line + "\n")
    (bare_root / ".env").write_text(
        "ORKET_API_KEY=k-canary-0001\nGITEA_WEBHOOK_SECRET=s-canary-0002\n"
        "GITEA_ADMIN_PASSWORD=p-canary-0003\n"
    )
    (bare_root / "orket-console.toml").write_text(
        f"[api]\nport = {free_port}\n[webhook]\nport = {free_port}\n"
    )
    return bare_root


@pytest.fixture
def execute() -> Callable[[Path, str], None]:
    """Run a script on one of the databases of a root."""

    def run(path: Path, script: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)

    return run


@pytest.fixture
def server_of() -> Iterator[Callable[..., int]]:
    """Start `server.py`, a process of its own with variables of its own, in a root; its port
    is returned."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(root: Path, **variables: str) -> int:
        (root / "server.py").write_text(SERVER)
        process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=root,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
        )
        processes.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of localhost, signed by itself: the certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key
