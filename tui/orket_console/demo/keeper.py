"""The demo's keeper: the process that makes, runs and clears away a demo installation.

`python -m orket_console.demo.keeper REQUEST` with the request as JSON. It answers with one line
of JSON on stdout (`{"ready": …}` or `{"error": …}`), and from then on keeps the demo until its
stdin ends, its parent is gone, or it is told to stop. It holds a lock on
`.orket-demo/keeper.lock`; servers end when that is let go, so that nothing outlives it even when
it is killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from orket_console.base.errors import ConsoleError
from orket_console.demo.generate import generate, site_of
from orket_console.demo.layout import MARKER, Site, refuse_foreign
from orket_console.demo.live import LiveDriver
from orket_console.demo.servers import programs, reserve, start, stop, wait_until_ready

_LONGEST_SLEEP = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Request:
    """What to keep. `root` is absolute; `now` (ISO 8601) makes time stand still.

    `ports` are those of the API and webhook servers that are tried first, before any others.
    """

    root: str
    scenario: str
    seed: int
    live: bool
    temporary: bool
    now: str | None
    ports: tuple[int, int]


class Stopped(BaseException):
    """A signal asked the keeper to end."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for other in _SIGNALS:  # clearing away is not to be interrupted
        signal.signal(other, signal.SIG_IGN)
    raise Stopped


@contextmanager
def _claimed(request: Request) -> Iterator[Path]:
    """The root, locked for as long as the block lasts, and gone after it when temporary."""
    root = Path(request.root)
    refuse_foreign(root)
    marker = root / MARKER
    marker.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(marker / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        remedy = "name another folder"
        raise ConsoleError("A demo is running there", where=request.root, remedy=remedy) from None
    try:
        if request.temporary:
            (marker / "temporary").touch()
        else:
            (marker / "temporary").unlink(missing_ok=True)
        yield root
    finally:
        if request.temporary:
            shutil.rmtree(root, ignore_errors=True)
        os.close(descriptor)


def _make(request: Request, api_port: int, webhook_port: int) -> Site:
    now = datetime.fromisoformat(request.now) if request.now else datetime.now(UTC)
    root = Path(request.root)
    python = sys.executable
    generate(
        root, request.scenario, seed=request.seed, now=now, api_port=api_port,
        webhook_port=webhook_port, python=python,
    )  # fmt: skip
    return site_of(root, request.scenario, request.seed, now, api_port, webhook_port, python)


def _start_servers(
    site: Site, listeners: dict[str, socket.socket], *, still: bool
) -> list[subprocess.Popen[bytes]]:
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program in programs(site):
            with listeners[program.name] as listener:
                processes.append(start(site, program, listener, still=still))
        for program, process in zip(programs(site), processes, strict=True):
            wait_until_ready(site.root, program, process)
    except BaseException:
        stop(processes)
        raise
    return processes


def _keep(site: Site, request: Request) -> None:
    """Let the demo go on until stdin ends or the parent is another one than at the start."""
    parent = os.getppid()
    driver = LiveDriver(site, datetime.now(UTC)) if request.live and not request.now else None
    while os.getppid() == parent:
        pause = _LONGEST_SLEEP
        if driver is not None:
            # Somebody may lock or break the database on purpose; the runs then wait.
            with suppress(OSError, sqlite3.Error):
                due = driver.advance(datetime.now(UTC))
                pause = (due - datetime.now(UTC)).total_seconds()
        readable, _, _ = select.select([sys.stdin], [], [], min(max(pause, 0.0), _LONGEST_SLEEP))
        if readable and not os.read(sys.stdin.fileno(), 4096):
            return


def _answer(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def keep(request: Request) -> None:
    """Make the demo, say that it is ready, keep it, and clear it away."""
    with ExitStack() as stack:
        root = stack.enter_context(_claimed(request))
        names = ("api", "webhook")
        listeners = dict(zip(names, map(reserve, request.ports), strict=True))
        ports = [listeners[name].getsockname()[1] for name in names]
        site = _make(request, *ports)
        still = request.now is not None
        processes = _start_servers(site, listeners, still=still)
        stack.callback(stop, processes)
        for listener in listeners.values():
            listener.close()
        _answer({"ready": {"root": str(root), "api_port": ports[0], "webhook_port": ports[1]}})
        _keep(site, request)


def main() -> int:
    """Run a keeper; 0 when the demo ended as it should."""
    for number in _SIGNALS:
        signal.signal(number, _stop)
    try:
        keep(Request(**json.loads(sys.argv[1])))
    except Stopped:
        return 0
    except ConsoleError as error:
        told = {"what": error.what, "where": error.where, "remedy": error.remedy}
        _answer({"error": told | {"exit_code": int(error.exit_code)}})
        return 1
    except (OSError, sqlite3.Error) as error:
        _answer({"error": {"what": f"The demo can't be made: {error}"}})
        return 1
    return 0


def encode(request: Request) -> str:
    """The request as it is handed over."""
    return json.dumps(asdict(request))


if __name__ == "__main__":
    sys.exit(main())
