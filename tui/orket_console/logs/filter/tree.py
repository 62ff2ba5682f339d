"""What a filter expression says, as a tree, and the tree as an expression again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from orket_console.logs.filter.words import Form, Value, quoted, slashed

_PLAIN: Final = re.compile(r"\w[\w.+*]*", re.ASCII)
_PLAIN_VALUE: Final = re.compile(r"[^\s()\",/*@]+")
_CONNECTIVES: Final = ("and", "or", "not")


@dataclass(frozen=True, slots=True)
class Text:
    """Text anywhere in the line."""

    value: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that is found anywhere in the line."""

    source: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A key's value: any of `values` for `:` and `=`, one to compare with otherwise."""

    key: str
    operator: str
    values: tuple[Value, ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A filter kept under a name; `of` is what it says."""

    name: str
    of: Node


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`; an empty one is the filter that wants everything."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node = Text | Regex | Field | Named | Not | And | Or
EVERYTHING: Final = And(())


def written(node: Node) -> str:
    """The expression that says `node`; parsed again it gives the same tree."""
    match node:
        case Text(value):
            plain = _PLAIN.fullmatch(value) and value.lower() not in _CONNECTIVES
            return value if plain else quoted(value)
        case Regex(source):
            return slashed(source)
        case Field(key, operator, values):
            return key + operator + ",".join([_value(value) for value in values])
        case Named(name):
            return f"@{name}"
        case Not(part):
            return f"-{_inside(part, And, Or)}"
        case And(parts):
            return " ".join([_inside(part, And, Or) for part in parts])
        case Or(parts):
            return " or ".join([_inside(part, Or) for part in parts])


def term(key: str, value: str, operator: str = ":") -> str:
    """`key:value` for just this value, quoted where it must be."""
    return key + operator + plain_or_quoted(value)


def plain_or_quoted(value: str) -> str:
    """A value as it is written, in quotes where it would mean something else without."""
    return value if _PLAIN_VALUE.fullmatch(value) else quoted(value)


def both(expression: str, before: Node, part: str) -> str:
    """`expression`, of which `before` is the tree, and `part` too."""
    if isinstance(before, Or):
        return f"({expression}) {part}"
    return f"{expression} {part}".strip()


def _inside(node: Node, *grouped: type[And | Or]) -> str:
    return f"({written(node)})" if isinstance(node, grouped) else written(node)


def _value(value: Value) -> str:
    match value.form:
        case Form.QUOTED:
            return quoted(value.text)
        case Form.REGEX:
            return slashed(value.text)
        case Form.BARE:
            return value.text
