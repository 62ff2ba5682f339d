"""What an action will do, exactly, before it does it; or why it can't be done now."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orket_console.actions.catalogue import Action, Effect
from orket_console.actions.environment import Change, apply, changes, settings_handed_on
from orket_console.actions.parameters import checked
from orket_console.actions.preconditions import Circumstances, Finding
from orket_console.base.text import one_line
from orket_console.target.layout import SCRIPTS
from orket_console.target.target import Target

_ISOLATED: Final = ("-I", "-u", "-m")
"""Nothing of the installation's folder or of PYTHON* reaches the console's own programs."""
_PROGRAMS: Final = "orket_console.actions.programs."


@dataclass(frozen=True, slots=True)
class Plan:
    """One action with its parameters, ready to run, or `blocked` with the reason.

    `argv` is exact, its interpreter and script absolute; it is empty where there is nothing
    that could be run. `changed` says what it changes, in words; `notes` what the preconditions
    saw besides. `timeout` in seconds.
    """

    action: Action
    values: dict[str, str]
    effect: Effect
    argv: tuple[str, ...]
    cwd: Path
    changes: tuple[Change, ...]
    environment: dict[str, str] = field(repr=False)
    timeout: float
    changed: str
    blocked: str = ""
    notes: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The argument list, quoted so that it can be read (and typed) unmistakably."""
        return one_line(shlex.join(self.argv))

    @property
    def wanting(self) -> tuple[str, ...]:
        """The parameters without which it can't be run."""
        return tuple(
            p.name for p in self.action.parameters if p.required and not self.values[p.name]
        )


def plan(target: Target, action: Action, given: Mapping[str, str]) -> Plan:
    """What running `action` with these parameters would do now.

    Reads the installation's files and databases; starts nothing. Raises `ParameterError` for a
    parameter that is refused; one that is wanting is a reason in `blocked`.
    """
    values = checked(action.parameters, given, target.path)
    effect, changed = action.effect_with(values)
    interpreter = target.interpreter.path
    made = _changes(target, action, interpreter)
    environment = apply(target.environment, made)
    findings = list(_findings(target, action, values, environment.get("PATH", "")))
    reasons = [*_obstacles(target, action, values, effect), *_texts(findings, met=False)]
    return Plan(
        action=action,
        values=values,
        effect=effect,
        argv=_argv(target, action, values, interpreter),
        cwd=target.path,
        changes=made,
        environment=environment,
        timeout=_timeout(target, action),
        changed=changed,
        blocked="; ".join(reasons),
        notes=tuple(_texts(findings, met=True)),
    )


def _changes(target: Target, action: Action, interpreter: Path | None) -> tuple[Change, ...]:
    if action.module:
        return settings_handed_on(target)
    return changes(target, interpreter) if interpreter else ()


def _argv(
    target: Target, action: Action, values: Mapping[str, str], interpreter: Path | None
) -> tuple[str, ...]:
    own = [argument for p in action.parameters for argument in p.arguments(values[p.name])]
    if action.module:
        return (sys.executable, *_ISOLATED, _PROGRAMS + action.module, *action.arguments, *own)
    script = target.layout.script(action.script) if action.script else None
    if interpreter is None or (action.script and script is None):
        return ()
    start = [str(interpreter), *([str(script.relative_to(target.path))] if script else [])]
    return (*start, *action.arguments, *own)


def _obstacles(
    target: Target, action: Action, values: Mapping[str, str], effect: Effect
) -> Iterator[str]:
    """What stands in the way whatever the action is."""
    if target.read_only and effect.writes:
        yield f"the console is read-only ({target.settings.origin('ui.read_only')})"
    if action.script and target.layout.script(action.script) is None:
        places = " or ".join(dict.fromkeys(SCRIPTS[action.script]))
        yield f"not in this installation: no {places}"
    if target.interpreter.path is None and not action.module:
        yield f"no interpreter: {one_line(target.interpreter.origin)}"
    for parameter in action.parameters:
        if parameter.required and not values[parameter.name]:
            yield f"needs {parameter.name}: {parameter.help}, {parameter.kind}"


def _findings(
    target: Target, action: Action, values: Mapping[str, str], search_path: str
) -> Iterator[Finding]:
    seen = Circumstances(target, values, search_path)
    for need in action.needs:
        try:
            yield need(seen)
        except OSError as error:
            yield Finding(met=False, text=f"can't be looked at: {error}")


def _texts(findings: list[Finding], *, met: bool) -> list[str]:
    return [one_line(f.text) for f in findings if f.met is met and f.text]


def _timeout(target: Target, action: Action) -> float:
    """The operator's own setting, where there is one, else what the action declares."""
    if target.settings.origin("actions.timeout") == "default":
        return action.timeout
    return target.settings.seconds("actions.timeout")
