"""The command line in processes of its own, forked from one that has loaded it already.

A process that starts from nothing spends most of its time on loading modules. One forked has
its own id, folder, environment and streams all the same, and ends as any other does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 60.0
_LONGEST = 200_000
_LOADED = (
    *(f"orket_console.cli.{name}" for name in ("actions_accept", "actions_restore", "typed")),
    "orket_console.actions.catalogue",
    "orket_console.actions.runner",
    "orket_console.health.rounds",
    "orket_console.incidents.diagnosis.gathering.gather",
    "orket_console.incidents.overview",
    "asyncio",
    "httpx",
)
"""What the commands load once they are called, beside their own modules."""


def serve(fd: int) -> None:
    """Forks, for each request on a socket, a process that is asked for; in that it returns."""
    from orket_console.cli.main import COMMANDS, main

    for name in (*(f"orket_console.cli.{command}" for command in COMMANDS), *_LOADED):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    requests = socket.socket(fileno=fd)
    while True:
        request, fds, _, _ = socket.recv_fds(requests, _LONGEST, 4)
        if not request:
            return
        if os.fork() == 0:
            break
        for each in fds:
            os.close(each)
        _reap()
    requests.close()
    program = os.fork()
    if program:
        _, status = os.waitpid(program, 0)
        answer = socket.socket(fileno=fds[3])
        answer.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    _become(json.loads(request), fds)
    try:
        main()
    except SystemExit as ended:
        _end(int(ended.code or 0))


def _reap() -> None:
    """Those that have answered."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _become(request: dict[str, object], fds: list[int]) -> None:
    """As a process is that starts with these arguments, folder, environment and streams."""
    for number, each in enumerate(fds[:3]):
        os.dup2(each, number)
    for each in fds:
        os.close(each)
    os.chdir(str(request["here"]))
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv = ["-c", *request["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(stream, "utf-8", errors, write_through=stream.fileno() == 2)
        for stream, errors in (
            (io.BufferedReader(io.FileIO(0)), "strict"),
            (io.BufferedWriter(io.FileIO(1, "w")), "strict"),
            (io.BufferedWriter(io.FileIO(2, "w")), "backslashreplace"),
        )
    )


def _end(status: int) -> None:
    """As an interpreter does, but for taking apart all that it has loaded."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(status)


class Forks:
    """Runs the command line in processes that are forked."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).parents[2]
        program = (
            f"import sys; sys.path.append({str(root)!r})\n"
            f"from tests.cli.forks import serve; serve({theirs.fileno()})"
        )
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def run(
        self, arguments: Sequence[str], here: Path, environment: Mapping[str, str]
    ) -> tuple[int, bytes, bytes]:
        """The exit status, and what was written to stdout and stderr."""
        request = {
            "arguments": list(arguments),
            "here": str(here),
            "environment": dict(environment),
        }
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        (out, into_out), (err, into_err) = os.pipe(), os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        given = [nothing, into_out, into_err, theirs.detach()]
        socket.send_fds(self._requests, [json.dumps(request).encode()], given)
        for each in given:
            os.close(each)
        with ours, io.FileIO(out) as stdout, io.FileIO(err) as stderr:
            ours.settimeout(LIMIT)
            written = _read_all([stdout, stderr])
            return int(ours.recv(16)), written[0], written[1]

    def close(self) -> None:
        self._requests.close()
        self._server.wait(LIMIT)


def _read_all(streams: Sequence[io.FileIO]) -> list[bytes]:
    """Everything up to the end of each."""
    found = {stream: bytearray() for stream in streams}
    end = time.monotonic() + LIMIT
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            assert time.monotonic() < end, f"it did not end; it wrote {found.values()}"
            for key, _ in selector.select(1.0):
                chunk = os.read(key.fd, 65536)
                found[key.fileobj] += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
    return [bytes(found[stream]) for stream in streams]
