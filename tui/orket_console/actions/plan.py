"""What an action will do, exactly, before it does it; or why it can't be done now."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from orket_console.actions.backups import to_back_up
from orket_console.actions.bundles import RESUME, heaviest
from orket_console.actions.catalogue import Action, Effect
from orket_console.actions.confirmation import Confirmation, confirmation_of, undone_by
from orket_console.actions.environment import Change, apply, changes, settings_handed_on
from orket_console.actions.lock import obstacle
from orket_console.actions.own.template import PYTHON, ROOT, filled, names_in
from orket_console.actions.parameters import checked
from orket_console.actions.preconditions import Circumstances, Finding, interpreter_exists
from orket_console.actions.steps import members, standings
from orket_console.actions.within import LENT
from orket_console.base.text import one_line
from orket_console.target.layout import SCRIPTS
from orket_console.target.target import Target

_ISOLATED: Final = ("-I", "-u", "-m")
"""Nothing of the installation's folder or of PYTHON* reaches the console's own programs."""
LEAVE: Final = "leave to write"
WRITER: Final = "no other writer"
_PROGRAMS: Final = "orket_console.actions.programs."


@dataclass(frozen=True, slots=True)
class Plan:
    """One action with its parameters, ready to run, or `blocked` with the reason.

    `argv` is exact, its interpreter and script absolute; it is empty where there is nothing
    that could be run. `changed` says what it changes, `undo` what undoes that, in words;
    `backups` what is copied before it, and where to. `confirmation` is what the operator has to
    say before it is started. `checks` are all that was looked at for it: what stands in the way
    is told in `blocked`, what else there is to know in `notes`. `timeout` in seconds. `steps`
    are those of a bundle that would be run.
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
    undo: str
    confirmation: Confirmation
    backups: tuple[str, ...] = ()
    steps: tuple[Plan, ...] = ()
    checks: tuple[Finding, ...] = ()
    blocked: str = ""
    notes: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """The argument list, quoted so that it can be read (and typed) unmistakably."""
        return one_line(shlex.join(self.argv))

    @property
    def wanting(self) -> tuple[str, ...]:
        """The parameters that are all it needs to be run; none where more stands in the way."""
        lacking = tuple(
            p.name for p in self.action.parameters if p.required and not self.values[p.name]
        )
        more = any(check.what not in lacking for check in self.checks if not check.met)
        return () if more else lacking


def plan(target: Target, action: Action, given: Mapping[str, str]) -> Plan:
    """What running `action` with these parameters would do now.

    Reads the installation's files and databases; starts nothing. Raises `ParameterError` for a
    parameter that is refused; one that is wanting is a reason in `blocked`.
    """
    values = checked(action.parameters, given, target.path)
    steps = tuple(_steps(target, action, values))
    effect, changed = together(steps) if steps else action.effect_with(values)
    interpreter = target.interpreter.path
    made = _changes(target, action, interpreter)
    environment = apply(target.environment, made)
    search_path = environment.get("PATH", "")
    argv = _found(_argv(target, action, values, interpreter), search_path)
    cwd = target.path / action.cwd
    program = argv[0] if argv else ""
    seen = Circumstances(target, values, search_path, cwd, program)
    checks = [
        *_general(target, action, values, effect),
        *_findings(action, seen),
        *_of_steps(action, steps),
    ]
    return Plan(
        action=action,
        values=values,
        effect=effect,
        argv=argv,
        cwd=cwd,
        changes=made,
        environment=environment,
        timeout=_timeout(target, action),
        changed=changed,
        undo=action.undo or undone_by(effect),
        confirmation=confirmation_of(target, effect),
        steps=steps,
        backups=tuple(to_back_up(target)) if effect is Effect.CHANGES_DATABASES else (),
        checks=tuple(checks),
        blocked="; ".join(_texts(checks, met=False)),
        notes=tuple(_texts(checks, met=True)),
    )


def together(steps: Iterable[Plan]) -> tuple[Effect, str]:
    """What plans do when all are run, as a class and in words."""
    made = tuple(steps)
    words = "; ".join(f"{step.action.title}: {step.changed}" for step in made)
    return heaviest(step.effect for step in made), words


