"""An installation whose servers are small programs, and the console's programs run on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from tests.ports import held_port

from orket_console.actions.programs.program import Work
from orket_console.actions.verdicts import PROGRAM_STATUS, Judgement, Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line
from orket_console.target.target import Target, open_target

LIMIT = 30.0
# As Orket's, `python server.py` listens on ORKET_PORT, after what `before.py` does.
_SERVER = """
import http.server, json, os, pathlib, sys
exec(pathlib.Path("before.py").read_text())
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(HEALTH).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
print("serving, with key", os.environ.get("ORKET_API_KEY"), flush=True)
Server((os.environ.get("ORKET_HOST", "127.0.0.1"), PORT), Health).serve_forever()
"""
_API = """
import os
HEALTH = {"status": "ok", "organization": "Orket"}
PORT = int(os.environ["ORKET_PORT"])
"""
_WEBHOOK = """
import os
HEALTH = {"status": "healthy"}
PORT = int(os.environ["TEST_PORT"])
"""


@dataclass(frozen=True)
class Done:
    status: int
    lines: list[str]

    @property
    def last(self) -> str:
        return self.lines[-1]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Site:
    """An installation with its ports, on which programs of the console's are run."""

    root: Path
    api_port: int
    webhook_port: int

    def before(self, script: str) -> None:
        """What the servers do before they listen."""
        (self.root / "before.py").write_text(script)

    def run(self, module: str, *arguments: str, **variables: str) -> Done:
        """A program of the console's, in the root, to its end."""
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                "-u",
                "-m",
                f"orket_console.actions.programs.{module}",
                *arguments,
            ],
            cwd=self.root,
            env={**os.environ, "TEST_PORT": str(self.webhook_port), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * LIMIT,
            check=False,
        )
        return Done(done.returncode, done.stdout.splitlines())

    def call(self, work: Work, *arguments: str, **variables: str) -> Done:
        """The same, in this process, which saves its start."""
        target = open_target(
            option=str(self.root),
            environment={**os.environ, **variables},
            here=self.root,
            flags={},
        )
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                ended = work(target, arguments)
            except ConsoleError as error:
                ended = Judgement(Verdict.FAILED, str(error))
        status = next(code for code, verdict in PROGRAM_STATUS.items() if verdict is ended.verdict)
        return Done(int(status), [*said.getvalue().splitlines(), one_line(ended.evidence)])

    def listener(self, port: int) -> psutil.Process | None:
        """The process in this root that listens on the port."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if any(one.laddr.port == port for one in process.net_connections("tcp")):
                    return process
        return None

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd() == str(self.root) and process.pid != os.getpid():
                    found.append(process)
        return found


@pytest.fixture
def site(bare_root: Path) -> Iterator[Site]:
    """An old installation with both servers' programs, neither running; none outlives the test."""
    (bare_root / "scripts").mkdir()
    (bare_root / "scripts" / "run_migrations.py").write_text("")
    (bare_root / "orket").mkdir()
    (bare_root / "orket" / "__init__.py").write_text("")
    (bare_root / "server.py").write_text(_API + _SERVER)
    (bare_root / "orket" / "webhook_server.py").write_text(_WEBHOOK + _SERVER)
    (bare_root / "before.py").write_text("")
    (bare_root / ".env").write_text(
        "ORKET_API_KEY=canary-key-of-env\nGITEA_WEBHOOK_SECRET=canary-secret-of-env\n"
        "GITEA_ADMIN_PASSWORD=canary-password\n"
    )
    with held_port() as api, held_port() as webhook:
        (bare_root / "orket-console.toml").write_text(
            f"[api]\nport = {api}\n[webhook]\nport = {webhook}\n"
            f'[target]\npython = "{sys.executable}"\n'
        )
        made = Site(bare_root, api, webhook)
        yield made
    for process in made.processes():
        with contextlib.suppress(psutil.Error):
            process.kill()


@dataclass
class Asked:
    """A request that a played server got."""

    line: str
    headers: dict[str, str]
    body: bytes


Answers = Callable[[Asked], tuple[int, object]]


@pytest.fixture
def played() -> Iterator[Callable[[int, Answers], list[Asked]]]:
    """Plays a server on a port by a function; gives the requests that it gets."""
    servers: list[ThreadingHTTPServer] = []

    def play(port: int, answers: Answers) -> list[Asked]:
        asked: list[Asked] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Asked(f"{self.command} {self.path}", dict(self.headers), body)
                asked.append(request)
                status, answer = answers(request)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *arguments: object) -> None:
                """Nothing is printed."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return asked

    yield play
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site_target(site: Site, target_of: Callable[..., Target]) -> Target:
    return target_of(site.root)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Waits for a condition; fails when it does not come."""

    def wait(condition: Callable[[], object]) -> None:
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)

    return wait
