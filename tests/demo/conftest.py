"""Demo installations on disk, and their servers as processes."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orket_console.demo.generate import generate, site_of
from orket_console.demo.layout import claim, lay_down
from orket_console.demo.loopback import direct_opener

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
LISTENING = re.compile(r"running on http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A server of a demo that listens on `port`."""

    root: Path
    port: int

    def ask(
        self, path: str, body: bytes | None = None, *, method: str = "", **headers: str
    ) -> Answer:
        """Headers are named with `_` for `-`."""
        from urllib.error import HTTPError
        from urllib.request import Request

        request = Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            method=method or ("GET" if body is None else "POST"),
        )
        try:
            with direct_opener().open(request, timeout=30) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def deliver(self, payload: object, *, secret: str, event: str = "pull_request") -> Answer:
        """POST signed as Gitea signs."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.ask("/webhook/gitea", body, X_Gitea_Event=event, X_Gitea_Signature=signature)

    def log(self) -> list[dict[str, Any]]:
        return records(self.root / "orket.log")


def records(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def make(root: Path, scenario: str = "healthy", *, seed: int = 1) -> Path:
    """Generate a demo installation; its root."""
    generate(
        root, scenario, seed=seed, now=NOW, api_port=18082, webhook_port=18080,
        python=sys.executable,
    )  # fmt: skip
    return root


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A demo installation to look at: made once, not to be changed."""
    return cache(lambda scenario: make(tmp_path_factory.mktemp(scenario) / "demo", scenario))


@pytest.fixture
def laid_down(tmp_path: Path) -> Callable[..., Path]:
    """Generates a demo installation of the test's own."""
    return lambda scenario="healthy", *, seed=1, name="demo": make(
        tmp_path / name, scenario, seed=seed
    )


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., Path]:
    """A demo installation of the test's own without any history: quick to make."""

    def lay(scenario: str = "healthy", name: str = "demo") -> Path:
        site = site_of(tmp_path / name, scenario, 1, NOW, 18082, 18080, sys.executable)
        claim(site.root)
        lay_down(site)
        return site.root

    return lay


@pytest.fixture
def started() -> Iterator[Callable[..., Server]]:
    """Starts `server.py` or the webhook server of a demo on a free port, by hand."""
    processes: list[subprocess.Popen[str]] = []

    def start(root: Path, *command: str, **environment: str) -> Server:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=root,
            env=os.environ | {"ORKET_PORT": "0", "ORKET_DEMO_WEBHOOK_PORT": "0"} | environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if found := LISTENING.search(line):
                return Server(root, int(found[1]))
        raise AssertionError(f"ended with {process.wait()}")

    yield start
    for process in processes:
        process.kill()
        process.wait()
        with contextlib.suppress(OSError):
            process.stderr and process.stderr.close()