def _steps(target: Target, action: Action, values: Mapping[str, str]) -> Iterator[Plan]:
    """The plans of the steps that running a bundle would run now."""
    if not action.steps:
        return
    if values[RESUME] == "yes":
        left = [step for step in standings(target, action, values) if not step.holds]
        yield from (plan(target, step.action, step.values) for step in left)
    else:
        yield from (plan(target, step, own) for step, own in members(target, action, values))


def _of_steps(action: Action, steps: tuple[Plan, ...]) -> Iterator[Finding]:
    """What was looked at for the steps of a bundle."""
    if action.steps and not steps:
        text = "every step passed, and still holds: there is nothing to resume"
        yield Finding("steps", met=False, text=text)
    for step in steps:
        for check in step.checks:
            # Of these it is said once, for the bundle itself.
            if check.what not in (LEAVE, WRITER) and check.text:
                yield replace(check, text=f"{step.action.title}: {check.text}")


def _changes(target: Target, action: Action, interpreter: Path | None) -> tuple[Change, ...]:
    if action.module:
        return settings_handed_on(target)
    return changes(target, interpreter) if interpreter else ()


def _argv(
    target: Target, action: Action, values: Mapping[str, str], interpreter: Path | None
) -> tuple[str, ...]:
    if action.argv:
        if interpreter is None and _needs_interpreter(action):
            return ()
        built_in = {PYTHON: str(interpreter or ""), ROOT: str(target.path)}
        return filled(action.argv, action.parameters, values, built_in)
    own = [argument for p in action.parameters for argument in p.arguments(values[p.name])]
    if action.module:
        return (sys.executable, *_ISOLATED, _PROGRAMS + action.module, *action.arguments, *own)
    script = target.layout.script(action.script) if action.script else None
    if interpreter is None or (action.script and script is None):
        return ()
    start = [str(interpreter), *([str(script.relative_to(target.path))] if script else [])]
    return (*start, *action.arguments, *own)


def _found(argv: tuple[str, ...], search_path: str) -> tuple[str, ...]:
    """The arguments with the program that a bare name leads to, so that it is seen which it is."""
    if not argv or "/" in argv[0]:
        return argv
    return (shutil.which(argv[0], path=search_path) or argv[0], *argv[1:])


def _needs_interpreter(action: Action) -> bool:
    """Whether the installation's interpreter is part of the command."""
    if action.argv:
        return any(PYTHON in names_in(argument) for argument in action.argv)
    return not action.module


def _general(
    target: Target, action: Action, values: Mapping[str, str], effect: Effect
) -> Iterator[Finding]:
    """What is looked at whatever the action is."""
    if effect.writes:
        reason = target.read_only_why
        yield Finding(LEAVE, met=not reason, text=reason)
        # A bundle's steps are planned under the lock that it holds itself.
        holder = "" if LENT in target.environment else obstacle(target)
        yield Finding(WRITER, met=not holder, text=holder)
    if action.script:
        places = " or ".join(dict.fromkeys(SCRIPTS[action.script]))
        there = target.layout.script(action.script) is not None
        text = "" if there else f"not in this installation: no {places}"
        yield Finding("script", met=there, text=text)
    if _needs_interpreter(action):
        yield interpreter_exists(target)
    for parameter in action.parameters:
        if parameter.required and not values[parameter.name]:
            text = f"needs {parameter.name}: {parameter.help}, {parameter.kind}"
            yield Finding(parameter.name, met=False, text=text)


def _findings(action: Action, seen: Circumstances) -> Iterator[Finding]:
    for need in action.needs:
        try:
            yield need(seen)
        except OSError as error:
            yield Finding("", met=False, text=f"can't be looked at: {error}")


def _texts(findings: list[Finding], *, met: bool) -> list[str]:
    return [one_line(f.text) for f in findings if f.met is met and f.text]


def _timeout(target: Target, action: Action) -> float:
    """The operator's own setting, where there is one, else what the action declares."""
    # An operator's own command says its own.
    if action.argv or target.settings.origin("actions.timeout") == "default":
        return action.timeout
    return target.settings.seconds("actions.timeout") * max(len(action.steps), 1)
