"""Who can reach the servers, with real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from orket_console.base.state import State
from orket_console.health.reading import Reading

RoundOf = Callable[..., Awaitable[dict[str, Reading]]]
SERVER = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ok = {"status": "ok", "organization": "Orket"} if sys.argv[1] == "api" else {
            "status": "healthy"}
        body = {"/health": ok, "/v1/version": {"version": "1", "api": "v1"}}[self.path]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def log_message(self, *_): pass
server = http.server.HTTPServer((sys.argv[2], 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
Serve = Callable[..., int]


@pytest.fixture
def serve_in(lived_root: Path) -> Iterator[Serve]:
    """A server of this root, as `api` or `webhook`, on an address; its port is returned."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, address: str, **variables: str) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, name, address],
            cwd=lived_root,
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


async def test_open_without_a_key_to_all_the_network(
    serve_in: Serve, round_of: RoundOf, lived_root: Path
) -> None:
    flags = {"api.port": serve_in("api", "0.0.0.0")}
    reading = (await round_of(lived_root, flags))["exposure"]
    assert (reading.state, reading.word) == (State.FAILING, "exposed")
    assert "0.0.0.0 (open to the network)" in reading.seen
    flags = {"api.port": serve_in("api", "127.0.0.1")}
    readings = await round_of(lived_root, flags)
    assert readings["api-key"].word == "open"
    assert (readings["exposure"].state, readings["exposure"].seen) == (
        State.OK,
        "API on 127.0.0.1",
    )


async def test_the_test_endpoint(serve_in: Serve, round_of: RoundOf, lived_root: Path) -> None:
    quiet = {"webhook.port": serve_in("webhook", "127.0.0.1")}
    reading = (await round_of(lived_root, quiet))["exposure"]
    assert (reading.state, reading.seen) == (State.OK, "webhook on 127.0.0.1")
    variables = {"ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT": "Yes"}
    flags = {"webhook.port": serve_in("webhook", "127.0.0.1", **variables)}
    reading = (await round_of(lived_root, flags))["exposure"]
    assert (reading.state, reading.word) == (State.DEGRADED, "test endpoint")
    assert reading.seen == "/webhook/test is on, without a token of its own"


async def test_no_server_no_exposure(round_of: RoundOf, lived_root: Path) -> None:
    reading = (await round_of(lived_root))["exposure"]
    assert (reading.state, reading.word) == (State.INFO, "none")
