"""Starting a server: in a session of its own, its output kept, and awaited until it answers."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil

from orket_console.actions.listening import look
from orket_console.actions.programs.account import Account
from orket_console.actions.programs.program import say
from orket_console.actions.programs.server_environment import ServerEnvironment
from orket_console.actions.programs.stopping import stop_tree
from orket_console.base.errors import ConsoleError
from orket_console.base.files import make_private
from orket_console.base.text import decode, one_line, shorten
from orket_console.target.exchange import NoAnswerError, Request, ask
from orket_console.target.servers import Server
from orket_console.target.target import Target

READY_WITHIN: Final = 60.0
"""Seconds that a server may take until it answers."""
_ANSWER_WITHIN: Final = 2.0
_LOOK: Final = 0.1
_QUIET: Final = 3.0
"""Seconds of silence after an error, when a reloader waits for a file to change."""
_SETTLED: Final = 2.0
"""Seconds after which a server that listens elsewhere is not expected here any more."""
_KEPT: Final = 5
"""Outputs of each server that are kept."""
_TAIL: Final = 64 << 10
_MOST_LINES: Final = 20
_ERROR: Final = re.compile(
    r"(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b(?::|$)|ERROR:|\[[A-Z ]*ERROR\])"
)


@dataclass(frozen=True, slots=True)
class Started:
    """A server that was started: its first process, and the file that its output goes to."""

    server: Server
    process: subprocess.Popen[bytes]
    output: Path

    def lines(self) -> list[str]:
        """The last lines of its output, safe to show."""
        try:
            size = self.output.stat().st_size
            with self.output.open("rb") as file:
                file.seek(max(0, size - _TAIL))
                text = decode(file.read(_TAIL))
        except OSError:
            return []
        return [line.rstrip() for line in text.split("\n") if line.strip()]


@dataclass(frozen=True, slots=True)
class Start:
    """How a server is started: all that can be known before the one that runs is stopped.

    `output` is a new file for what it prints; `account` is whose process it becomes, None for
    the console's own user.
    """

    target: Target
    server: Server
    interpreter: Path
    environment: ServerEnvironment
    output: Path
    account: Account | None = None

    @property
    def command(self) -> list[str]:
        return [str(self.interpreter), *self.server.command]


def start(given: Start) -> tuple[Started, str]:
    """Start the server and wait until it answers; what it is then, in words.

    Raises `ConsoleError` that says why it did not come up, with nothing left running.
    """
    started = _spawned(given)
    say(f"started as pid {started.process.pid}; its output goes to {started.output}")
    try:
        return started, _ready(given.target, started)
    except ConsoleError:
        with contextlib.suppress(psutil.NoSuchProcess):
            stop_tree((psutil.Process(started.process.pid),))
        started.process.poll()
        _show_end(started)
        raise


def _spawned(given: Start) -> Started:
    """In a session of its own, so that no terminal's end is its end, and with nothing to read."""
    server, account = given.server, given.account
    as_whom = f" as {account.name}" if account else ""
    folder = given.target.path
    say(f"starting the {server.title}{as_whom}: {' '.join(given.command)} in {folder}")
    for line in given.environment.told:
        say(f"| {line}")
    try:
        with given.output.open("ab") as sink:
            process = subprocess.Popen(  # noqa: S603  the server's own command, never a shell
                given.command,
                cwd=folder,
                env={**given.environment.variables, **(account.variables if account else {})},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=account.groups if account else None,
            )
    except (OSError, ValueError) as error:
        raise ConsoleError(f"the {server.title} can't be started: {error}") from error
    return Started(server, process, given.output)


