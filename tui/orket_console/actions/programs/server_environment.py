"""The environment that a server is started with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.actions.processes import MARK
from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line
from orket_console.target.servers import API, Server
from orket_console.target.target import Target

_NOT_ITS: Final = (
    MARK,
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "INVOCATION_ID",
    "SYSTEMD_EXEC_PID",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
)
"""What belongs to the console's own process: its interpreter, its action, its guardian."""
_PREFIX: Final = "ORKET_CONSOLE_"
_HOST: Final = "ORKET_HOST"
_PORT: Final = "ORKET_PORT"


@dataclass(frozen=True, slots=True)
class ServerEnvironment:
    """`variables` in full; `told` says what is in them that the console's own has not, a line
    each, by name alone."""

    variables: dict[str, str]
    told: tuple[str, ...]


def server_environment(
    target: Target, server: Server, *, env_file: bool, listened: str = ""
) -> ServerEnvironment:
    """The console's own environment, and `.env` over it where that is chosen.

    `listened` is the address at which the server listened before, which it keeps where nothing
    names one: the old version would else be open to the network. Raises `ConsoleError` where
    `.env` is chosen and can't be read.
    """
    variables = {
        name: value
        for name, value in target.environment.items()
        if name not in _NOT_ITS and not name.startswith(_PREFIX)
    }
    told: list[str] = []
    if env_file:
        told += _add_env_file(target, variables)
    if target.interpreter.path:
        folder = str(target.interpreter.path.parent)
        variables["PATH"] = os.pathsep.join([folder, variables.get("PATH", os.defpath)])
    variables["PYTHONUNBUFFERED"] = "1"
    if server is API:
        told += _add_address(target, variables, listened)
    return ServerEnvironment(variables, tuple(told))


def _add_env_file(target: Target, variables: dict[str, str]) -> list[str]:
    env = target.reread_env()
    if env.problem:
        raise ConsoleError(
            f".env was chosen as its environment, and is {env.problem}",
            where=str(env.path),
            remedy="mend it, or choose env-file=no",
        )
    given = {name: value.reveal() for name, value in env.values.items() if _can_be_set(name)}
    changed = [name for name, value in given.items() if variables.get(name, value) != value]
    variables |= {name: value.replace("\0", "") for name, value in given.items()}
    told = [f"with {_names(given)} of .env"]
    if changed:
        told.append(f"where .env differs from the console's own environment: {_names(changed)}")
    return told


def _add_address(target: Target, variables: dict[str, str], listened: str) -> list[str]:
    """The port at which the console asks; the address as before, unless one is named."""
    port = str(API.port(target))
    named = variables.get(_PORT, "").strip()
    told = [f"with {_PORT}={port}"]
    if named and named != port:
        told.append(f"not with {_PORT}={one_line(named)}: the console asks at {port}")
    variables[_PORT] = port
    if listened and not variables.get(_HOST, "").strip():
        variables[_HOST] = listened
        told.append(f"with {_HOST}={listened}, as before")
    return told


def _can_be_set(name: str) -> bool:
    return bool(name) and "=" not in name and "\0" not in name


def _names(variables: Mapping[str, str] | list[str]) -> str:
    return ", ".join(one_line(name) for name in variables) or "nothing"
