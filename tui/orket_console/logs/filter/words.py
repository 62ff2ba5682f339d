"""A filter expression cut into words, each with the column it starts at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode

KEYS: Final = ("event", "role", "session", "issue", "turn", "level", "source")
LONGEST: Final = 2_000
"""Characters of an expression."""


class FilterError(ConsoleError):
    """What is wrong with an expression, at `column` (from 1)."""

    def __init__(self, what: str, column: int, remedy: str = "") -> None:
        super().__init__(
            what, where=f"filter, column {column}", remedy=remedy, exit_code=ExitCode.USAGE
        )
        self.column = column


class Kind(StrEnum):
    OPEN = "("
    CLOSE = ")"
    AND = "and"
    OR = "or"
    NOT = "not"
    TEXT = "text"
    FIELD = "field"
    END = "end"


@dataclass(frozen=True, slots=True)
class Word:
    """`key` and `operator` are set for a field alone."""

    kind: Kind
    value: str
    column: int
    key: str = ""
    operator: str = ""


_FIELD: Final = re.compile(r"([A-Za-z_][A-Za-z_.]*)(:|>=|<=|>|<|=)")
_BARE: Final = re.compile(r"[^\s()\"]+")
_BLANK: Final = re.compile(r"\s+")
_CONNECTIVES: Final = {"and": Kind.AND, "or": Kind.OR, "not": Kind.NOT}


def words_of(expression: str) -> list[Word]:
    """The words of an expression, `END` last. Raises `FilterError`."""
    if len(expression) > LONGEST:
        raise FilterError(f"the expression is longer than {LONGEST} characters", LONGEST)
    words: list[Word] = []
    at = 0
    while at < len(expression):
        if blank := _BLANK.match(expression, at):
            at = blank.end()
            continue
        word, at = _next(expression, at)
        words.append(word)
    return [*words, Word(Kind.END, "", len(expression) + 1)]


def _next(expression: str, at: int) -> tuple[Word, int]:
    sign = expression[at]
    if sign in "()":
        return Word(Kind(sign), sign, at + 1), at + 1
    if sign == "-" and at + 1 < len(expression) and not expression[at + 1].isspace():
        return Word(Kind.NOT, sign, at + 1), at + 1
    if field := _FIELD.match(expression, at):
        return _field(expression, at, field)
    value, end = _value(expression, at)
    quoted = sign == '"'
    kind = Kind.TEXT if quoted else _CONNECTIVES.get(value.lower(), Kind.TEXT)
    return Word(kind, value, at + 1), end


def _field(expression: str, at: int, field: re.Match[str]) -> tuple[Word, int]:
    key, operator = field[1].lower(), field[2]
    if key not in KEYS:
        raise FilterError(
            f"unknown key {key}", at + 1, f"use {', '.join(KEYS)}, or quote it to find it as text"
        )
    value, end = _value(expression, field.end())
    if not value:
        raise FilterError(f"{key}{operator} wants a value", field.end() + 1)
    return Word(Kind.FIELD, value, at + 1, key, operator), end


def _value(expression: str, at: int) -> tuple[str, int]:
    """A quoted or a bare value; empty where there is neither."""
    if at < len(expression) and expression[at] == '"':
        end = expression.find('"', at + 1)
        if end < 0:
            raise FilterError("the quote is not closed", at + 1)
        return expression[at + 1 : end], end + 1
    bare = _BARE.match(expression, at)
    return (bare[0], bare.end()) if bare else ("", at)


def term(key: str, value: str) -> str:
    """`key:value` as an expression says it, quoted where it must be."""
    plain = _BARE.fullmatch(value) is not None
    return f"{key}:{value}" if plain else f'{key}:"{value.replace(chr(34), "*")}"'
