"""What an operator may set of an action: typed, checked against an allow-list, never a shell.

A value reaches an argument list only from here. What is refused is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import file_at, is_inside
from orket_console.base.text import clean, one_line, shorten

_LONGEST: Final = 300
_PATH: Final = re.compile(r"[A-Za-z0-9._+@/-]+")
_ID: Final = re.compile(r"[A-Za-z0-9._-]+")
_ISSUE: Final = re.compile(r"[A-Za-z0-9._ -]+")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_INDEX: Final = re.compile(r"[0-9]{1,6}")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})


class Kind(StrEnum):
    FLAG = "yes or no"
    PATH = "path inside the installation"
    TURN = "SESSION:ISSUE:TURN[:ROLE]"
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "one of a few"
    WHOLE = "whole number"
    SESSION = "session id"
    REPOSITORY = "OWNER/NAME"
    FILE = "path of a file"
    RECORD = "id of a run"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name for people, and the option it becomes; `choices` of a choice.

    `option` is empty for a value that stands alone. A value that is empty adds nothing to the
    arguments; without a `required` one the action can't be run.
    """

    name: str
    kind: Kind
    option: str
    help: str
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    def arguments(self, value: str) -> list[str]:
        """The arguments that a checked `value` becomes; a wanting one shows its place."""
        if self.kind is Kind.FLAG:
            return [self.option] if value == "yes" else []
        if not value and self.required:
            value = f"<{self.name}>"
        if not value:
            return []
        return [self.option, value] if self.option else [value]


class ParameterError(ConsoleError):
    """A value that is refused: which, and why. Usage, so exit 2."""

    def __init__(self, name: str, value: str, reason: str) -> None:
        shown = shorten(value, 60)
        super().__init__(f"{name} {shown!r} refused: {reason}", exit_code=ExitCode.USAGE)
        self.name = name
        self.reason = reason


def checked(
    parameters: tuple[Parameter, ...], given: Mapping[str, str], root: Path
) -> dict[str, str]:
    """Every parameter's value, `given` or default, as it may be used; required ones may be empty.

    Raises `ParameterError` for an unknown name, and for a value that is not allowed.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known) or "this action has none"
            raise ParameterError(one_line(name), value, f"no such parameter (known: {names})")
    return {
        name: check(parameter, given.get(name, parameter.default), root)
        for name, parameter in known.items()
    }


def check(parameter: Parameter, value: str, root: Path) -> str:
    """`value` as it goes into the arguments. Raises `ParameterError`."""
    try:
        if not value and parameter.kind is not Kind.FLAG:
            return ""
        taken = _CHECKS[parameter.kind](value, root)
        if parameter.kind is Kind.CHOICE and taken not in parameter.choices:
            raise ValueError(f"it is one of {', '.join(parameter.choices)}")
        return taken
    except ValueError as error:
        raise ParameterError(parameter.name, value, str(error)) from error


def _flag(value: str, _root: Path) -> str:
    word = value.strip().lower()
    if word in _TRUE:
        return "yes"
    if word in _FALSE:
        return "no"
    raise ValueError("it is yes or no")


def _path(value: str, root: Path) -> str:
    """A relative path below the root, links followed."""
    _plain(value, _PATH)
    if value.startswith("/"):
        raise ValueError("an absolute path; it is relative to the installation")
    if ".." in value.split("/"):
        raise ValueError("it leads out of the installation by `..`")
    if not is_inside(root / value, root):
        raise ValueError("a link in it leads out of the installation")
    return value


def _turn(value: str, _root: Path) -> str:
    """A turn's key, the issue as its folder is named: the upstream command knows no other."""
    _characters(value)
    parts = value.split(":")
    if len(parts) not in (3, 4):
        raise ValueError(f"it is {Kind.TURN}")
    session, issue, index, *role = parts
    for part in (session, *role):
        _plain(part, _ID)
    _plain(issue, _ISSUE)
    if not _INDEX.fullmatch(index):
        raise ValueError("the turn is a number")
    return ":".join([session, issue.lower().replace(" ", "_"), index, *role])


def _text(value: str, _root: Path) -> str:
    """Anything that can be read as it stands, and that no program takes for an option."""
    _characters(value)
    if value.startswith("-"):
        raise ValueError("it looks like an option")
    if ".." in re.split(r"[/\\]", value):
        raise ValueError("it leads out of the installation by `..`")
    if clean(value) != value:
        raise ValueError("it holds a control character")
    return value


def _whole(value: str, _root: Path) -> str:
    if not _INDEX.fullmatch(value):
        raise ValueError("it is no whole number")
    return value


def _id(value: str, _root: Path) -> str:
    _plain(value, _ID)
    return value


def _repository(value: str, _root: Path) -> str:
    _characters(value)
    parts = value.split("/")
    if len(parts) != 2:
        raise ValueError(f"it is {Kind.REPOSITORY}")
    for part in parts:
        _plain(part, _ID)
    return value


def _file(value: str, root: Path) -> str:
    """A file wherever it lies, which is only read; a relative path is the installation's."""
    _characters(value)
    if value.startswith("-"):
        raise ValueError("it looks like an option")
    if not file_at(root / value):
        raise ValueError("there is no such file")
    return value


def _number(value: str, _root: Path) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError("it is no number, such as 12 or 0.5")
    return value


_CHECKS: Final[dict[Kind, Callable[[str, Path], str]]] = {
    Kind.FLAG: _flag,
    Kind.PATH: _path,
    Kind.TURN: _turn,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.CHOICE: _text,
    Kind.RECORD: _id,
    Kind.WHOLE: _whole,
    Kind.SESSION: _id,
    Kind.REPOSITORY: _repository,
    Kind.FILE: _file,
}


def _plain(value: str, allowed: re.Pattern[str]) -> None:
    """Refuse what could be an option, a way out, or anything but a name. Raises `ValueError`."""
    _characters(value)
    if not value:
        raise ValueError("a part of it is empty")
    if value.startswith("-"):
        raise ValueError("it looks like an option")
    if value in (".", ".."):
        raise ValueError("it is no name")
    if not allowed.fullmatch(value):
        odd = next(char for char in value if not allowed.fullmatch(char))
        raise ValueError(f"{odd!r} is not allowed in it")


def _characters(value: str) -> None:
    if "\0" in value:
        raise ValueError("it holds a NUL character")
    if "\n" in value or "\r" in value:
        raise ValueError("it holds a line break")
    if len(value) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
