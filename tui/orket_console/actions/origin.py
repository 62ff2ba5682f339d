"""Who starts an action, and from where."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping

import msgspec
import psutil

from orket_console.base.text import clean


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who started an action, from where, in which console process.

    `ssh` is the client's address, empty on the machine itself. `console` and `born` are the
    console's process id and its start, in seconds since the epoch: together they never recur.
    """

    user: str
    host: str
    ssh: str
    console: int
    born: float

    @property
    def who(self) -> str:
        """As `ann on web1 from 192.0.2.7`."""
        return f"{self.user} on {self.host}" + (f" from {self.ssh}" if self.ssh else "")


def origin_of(environment: Mapping[str, str]) -> Origin:
    """This process, whoever uses it."""
    own = psutil.Process()
    return Origin(
        user=_user(),
        host=os.uname().nodename,
        ssh=_client(environment.get("SSH_CONNECTION") or environment.get("SSH_CLIENT") or ""),
        console=own.pid,
        born=own.create_time(),
    )


def _client(connection: str) -> str:
    """The client's address, of `192.0.2.7 50022 198.51.100.2 22`."""
    return clean(connection.partition(" ")[0])


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
