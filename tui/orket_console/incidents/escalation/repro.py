"""A command that shows the failure again, and whether it does now."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import Ref, TableRef, TurnRef
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.doing import run_words
from orket_console.incidents.recovery.wants import is_red_by
from orket_console.runs.replay import replay_turn
from orket_console.target.target import Target

_UNANSWERED: Final = ("api-down", "api-port-taken", "api-hangs", "api-failing", "api-moved")
_OF_ROWS: Final = ("stale-running", "false-success")
"""Rules about runs that no turn shows."""
_REFUSED: Final = ("webhook-secret-mismatch", "webhook-signature-missing", "webhook-signature-form")


@dataclass(frozen=True, slots=True)
class Repro:
    """`command` is for a shell, and `expects` says what it does where the failure is there.
    `reproduced` is what the console saw of it without changing anything: None where it can't be
    told so."""

    command: str
    expects: str
    reproduced: bool | None
    seen: str


def repro_of(
    target: Target,
    rule: str,
    failure: str,
    looked: Looked,
    found: Finding | None,
    refs: Sequence[Ref],
) -> Repro:
    """The exact command for a failure, by its class and evidence; `found` is what the look found
    of it, None where it did not.

    A replay is tried; what this look found says of the others whether they reproduce it now.
    """
    turn = next((ref for ref in refs if isinstance(ref, TurnRef)), None)
    if failure == FailureClass.RUN and turn is not None and rule not in _OF_ROWS:
        return _replayed(target, turn, found, looked)
    command, expects = _command(target, rule, found, refs)
    return Repro(command, expects, *_seen(found, looked))


def _command(
    target: Target, rule: str, found: Finding | None, refs: Sequence[Ref]
) -> tuple[str, str]:
    if rule == "gitea-unreachable" and any(isinstance(ref, TableRef) for ref in refs):
        return (
            _own(target, "webhooks", "query", "stuck-cycles"),
            "a row for each review that is stuck",
        )
    if rule == "webhook-secret-mismatch" and found is not None and "env" in found.subjects:
        return (
            _own(target, *run_words(target, "test-delivery")),
            "status 1: a delivery that is signed with .env's secret is refused with 401",
        )
    if rule in _REFUSED and found is not None and found.since is not None:
        since = found.since.isoformat(timespec="milliseconds")
        return (
            _own(target, "webhooks", "query", "refusals", "-p", f"since={since}"),
            "a row for each delivery that was refused since the last good one",
        )
    if rule in _UNANSWERED:
        host, port = target.settings.text("api.host"), target.settings.whole("api.port")
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/health"
        return f"curl -fsS --max-time 5 {shlex.quote(address)}", "a status that is not 0"
    if rule:
        return _own(target, "check", "--explain", rule), "status 1, and the finding's evidence"
    return _own(target, "check"), "status 1, and what is found"


def _replayed(target: Target, turn: TurnRef, found: Finding | None, looked: Looked) -> Repro:
    """A turn from its artifacts: what went wrong in it is recorded, and stays so."""
    command = _own(target, "replay", str(turn))
    expects = "status 0, and the turn as it went wrong: its messages, answer and tool calls"
    try:
        replayed = replay_turn(target, turn)
    except ConsoleError as error:
        return Repro(command, expects, reproduced=False, seen=f"it can't be replayed: {error.what}")
    at = f"{looked.done.at:%Y-%m-%d %H:%M:%S} UTC"
    last = f", the newest of {found.count}" if found is not None and found.count > 1 else ""
    return Repro(
        command, expects, reproduced=True, seen=f"replayed at {at} from {replayed.path}{last}"
    )


def _own(target: Target, *words: str) -> str:
    ports = [
        word
        for name in ("api", "webhook")
        if target.settings.origin(f"{name}.port") != "default"
        for word in (f"--{name}-port", str(target.settings.whole(f"{name}.port")))
    ]
    return shlex.join(("orket-console", "--root", str(target.path), *ports, *words))


def _seen(found: Finding | None, looked: Looked) -> tuple[bool | None, str]:
    at = f"{looked.done.at:%Y-%m-%d %H:%M:%S} UTC"
    if found is None:
        return False, f"not found at {at}: it does not reproduce now"
    if found.last is None or is_red_by(found, looked):
        return True, f"found at {at}"
    return None, f"its newest evidence is from {found.last:%Y-%m-%d %H:%M:%S} UTC"
