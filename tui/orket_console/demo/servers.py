"""The demo's two servers as processes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from orket_console.base.errors import ConsoleError
from orket_console.demo.layout import MARKER, Site, environment, webhook_environment
from orket_console.demo.loopback import direct_opener
from orket_console.demo.scenarios import ApiState

READY_LIMIT = 20.0
_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Program:
    """One server: its output's name, its command behind the interpreter, its port, its settings."""

    name: str
    command: tuple[str, ...]
    port: int
    settings: dict[str, str]


def programs(site: Site) -> list[Program]:
    """The servers that run in the site's scenario."""
    command = ("-m", "orket.webhook_server")
    webhook = Program("webhook", command, site.webhook_port, webhook_environment(site))
    if site.scenario.api is not ApiState.UP:
        return [webhook]
    return [Program("api", ("server.py",), site.api_port, environment(site)), webhook]


def reserve(preferred: int) -> socket.socket:
    """A socket that listens on the preferred loopback port, or on any other that is free."""
    for port in (preferred, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(64)
        except OSError:
            listener.close()
            if port == 0:
                raise
        else:
            return listener
    raise AssertionError("unreachable: the last attempt returns or raises")


def start(
    site: Site, program: Program, listener: socket.socket, *, still: bool
) -> subprocess.Popen[bytes]:
    """Start a server on a socket that listens already; `still` holds its clock at `site.now`.

    What it prints goes to `.orket-demo/<name>.out`.
    """
    descriptor = listener.fileno()
    settings = clean_environment() | program.settings
    settings |= {"ORKET_DEMO_LISTEN_FD": str(descriptor), "PYTHONDONTWRITEBYTECODE": "1"}
    if still:
        settings["ORKET_DEMO_NOW"] = site.now.isoformat()
    output = site.root / MARKER / f"{program.name}.out"
    with output.open("wb") as sink:
        return subprocess.Popen(  # noqa: S603 (our own program, a list, no shell)
            [site.python, *program.command],
            cwd=site.root,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            pass_fds=(descriptor,),
        )


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that is meant for Orket or Gitea."""
    foreign = ("ORKET_", "GITEA_")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)}


def wait_until_ready(root: Path, program: Program, process: subprocess.Popen[bytes]) -> None:
    """Return when `/health` answers; ConsoleError when the process ends or never answers."""
    deadline = time.monotonic() + READY_LIMIT
    while not _is_healthy(program.port):
        ended = process.poll()
        if ended is None and time.monotonic() < deadline:
            continue
        said = (root / MARKER / f"{program.name}.out").read_text("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else "it said nothing"
        state = "gave no answer" if ended is None else f"ended with status {ended}"
        raise ConsoleError(f"The demo's {program.name} server {state}: {last}")


def _is_healthy(port: int) -> bool:
    try:
        with direct_opener().open(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """TERM, a moment's grace, KILL; none is left when it returns."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
