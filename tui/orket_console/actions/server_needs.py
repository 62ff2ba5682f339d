"""What starting, stopping and restarting a server need, looked at live."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from orket_console.actions.listening import Port, look
from orket_console.actions.preconditions import (
    Circumstances,
    Finding,
    Precondition,
    interpreter_exists,
)
from orket_console.base.files import file_at
from orket_console.base.sqlite import Caps, DatabaseError, read
from orket_console.target import signing
from orket_console.target.servers import API, WEBHOOK, Server
from orket_console.target.target import Target

Verb = Literal["start", "stop", "restart"]
VERBS: Final[dict[str, Verb]] = {"start": "start", "stop": "stop", "restart": "restart"}

_LOCAL: Final = ("127.0.0.1", "::1", "[::1]", "localhost")
_FRESH: Final = 0.3
"""Seconds for which one look at a port serves all actions that ask: it takes 20 ms."""
_CAPS: Final = Caps(rows=1, seconds=0.5)
_WANTED: Final = {
    API.name: ("ORKET_API_KEY",),
    WEBHOOK.name: ("GITEA_WEBHOOK_SECRET", "GITEA_ADMIN_PASSWORD"),
}
_WITHOUT: Final = {
    API.name: "/v1 will answer 403",
    WEBHOOK.name: "it will probably end at once",
}


def port_allows(verb: Verb, server: Server) -> Precondition:
    """Whether what listens on the server's port lets this be done."""

    def allowed(seen: Circumstances) -> Finding:
        reason, note = judged(_look(seen.target, server), verb, server)
        return Finding("port", met=not reason, text=reason or note)

    return allowed


def judged(port: Port, verb: Verb, server: Server) -> tuple[str, str]:
    """Why it can't be done, and what else there is to say; either may be empty."""
    if port.problem:
        return port.problem, ""
    if verb == "start":
        return _why_not_start(port, server), ""
    if port.own:
        found = port.guardian
        if found:
            return (
                f"the {server.title} is run by {found.name}: use `{found.command(verb)}`",
                "",
            )
        return "", f"it is {', '.join(f'pid {process.pid}' for process in port.own)}"
    if port.strangers:
        return f"port {port.number} is not this installation's: {port.taken_by}", ""
    if verb == "stop":
        return f"the {server.title} is not running: nothing listens on port {port.number}", ""
    return "", f"it is not running, and will be started: nothing listens on port {port.number}"


def _why_not_start(port: Port, server: Server) -> str:
    if port.own:
        pids = ", ".join(f"pid {process.pid}" for process in port.own)
        return f"the {server.title} runs already, {pids}: restart it"
    return f"port {port.number} is taken by {port.taken_by}" if port.strangers else ""


def listens(server: Server) -> Precondition:
    """Whether there is anybody to ask. Whose it is, is asked before a secret is sent."""

    def found(seen: Circumstances) -> Finding:
        if server.host(seen.target) not in _LOCAL:
            return Finding("port", met=True)
        port = _look(seen.target, server)
        if port.own or port.strangers or port.problem:
            return Finding("port", met=True)
        text = f"the {server.title} is not running: nothing listens on port {port.number}"
        return Finding("port", met=False, text=text)

    return found


def webhook_secret_known(seen: Circumstances) -> Finding:
    """Whether a delivery can be signed."""
    if seen.target.variable(signing.VARIABLE) or signing.known_secrets(seen.target):
        return Finding("secret", met=True)
    return Finding("secret", met=False, text=f"no {signing.VARIABLE} in .env or environment")


def has_interpreter(seen: Circumstances) -> Finding:
    return interpreter_exists(seen.target)


def server_exists(server: Server) -> Precondition:
    def exists(seen: Circumstances) -> Finding:
        if any(file_at(seen.target.path / script) for script in server.scripts):
            return Finding("script", met=True)
        text = f"not in this installation: no {server.scripts[0]}"
        return Finding("script", met=False, text=text)

    return exists


def secrets_known(server: Server) -> Precondition:
    """What the server will miss in the environment that it gets."""

    def known(seen: Circumstances) -> Finding:
        missing = [name for name in _WANTED[server.name] if not _has(seen, name)]
        text = f"{_WITHOUT[server.name]}: {', '.join(missing)} is not set" if missing else ""
        return Finding("environment", met=True, text=text)

    return known


def _has(seen: Circumstances, name: str) -> bool:
    if seen.target.environment.get(name, "").strip():
        return True
    reads_it = seen.values["env-file"] == "yes" or seen.target.identity.generation == "new"
    value = seen.target.reread_env().values.get(name) if reads_it else None
    return bool(value and value.reveal().strip())


def env_file_readable(seen: Circumstances) -> Finding:
    if seen.values["env-file"] != "yes":
        return Finding(".env", met=True)
    problem = seen.target.reread_env().problem
    text = f".env is {problem}: mend it, or set env-file=no" if problem else ""
    return Finding(".env", met=not problem, text=text)


def runs_go_on(seen: Circumstances) -> Finding:
    """Runs work inside the API server: what stops it ends them. Source: `run_ledger`."""
    if not _look(seen.target, API).own:
        return Finding("runs", met=True)
    sql = "SELECT count(*) FROM run_ledger WHERE status = 'running'"
    try:
        rows = read(seen.target.runtime_db, sql, caps=_CAPS).rows
    except DatabaseError:
        return Finding("runs", met=True)
    number = rows[0][0] if rows else 0
    text = f"{number} of the ledger's runs are `running`: what works in this server ends"
    return Finding("runs", met=True, text=text if number else "")


def _look(target: Target, server: Server) -> Port:
    moment = int(time.monotonic() / _FRESH)
    return _shared_look(target.path, server, server.port(target), moment)


@lru_cache(maxsize=8)
def _shared_look(root: Path, server: Server, number: int, _moment: int) -> Port:
    return look(root, server, number)
