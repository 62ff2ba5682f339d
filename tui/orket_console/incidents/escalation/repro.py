"""A command that shows the failure again, and whether it does now."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from orket_console.base.refs import Ref, TurnRef
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.looking import Looked
from orket_console.incidents.recovery.wants import is_red_by
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Repro:
    """`command` is for a shell, its exit status `expects`. `reproduced` is what the console saw
    of it without running anything that writes: None where it can't be told so."""

    command: str
    expects: str
    reproduced: bool | None
    seen: str


def repro_of(target: Target, rule: str, failure: str, looked: Looked, refs: Sequence[Ref]) -> Repro:
    """The exact command for a finding, by its class and evidence.

    All of them only read. What this look found says whether they reproduce it now.
    """
    found = next((one for one in looked.diagnosis.findings if one.rule == rule), None)
    turn = next((ref for ref in refs if isinstance(ref, TurnRef)), None)
    if failure == FailureClass.RUN and turn is not None:
        command = _own(target, "replay", str(turn))
        expects = "status 0, and the turn as it went wrong"
    elif rule == "gitea-unreachable":
        command = _own(target, "webhooks", "query", "stuck-cycles")
        expects = "a row for each review that is stuck"
    elif failure == FailureClass.WEBHOOK and _has_refusals(rule):
        command = _own(target, "webhooks", "query", "refusals", "-p", "since=-7d")
        expects = "a row for each refused delivery"
    elif failure == FailureClass.API and rule in _UNANSWERED:
        command = f"curl -fsS --max-time 5 http://{_api(target)}/health"
        expects = "status not 0"
    else:
        command = _own(target, "check", "--explain", rule) if rule else _own(target, "check")
        expects = "status 1, and the finding with its evidence"
    return Repro(command, expects, *_seen(found, looked))


_UNANSWERED = ("api-down", "api-port-taken", "api-hangs", "api-failing", "api-moved")


def _has_refusals(rule: str) -> bool:
    return "signature" in rule or "secret" in rule or "refused" in rule


def _api(target: Target) -> str:
    return f"{target.settings.text('api.host')}:{target.settings.whole('api.port')}"


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
