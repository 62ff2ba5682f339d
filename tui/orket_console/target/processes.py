"""Processes behind the ports, as far as the host lets this user see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from orket_console.base.secret import Secret
from orket_console.base.text import one_line, shorten
from orket_console.target.discovery import found_markers

_LONGEST_COMMAND = 100


@dataclass(frozen=True, slots=True)
class Owner:
    """A process. `started` is seconds since the epoch, 0 where unknown.

    `of_root` tells whether it belongs to the installation looked at: None when that can't
    be told (another user's, a container's proxy).
    """

    pid: int
    command: str
    folder: str
    started: float
    of_root: bool | None

    def __str__(self) -> str:
        place = f", in {self.folder}" if self.folder else ""
        return f"pid {self.pid}: {self.command or 'command not readable'}{place}"


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening TCP socket; `owner` is None where the host does not tell whose it is."""

    address: str
    port: int
    owner: Owner | None


@dataclass(frozen=True, slots=True)
class Listeners:
    """`problem` says why sockets could not be listed; then `found` is empty."""

    found: tuple[Listener, ...] = ()
    problem: str = ""

    def on(self, port: int) -> Owner | None:
        """Who listens on `port`, if that is known."""
        owners = (one.owner for one in self.found if one.port == port and one.owner)
        return next(owners, None)

    def of_root(self, word: str) -> Iterator[Listener]:
        """Sockets of this installation in whose command line a name is `word` or begins with it:
        `webhook_server.py` is no `server.py`."""
        named = re.compile(rf"(?<![\w-]){re.escape(word)}")
        for one in self.found:
            if one.owner and one.owner.of_root and named.search(one.owner.command):
                yield one


def listeners(root: Path) -> Listeners:
    """Source: the host's socket table and `/proc`, by psutil. Never raises."""
    try:
        sockets = psutil.net_connections("tcp")
    except (psutil.Error, OSError, RuntimeError) as error:
        return Listeners(problem=f"sockets can't be listed: {one_line(str(error))}")
    owners: dict[int, Owner | None] = {}
    found: list[Listener] = []
    for socket in sockets:
        if socket.status != psutil.CONN_LISTEN or not socket.laddr:
            continue
        if socket.pid is not None and socket.pid not in owners:
            owners[socket.pid] = owner(socket.pid, root)
        whose = owners[socket.pid] if socket.pid is not None else None
        found.append(Listener(socket.laddr.ip, socket.laddr.port, whose))
    return Listeners(tuple(sorted(found, key=lambda one: (one.port, one.address))))


def owner(pid: int, root: Path) -> Owner | None:
    """One process; None when it is gone."""
    try:
        process = psutil.Process(pid)
        started = process.create_time()
    except (psutil.Error, OSError):
        return None
    try:
        command = process.cmdline()
    except (psutil.Error, OSError):
        command = []
    try:
        folder = process.cwd()
    except (psutil.Error, OSError):
        folder = ""
    return Owner(
        pid=pid,
        command=shorten(" ".join(command), _LONGEST_COMMAND),
        folder=one_line(folder),
        started=started,
        of_root=_belongs(command, folder, root),
    )


def environment(pid: int) -> dict[str, Secret] | None:
    """The environment that a process was started with; None where it may not be read.

    What the process set later, as Orket does from `.env`, is not in it.
    """
    try:
        variables = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return None
    return {name: Secret(value) for name, value in variables.items()}


def _belongs(command: list[str], folder: str, root: Path) -> bool | None:
    """By working folder, else by a path in the command line.

    Another folder says “not ours” only if it is an installation itself: a container's proxy
    or a supervisor has a folder of its own and may well serve this root.
    """
    if folder:
        if _is_under(folder, root):
            return True
        if found_markers(Path(folder)):
            return False
    if any(_is_under(word, root) for word in command if word.startswith("/")):
        return True
    return None


def _is_under(path: str, root: Path) -> bool:
    return path == str(root) or path.startswith(f"{root}/")
