"""The two servers of an installation: how each is started, and by what it is known."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.target.target import Target

_ASGI: Final = ("uvicorn", "gunicorn", "hypercorn")
"""What else serves an application, named as `module:object`."""
_WITH_VALUE: Final = ("-X", "-W")


@dataclass(frozen=True, slots=True)
class Server:
    """A server. `name` is its section of the settings, `command` what follows the interpreter.

    A command line is this server's when it has one of `scripts` (relative to the root), one of
    `modules` behind `-m`, or one of `applications`, as uvicorn is told them.
    `own_body(body, generation)` tells whether a decoded answer of `/health` is its own.
    """

    name: str
    title: str
    command: tuple[str, ...]
    scripts: tuple[str, ...]
    modules: tuple[str, ...]
    applications: tuple[str, ...]
    own_body: Callable[[object, str], bool]

    def host(self, target: Target) -> str:
        """Where the console asks it."""
        return target.settings.text(f"{self.name}.host")

    def port(self, target: Target) -> int:
        return target.settings.whole(f"{self.name}.port")

    def url(self, target: Target) -> str:
        """`http://127.0.0.1:8082`"""
        host = self.host(target)
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{shown}:{self.port(target)}"

    def is_started_by(self, command: Sequence[str], root: Path) -> bool:
        """Whether a process that works in `root`, with this command line, is this server."""
        kind, program, arguments = _run_by_python(command)
        if kind == "module":
            return program in self.modules or (program in _ASGI and self._is_served(arguments))
        if posixpath.basename(program) in _ASGI:
            return self._is_served(arguments)
        path = posixpath.normpath(posixpath.join(root, program))
        return kind == "script" and path in {posixpath.join(root, one) for one in self.scripts}

    def _is_served(self, arguments: Sequence[str]) -> bool:
        return any(word in self.applications for word in arguments)


def _run_by_python(command: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    """What a command line runs: `module` or `script`, its name, and what follows it.

    The kind is empty for what is no Python.
    """
    if not command or not posixpath.basename(command[0]).startswith("python"):
        return "", "", ()
    at = 1
    while at < len(command):
        word = command[at]
        if word == "-m":
            return "module", (command[at + 1 : at + 2] or [""])[0], command[at + 2 :]
        if word == "-c":
            return "", "", ()
        if not word.startswith("-"):
            return "script", word, command[at + 1 :]
        at += 2 if word in _WITH_VALUE else 1
    return "", "", ()


def _is_api(body: object, generation: str) -> bool:
    """Old: status and organisation. New: the status alone, so nothing beside it."""
    if not isinstance(body, dict) or body.get("status") != "ok":
        return False
    return body.get("organization") == "Orket" or (generation != "old" and set(body) == {"status"})


def _is_webhook(body: object, _generation: str) -> bool:
    """Both versions say healthy; the new one adds its rate limit."""
    if not isinstance(body, dict) or body.get("status") != "healthy":
        return False
    return set(body) == {"status"} or "webhook_rate_limit_per_minute" in body


API: Final = Server(
    name="api",
    title="API server",
    command=("server.py",),
    scripts=("server.py",),
    modules=(),
    applications=("server:app", "orket.interfaces.api:app"),
    own_body=_is_api,
)
WEBHOOK: Final = Server(
    name="webhook",
    title="webhook server",
    command=("-m", "orket.webhook_server"),
    scripts=("orket/webhook_server.py",),
    modules=("orket.webhook_server",),
    applications=("orket.webhook_server:app",),
    own_body=_is_webhook,
)
SERVERS: Final = {server.name: server for server in (API, WEBHOOK)}
