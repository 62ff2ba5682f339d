"""The operator's own commands, read from the settings files; what is wrong with one is named.

A mistake costs the one command that it is in, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from orket_console.actions.definition import Action, Effect
from orket_console.actions.own.acceptance import Accepted
from orket_console.actions.own.needs import folder_inside, program_found
from orket_console.actions.own.rule import OwnRule, compiled
from orket_console.actions.own.schema import ActionTable, ParameterKind, ParameterTable
from orket_console.actions.own.template import BUILT_IN, names_in
from orket_console.actions.parameters import Kind, Parameter, ParameterError, check
from orket_console.base.text import clean, one_line
from orket_console.target.declarations import Declarations

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME_RULE: Final = "small letters, digits and -, a letter first, 40 at most"
_LONGEST_TIMEOUT: Final = 86_400.0
_MOST: Final = 200


class _MistakeError(Exception):
    """What is wrong with a table: its `key`, and what about it."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"{key}: {what}")


@dataclass(frozen=True, slots=True)
class Own:
    """The commands that can be used, and what is wrong with those that can't."""

    actions: tuple[Action, ...]
    problems: tuple[str, ...]


def read_own(files: Collection[Declarations], root: Path, taken: Collection[str]) -> Own:
    """The commands of these files, the operator's before the installation's.

    `taken` are names that the console's own actions have.
    """
    actions: dict[str, Action] = {}
    problems: list[str] = []
    for declarations in sorted(files, key=lambda each: each.in_root):
        for index, table in enumerate(declarations.tables[:_MOST]):
            place = declarations.place(index)
            try:
                action = _action(table, declarations, place, root)
                if action.name in {*taken, *actions}:
                    raise _MistakeError("name", f"there is an action {action.name} already")
                actions[action.name] = action
            except _MistakeError as mistake:
                problems.append(one_line(f"{place}{_called(table)}, {mistake}"))
        if (left := len(declarations.tables) - _MOST) > 0:
            problems.append(f"{declarations.file}: {left} commands after the first {_MOST}")
    return Own(tuple(actions.values()), tuple(problems))


def _called(table: object) -> str:
    name = table.get("name") if isinstance(table, dict) else None
    return f" ({name[:40]})" if isinstance(name, str) and name else ""


def _action(table: object, declarations: Declarations, place: str, root: Path) -> Action:
    told = _converted(table)
    _check_texts("", msgspec.to_builtins(told))
    parameters = tuple(_parameters(told, root))
    _check_argv(told, {parameter.name for parameter in parameters})
    if not 0 < told.timeout <= _LONGEST_TIMEOUT:
        raise _MistakeError(
            "timeout", f"{told.timeout:g} is not between 0 and {_LONGEST_TIMEOUT:g} s"
        )
    return Action(
        name=told.name,
        title=told.title or told.name,
        purpose=told.purpose or "a command of your own",
        runbook=told.runbook or "none",
        effect=told.effect,
        changes=told.changes or _changes(told.effect),
        verdict=_rule(told),
        timeout=told.timeout,
        argv=told.argv,
        cwd=told.cwd,
        parameters=parameters,
        needs=(Accepted(declarations), folder_inside, program_found),
        undo=told.undo,
        source=place,
    )


def _converted(table: object) -> ActionTable:
    try:
        told = msgspec.convert(table, ActionTable)
    except msgspec.ValidationError as error:
        raise _mistake_of(str(error)) from error
    if not _NAME.fullmatch(told.name):
        raise _MistakeError("name", f"{told.name!r} is not {_NAME_RULE}")
    if not told.argv or not all(told.argv):
        raise _MistakeError("argv", "it is empty, or an argument in it is")
    return told


def _mistake_of(said: str) -> _MistakeError:
    """msgspec's own words, with the key in front: `Expected … - at `$.argv[0]``."""
    what, _, path = said.partition(" - at `$")
    key = path.strip("`.") or "table"
    if "enum value" in what:
        known = ParameterKind if key.endswith("kind") else Effect
        what += f": it is one of {', '.join(known)}"
    return _MistakeError(key, what)


def _check_texts(key: str, value: object) -> None:
    """Refuse what can't be shown as it is: control characters, and what turns the line round."""
    if isinstance(value, str):
        if "\0" in value or clean(value) != value or "\n" in value:
            raise _MistakeError(key, f"{one_line(value)!r} holds a control character")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(f"{key}.{name}".strip("."), inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check_texts(f"{key}[{index}]", inner)


def _check_argv(told: ActionTable, parameters: set[str]) -> None:
    used = {name for argument in told.argv for name in names_in(argument)}
    if unknown := sorted(used - parameters - {*BUILT_IN}):
        raise _MistakeError("argv", f"{{{unknown[0]}}} is no parameter, nor one of {BUILT_IN}")
    if unused := sorted(parameters - used):
        raise _MistakeError("parameters", f"{unused[0]} stands nowhere in argv")
    if parameters & {*names_in(told.argv[0])}:
        raise _MistakeError("argv[0]", "a parameter can't choose the program")


def _parameters(told: ActionTable, root: Path) -> Iterator[Parameter]:
    names: set[str] = set()
    for index, table in enumerate(told.parameters):
        key = f"parameters[{index}]"
        if not _NAME.fullmatch(table.name) or table.name in {*names, *BUILT_IN}:
            raise _MistakeError(f"{key}.name", f"{table.name!r} is taken, or not {_NAME_RULE}")
        names.add(table.name)
        yield _parameter(table, key, root)


def _parameter(table: ParameterTable, key: str, root: Path) -> Parameter:
    kind = table.kind.kind
    if bool(table.choices) is not (kind is Kind.CHOICE):
        raise _MistakeError(f"{key}.choices", "a parameter of kind choice has some, no other has")
    if bool(table.option) is not (kind is Kind.FLAG):
        raise _MistakeError(f"{key}.option", "a flag has one, no other parameter has")
    parameter = Parameter(
        name=table.name,
        kind=kind,
        option=table.option,
        help=table.help or table.name,
        default=_default(table.default),
        required=table.required and kind is not Kind.FLAG,
        choices=table.choices,
    )
    try:
        for choice in table.choices:
            check(parameter, choice, root)
        check(parameter, parameter.default, root)
    except ParameterError as error:
        raise _MistakeError(f"{key}.default" if not table.choices else key, error.reason) from error
    return parameter


def _default(value: str | bool | float) -> str:  # noqa: FBT001  as TOML has it
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _rule(told: ActionTable) -> OwnRule:
    verdict = told.verdict
    for key, source in (
        ("verdict.must_match", verdict.must_match),
        ("verdict.must_not_match", verdict.must_not_match),
    ):
        try:
            compiled(source)
        except ValueError as error:
            raise _MistakeError(key, f"the regular expression is refused: {error}") from error
    return OwnRule(verdict.exit, verdict.must_match, verdict.must_not_match)


def _changes(effect: Effect) -> str:
    return f"its file does not say: it {effect}" if effect.writes else "nothing"
