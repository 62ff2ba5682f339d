"""A demo installation that runs for as long as a `with` block, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.demo.generate import find_scenario
from orket_console.demo.keeper import Request, encode

_READY_LIMIT = 60.0
_STOP_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class DemoInstallation:
    """A demo whose servers answered on 127.0.0.1 when it was handed out.

    In the scenario `api-down` nothing listens on `api_port`.
    """

    root: Path
    api_port: int
    webhook_port: int
    scenario: str


@contextmanager
def running(
    scenario: str,
    *,
    seed: int = 1,
    directory: Path | None = None,
    live: bool = True,
    now: datetime | None = None,
    ports: tuple[int, int] | None = None,
) -> Iterator[DemoInstallation]:
    """A demo installation with its servers, until the block ends or this process does.

    Without `directory` it lies in a temporary folder that goes with it; a `directory` is kept,
    and has to be new, empty, or an earlier demo. With `now` (aware) time stands still there:
    nothing is added after what was generated. Otherwise runs and deliveries go on if `live`.
    `ports` (API, webhook) are tried first, before any free ones.

    Raises ConsoleError for an unknown scenario, a folder that can't be used, or servers that
    don't start.
    """
    preferred = find_scenario(scenario).preferred_ports
    root = directory.absolute() if directory is not None else _temporary_root()
    request = Request(
        root=str(root),
        scenario=scenario,
        seed=seed,
        live=live,
        temporary=directory is None,
        now=now.astimezone(UTC).isoformat() if now is not None else None,
        ports=ports or preferred,
    )
    keeper, answers = _start_keeper(request)
    try:
        ready = _await_ready(answers)
        ports = ready["api_port"], ready["webhook_port"]
        yield DemoInstallation(root, *ports, scenario=scenario)
    finally:
        os.close(answers)
        _end(keeper)
        if directory is None:
            shutil.rmtree(root, ignore_errors=True)


def _temporary_root() -> Path:
    return Path(tempfile.gettempdir()).resolve() / f"orket-demo-{secrets.token_hex(4)}"


def _start_keeper(request: Request) -> tuple[subprocess.Popen[bytes], int]:
    """The keeper, and the pipe that it answers on.

    It is in a session of its own: Ctrl-C and a lost terminal are not for it.
    """
    answers, sink = os.pipe()
    try:
        keeper = subprocess.Popen(  # noqa: S603 (our own module, a list, no shell)
            [sys.executable, "-P", "-m", "orket_console.demo.keeper", encode(request)],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        os.close(answers)
        raise
    finally:
        os.close(sink)
    return keeper, answers


def _await_ready(answers: int) -> dict[str, Any]:
    """What the keeper says of the demo; ConsoleError with its reason when there is none."""
    said = b""
    deadline = time.monotonic() + _READY_LIMIT
    while not said.endswith(b"\n"):
        left = deadline - time.monotonic()
        readable, _, _ = select.select([answers], [], [], max(0.0, left))
        chunk = os.read(answers, 65536) if readable else b""
        if not chunk:
            raise ConsoleError("The demo did not start", remedy="try again, or with --dir")
        said += chunk
    answer = json.loads(said)
    if "error" in answer:
        error = answer["error"]
        raise ConsoleError(
            error["what"],
            where=error.get("where", ""),
            remedy=error.get("remedy", ""),
            exit_code=ExitCode(error.get("exit_code", ExitCode.CANNOT_TELL)),
        )
    return dict(answer["ready"])


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """End the keeper by ending its stdin; kill it when that takes too long."""
    if keeper.stdin is not None:
        with contextlib.suppress(OSError):
            keeper.stdin.close()
    try:
        keeper.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        keeper.send_signal(signal.SIGKILL)
        keeper.wait()
