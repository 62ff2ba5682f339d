"""What one `[[actions]]` of a settings file may say, by key."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from orket_console.actions.definition import Effect
from orket_console.actions.parameters import Kind

TIMEOUT: Final = 300.0


class ParameterKind(StrEnum):
    """A parameter's kind, as it is written in the file."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    PATH = "path"
    TURN = "turn"
    FLAG = "flag"

    @property
    def kind(self) -> Kind:
        return Kind[self.name]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table in which a key that is not known is a mistake."""


class ParameterTable(_Table, frozen=True):
    """One `[[actions.parameters]]`; `option` is what a flag becomes when it is set."""

    name: str
    kind: ParameterKind = ParameterKind.TEXT
    help: str = ""
    default: str | bool | int | float = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    option: str = ""


class VerdictTable(_Table, frozen=True):
    """`[actions.verdict]`: statuses that are no failure, and expressions (RE2) for lines."""

    exit: tuple[int, ...] = (0,)
    must_match: str = ""
    must_not_match: str = ""


class ActionTable(_Table, frozen=True):
    """One `[[actions]]`. `timeout` in seconds, `cwd` inside the installation."""

    name: str
    effect: Effect
    argv: tuple[str, ...]
    title: str = ""
    purpose: str = ""
    runbook: str = ""
    changes: str = ""
    undo: str = ""
    cwd: str = ""
    timeout: float = TIMEOUT
    parameters: tuple[ParameterTable, ...] = ()
    verdict: VerdictTable = VerdictTable()
