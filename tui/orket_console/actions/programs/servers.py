"""Starts, stops or restarts a server: `servers VERB SERVER [--env-file]`.

Only this installation's server is touched; who else has the port is named.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from orket_console.actions.listening import Port, look
from orket_console.actions.programs.account import account_for
from orket_console.actions.programs.program import run, say
from orket_console.actions.programs.server_environment import server_environment
from orket_console.actions.programs.starting import Start, new_output, start
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
    if verb == "stop":
        stop(server, port)
        _check_free(target, server)
        return Judgement(Verdict.PASSED, f"the {server.title} is stopped: {_pids(port)} ended")
    # What can fail for want of something fails before anything is stopped.
    given = _start_of(target, server, port, env_file="--env-file" in options)
    if port.own:
        stop(server, port)
        _check_free(target, server)
    return _started(given, port)


def _start_of(target: Target, server: Server, before: Port, *, env_file: bool) -> Start:
    interpreter = target.interpreter.path
    if interpreter is None:
        raise ConsoleError(f"no interpreter: {target.interpreter.origin}")
    listened = before.addresses[0] if len(before.addresses) == 1 else ""
    environment = server_environment(target, server, env_file=env_file, listened=listened)
    account = account_for(target.path, before)
    output = new_output(target.state.servers, server, SystemClock().now())
    return Start(target, server, interpreter, environment, output, account)


def _started(given: Start, before: Port) -> Judgement:
    try:
        started, healthy = start(given)
    except ConsoleError as error:
        if before.own:
            raise ConsoleError(f"stopped, and not running now: {error}") from error
        raise
    pid = started.process.pid
    how = (
        f"restarted: pid {pid} instead of {_pids(before)}" if before.own else f"started: pid {pid}"
    )
    return Judgement(Verdict.PASSED, f"the {given.server.title} is {how}, {healthy}")


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
