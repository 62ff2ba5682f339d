"""Who listens on a server's port: this installation's server, or somebody else.

Nothing but this installation's server is ever stopped: a process that works in the root, whose
command line is that server's, or that was started by such a process. Everything else is told
apart and named.
"""

from __future__ import annotations

import contextlib
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from orket_console.actions.guardians import Guardian, guardian
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import decode, one_line, shorten
from orket_console.target.servers import Server

UNSEEN: Final = "that you may not see"
"""What the words for a process end with of which this account is told nothing."""
_LONGEST: Final = 120
_SOCKETS: Final = ("/proc/net/tcp", "/proc/net/tcp6")
_CAP: Final = 8 << 20
_LISTENS: Final = "0A"
_SPAWNED: Final = "--multiprocessing-fork"
"""What a worker of uvicorn's reloader has in its command line."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port as it is now.

    `own` are the processes of this installation's server, each the first of its tree, and
    `addresses` those at which it listens. `strangers` are the others that listen there, in
    words. `problem` says why sockets can't be listed; then nothing is known.
    """

    number: int
    own: tuple[psutil.Process, ...] = ()
    addresses: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    problem: str = ""

    @property
    def guardian(self) -> Guardian | None:
        """Who would start this installation's server again when it ends."""
        return next(filter(None, (guardian(process) for process in self.own)), None)

    @property
    def taken_by(self) -> str:
        return "; ".join(self.strangers)


def look(root: Path, server: Server, number: int) -> Port:
    """Port `number` as it is now, for the installation at `root`.

    Source: the host's socket table and `/proc`, by psutil. Never raises.
    """
    try:
        sockets = [
            (one.laddr.ip, one.pid)
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == number
        ]
    except (psutil.Error, OSError, RuntimeError) as error:
        return Port(number, problem=f"sockets can't be listed: {one_line(str(error))}")
    own: dict[int, psutil.Process] = {}
    addresses: list[str] = []
    strangers: list[str] = []
    for address, pid in sockets:
        first = _first_of_server(pid, root, server) if pid else None
        if first:
            own[first.pid] = first
            addresses.append(address)
        else:
            strangers.append(described(pid) if pid else _unseen(number))
    return Port(
        number,
        tuple(own.values()),
        tuple(dict.fromkeys(addresses)),
        tuple(dict.fromkeys(strangers)),
    )


def _first_of_server(pid: int, root: Path, server: Server) -> psutil.Process | None:
    """The first process of the server's tree that `pid` belongs to; None if it is no server's.

    A worker that a reloader left behind when it was killed is its own tree.
    """
    try:
        process = psutil.Process(pid)
        found = [one for one in (process, *process.parents()) if _is_server(one, root, server)]
        if found:
            return found[-1] if _works_in(process, root) else None
        orphaned = _SPAWNED in process.cmdline() and _works_in(process, root)
        return process if orphaned else None
    except (psutil.Error, OSError):
        return None


def _is_server(process: psutil.Process, root: Path, server: Server) -> bool:
    try:
        return _works_in(process, root) and server.is_started_by(process.cmdline(), root)
    except (psutil.Error, OSError):
        return False


def _works_in(process: psutil.Process, root: Path) -> bool:
    return process.cwd() == str(root)


def described(pid: int) -> str:
    """A process as `pid 4127 of ann: python -m http.server 8082, in /home/ann`."""
    try:
        process = psutil.Process(pid)
        user = one_line(process.username())
    except (psutil.Error, OSError, KeyError):
        return f"pid {pid}, which is gone"
    command = folder = ""
    with contextlib.suppress(psutil.Error, OSError):
        command = shorten(one_line(" ".join(process.cmdline())), _LONGEST)
    with contextlib.suppress(psutil.Error, OSError):
        folder = one_line(process.cwd())
    place = f", in {folder}" if folder else ""
    return f"pid {pid} of {user}: {command or 'command line not readable'}{place}"


def _unseen(number: int) -> str:
    """A listener whose process this user is not told of, by the user it belongs to."""
    users = ", ".join(dict.fromkeys(_users(number)))
    return f"a process of {users or 'another user'} {UNSEEN}"


def _users(number: int) -> Iterator[str]:
    """Whose sockets listen on the port. Source: the kernel's table, which names them to all."""
    for table in _SOCKETS:
        try:
            lines = decode(read_bytes(table, _CAP)).split("\n")[1:]
        except UnreadableError:
            continue
        for line in lines:
            fields = line.split()
            if len(fields) < 8 or fields[3] != _LISTENS or not fields[7].isdecimal():
                continue
            if int(fields[1].rpartition(":")[2], 16) == number:
                yield _name(int(fields[7]))


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
