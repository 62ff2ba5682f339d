"""Small servers that behave and misbehave, databases of Orket's shape, and rounds over both."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.installed import ENV, RUNTIME, WEBHOOK, own_server

from orket_console.base.clock import SystemClock
from orket_console.health.look import Memory
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.target.settings import Scalar

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]
Answer = Callable[[str, dict[str, str]], bytes]


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
    (bare_root / ".env").write_text("".join(f"{name}={value}\n" for name, value in ENV.items()))
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
    with ExitStack() as started:
        yield lambda root, **variables: started.enter_context(own_server(root, **variables))


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
