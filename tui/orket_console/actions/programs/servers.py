"""Starts, stops or restarts a server: `servers VERB SERVER [--env-file]`.

Only this installation's server is touched; who else has the port is named.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from orket_console.actions.listening import Port, look
from orket_console.actions.programs.program import run, say
from orket_console.actions.programs.server_environment import server_environment
from orket_console.actions.programs.starting import start
from orket_console.actions.programs.stopping import stop
from orket_console.actions.server_needs import VERBS, judged
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.target.servers import SERVERS, Server
from orket_console.target.target import Target


def work(target: Target, arguments: Sequence[str]) -> Judgement:
    """Raises `ConsoleError` for what is refused, and for what fails."""
    verb, name, *options = arguments
    server = SERVERS[name]
    port = look(target.path, server, server.port(target))
    # Looked at again: between the plan and now it may have become another's.
    reason, _ = judged(port, VERBS[verb], server)
    if reason:
        raise ConsoleError(f"refused: {reason}")
    if verb != "start" and port.own:
        stop(server, port)
        _check_free(target, server)
    if verb == "stop":
        return Judgement(Verdict.PASSED, f"the {server.title} is stopped: {_pids(port)} ended")
    return _started(target, server, port, env_file="--env-file" in options)


def _started(target: Target, server: Server, before: Port, *, env_file: bool) -> Judgement:
    listened = before.addresses[0] if len(before.addresses) == 1 else ""
    environment = server_environment(target, server, env_file=env_file, listened=listened)
    started, healthy = start(target, server, environment, SystemClock().now())
    if before.own:
        how = f"restarted: pid {started.process.pid} instead of {_pids(before)}"
    else:
        how = f"started: pid {started.process.pid}"
    return Judgement(Verdict.PASSED, f"the {server.title} is {how}, {healthy}")


def _check_free(target: Target, server: Server) -> None:
    """The port is free now. Raises `ConsoleError` where something has it again already."""
    now = look(target.path, server, server.port(target))
    if now.own:
        raise ConsoleError(
            f"the {server.title} was stopped, and is back as {_pids(now)}: something starts it",
            remedy="find out what does, and use that",
        )
    say(f"port {now.number} is free" if not now.strangers else f"also there: {now.taken_by}")


def _pids(port: Port) -> str:
    return ", ".join(f"pid {process.pid}" for process in port.own)


if __name__ == "__main__":
    sys.exit(run(work))
