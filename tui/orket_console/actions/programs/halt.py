"""Halts a session by the API server: `halt SESSION`, and looks what became of it.

The server cancels the task that works on the session. On the old version nothing corrects the
ledger afterwards: the run stays `running` there, which is said.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from orket_console.actions.programs.api import Api, open_api, path_of
from orket_console.actions.programs.program import run, say
from orket_console.actions.programs.trace import awaited_lines, size_of
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.events import Event
from orket_console.base.sqlite import Caps, DatabaseError, read
from orket_console.base.text import one_line, shorten
from orket_console.target.target import Target

_WITHIN: Final = 15.0
"""Seconds in which a cancelled task is to end: the model's answer may have to be given up."""
_LOOK: Final = 0.5
_CAPS: Final = Caps(rows=1, seconds=1.0)
_ACTIVITY: Final = {
    None: "it does not know this session",
    True: "a task works on it",
    False: "no task works on it",
}
_LEDGER: Final = "SELECT status FROM run_ledger WHERE session_id = ?"


def work(target: Target, arguments: Sequence[str]) -> Judgement:
    """Raises `ConsoleError` where the server can't be asked, or does not know the session."""
    (session,) = arguments
    before = _ledger(target, session)
    say(f"the ledger says of {session}: {before}")
    api = open_api(target)
    was_active = _active(api, session)
    log = target.layout.run_log
    offset = size_of(log)
    say(f"the API server says: {_ACTIVITY[was_active]}")
    answer = api.ask("POST", path_of("sessions", session, "halt"))
    say(f"POST /v1/sessions/{session}/halt: {answer.status} {shorten(answer.text, 200)}")
    document = answer.document
    if answer.status != 200 or not isinstance(document, dict) or document.get("ok") is not True:
        raise ConsoleError(f"not halted: {answer.status} {shorten(answer.text, 200)}")
    halted = [] if was_active is False else awaited_lines(target, log, offset, _halts(session))
    for line in halted:
        say(f"left behind: {line}")
    if not (was_active or halted or document.get("active")):
        return Judgement(Verdict.UNKNOWN, _nothing_there(session, before))
    return _ended(target, api, session)


def _halts(session: str) -> Callable[[Event], bool]:
    """The line that the server writes when it has cancelled a task of the session."""
    return lambda event: event.name == "session_halted" and event.data.get("session_id") == session


def _nothing_there(session: str, ledger: str) -> str:
    if ledger != "running":
        return f"nothing to halt: no task works on {session}, and the ledger says {ledger}"
    return (
        f"nothing was halted: no task of this server works on {session}, though the ledger says "
        "running: it works in another process, or was killed"
    )


def _ended(target: Target, api: Api, session: str) -> Judgement:
    """Wait until no task works on it any more."""
    began = time.monotonic()
    while _active(api, session):
        if time.monotonic() - began > _WITHIN:
            said = f"asked to halt, {session} is still active after {_WITHIN:g} s"
            return Judgement(Verdict.FAILED, said)
        time.sleep(_LOOK)
    ledger = _ledger(target, session)
    stale = ", which is how it stays: a halted run is not corrected there"
    return Judgement(
        Verdict.PASSED,
        f"{session} is halted; the ledger says {ledger}{stale if ledger == 'running' else ''}",
    )


def _active(api: Api, session: str) -> bool | None:
    """Whether a task of the server works on it; None where the server does not know it."""
    document = api.ask("GET", path_of("sessions", session, "status")).document
    active = document.get("active") if isinstance(document, dict) else None
    return active if isinstance(active, bool) else None


def _ledger(target: Target, session: str) -> str:
    """What `run_ledger` says of the session, or why it says nothing."""
    try:
        rows = read(target.runtime_db, _LEDGER, (session,), caps=_CAPS).rows
    except DatabaseError as error:
        return f"nothing: {error}"
    return one_line(str(rows[0][0])) if rows else "nothing: no such session"


if __name__ == "__main__":
    sys.exit(run(work))