def new_output(folder: Path, server: Server, at: datetime) -> Path:
    """A new file for the server's output, this user's alone; the oldest ones go.

    Raises `ConsoleError` where it can't be made.
    """
    path = folder / f"{server.name}-{at:%Y%m%dT%H%M%S.%f}.out"
    try:
        make_private(folder)
        for old in sorted(folder.glob(f"{server.name}-*.out"), reverse=True)[_KEPT - 1 :]:
            old.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise ConsoleError(
            f"what the {server.title} prints can't be kept: {error.strerror}",
            where=str(folder),
            remedy="make room, or set state.dir to a folder that can be written",
        ) from error
    return path


def _ready(target: Target, started: Started) -> str:
    """Wait until the server answers `/health`. Raises `ConsoleError` that says why it doesn't."""
    began = time.monotonic()
    port = started.server.port(target)
    silence = _Silence(started)
    heard = ""
    while (waited := time.monotonic() - began) < READY_WITHIN:
        # Whether it lives comes first: what it said before it went is then surely read.
        if (status := started.process.poll()) is not None:
            raise _did_not_come_up(started, f"it ended with status {status}")
        healthy, heard = _health(target, started.server)
        if healthy and _listens(target, started):
            return f"{heard} after {time.monotonic() - began:.1f} s"
        if silence.after_an_error():
            raise _did_not_come_up(started, "it goes on without answering")
        if waited > _SETTLED and (elsewhere := _listens_elsewhere(started, port)):
            raise _did_not_come_up(started, f"it listens on {elsewhere}, and is asked at {port}")
        time.sleep(_LOOK)
    raise _did_not_come_up(started, f"no good answer within {READY_WITHIN:g} s: {heard}")


def _health(target: Target, server: Server) -> tuple[bool, str]:
    """Whether the server's own `/health` answers, and what was heard."""
    url = f"{server.url(target)}/health"
    try:
        answer = ask(Request("GET", url), _ANSWER_WITHIN)
    except NoAnswerError as error:
        return False, f"{url}: {error}"
    is_own = answer.status == 200 and server.own_body(answer.document, target.identity.generation)
    return is_own, f"{url} says {shorten(answer.text, 80)}" + ("" if is_own else ", not Orket's")


def _listens(target: Target, started: Started) -> bool:
    """Whether it is the started one that listens there, and no other of the same name."""
    port = look(target.path, started.server, started.server.port(target))
    return any(process.pid == started.process.pid for process in port.own)


def _listens_elsewhere(started: Started, port: int) -> str:
    """The ports on which it listens, when the one where it is asked is none of them."""
    ports: set[int] = set()
    with contextlib.suppress(psutil.Error, OSError):
        first = psutil.Process(started.process.pid)
        for process in (first, *first.children(recursive=True)):
            for socket in process.net_connections("tcp"):
                if socket.status == psutil.CONN_LISTEN and socket.laddr:
                    ports.add(socket.laddr.port)
    return "" if port in ports else ", ".join(f"port {number}" for number in sorted(ports))


class _Silence:
    """Notices a server that said an error and then nothing more.

    A reloader lives on when its worker fails, and waits for a file to change.
    """

    def __init__(self, started: Started) -> None:
        self._started = started
        self._size = 0
        self._since = time.monotonic()

    def after_an_error(self) -> bool:
        size = _size(self._started.output)
        if size != self._size:
            self._size, self._since = size, time.monotonic()
        if time.monotonic() - self._since < _QUIET:
            return False
        last = self._started.lines()[-1:]
        return bool(last and _ERROR.match(last[0]))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _did_not_come_up(started: Started, how: str) -> ConsoleError:
    reason = reason_in(started.lines())
    said = f": {reason}" if reason else ", and said nothing"
    return ConsoleError(f"the {started.server.title} did not come up, {how}{said}")


def reason_in(lines: list[str]) -> str:
    """The line of a server's last words that says why: its last error, else its last line."""
    errors = [line for line in lines if _ERROR.match(line)]
    return one_line((errors or lines or [""])[-1])


def _show_end(started: Started) -> None:
    lines = started.lines()
    if lines:
        say(f"the last lines of {started.output}:")
    for line in lines[-_MOST_LINES:]:
        say(f"| {line}")
