"""A filter expression cut into words, each with the column it starts at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from orket_console.base.errors import ConsoleError, ExitCode

KEYS: Final = (
    "event",
    "role",
    "session",
    "issue",
    "turn",
    "level",
    "type",
    "status",
    "model",
    "pattern",
    "source",
    "after",
    "before",
)
DATA: Final = "data."
"""What the path of any other value of a record begins with."""
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
    REGEX = "regex"
    FIELD = "field"
    NAMED = "named"
    END = "end"


class Form(StrEnum):
    """How a value was written: `bare` may hold `*`, `quoted` means what it says."""

    BARE = "bare"
    QUOTED = "quoted"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a key, and where it stands."""

    text: str
    form: Form
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """`key`, `operator` and `values` are set for a field alone."""

    kind: Kind
    value: str
    column: int
    key: str = ""
    operator: str = ""
    values: tuple[Value, ...] = ()


_FIELD: Final = re.compile(
    r"(data\.[^\s:=<>!()\",/]+|[A-Za-z_][A-Za-z0-9_.]*)(:|!=|>=|<=|>|<|=)", re.IGNORECASE
)
_NAMED: Final = re.compile(r"@([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_BARE: Final = re.compile(r"[^\s()\"]+")
_BARE_VALUE: Final = re.compile(r"[^\s()\",]+")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_REGEX: Final = re.compile(r"/((?:[^\\/]|\\.|/(?![\s)]|\Z))++)/", re.DOTALL)
_REGEX_VALUE: Final = re.compile(r"/((?:[^\\/\s]|\\.|/(?![\s),]|\Z))++)/", re.DOTALL)
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
    if named := _NAMED.match(expression, at):
        return Word(Kind.NAMED, named[1].lower(), at + 1), named.end()
    if sign == "@" and (at + 1 == len(expression) or expression[at + 1] in " ()"):
        raise FilterError("@ wants a name", at + 1, "such as @failures")
    if found := _FIELD.match(expression, at):
        return _field(expression, at, found)
    if sign == "/":
        return _regex(expression, at)
    if sign == '"':
        text, end = _quoted(expression, at)
        return Word(Kind.TEXT, text, at + 1), end
    bare = _BARE.match(expression, at)
    assert bare is not None  # noqa: S101  all that it does not match was dealt with above
    kind = _CONNECTIVES.get(bare[0].lower(), Kind.TEXT)
    return Word(kind, bare[0], at + 1), bare.end()


def _field(expression: str, at: int, found: re.Match[str]) -> tuple[Word, int]:
    key, operator = found[1], found[2]
    # The keys of `data` are Orket's, and upper and lower case tell them apart.
    key = DATA + key[len(DATA) :] if key.lower().startswith(DATA) else key.lower()
    if key not in KEYS and not (key.startswith(DATA) and all(key.split("."))):
        raise FilterError(f"unknown key {key}", at + 1, _meant(key, found[1] + operator))
    values, end = _values(expression, found.end())
    if not values:
        raise FilterError(f"{key}{operator} wants a value", found.end() + 1)
    return Word(Kind.FIELD, found[0], at + 1, key, operator, values), end


def _meant(key: str, written: str) -> str:
    quote = f'as text: "{written}…"'
    if close := get_close_matches(key, KEYS, 1):
        return f"did you mean {close[0]}? {quote}"
    return f"{quote}; keys: {', '.join(KEYS)}, data.…"


def _values(expression: str, at: int) -> tuple[tuple[Value, ...], int]:
    """The values that stand at `at`, with commas between; none where there is none."""
    values: list[Value] = []
    while True:
        value, end = _value(expression, at)
        if value is None:
            if values:
                raise FilterError("a value is missing after the comma", at + 1)
            return (), at
        values.append(value)
        if expression[end : end + 1] != ",":
            return tuple(values), end
        at = end + 1


def _value(expression: str, at: int) -> tuple[Value | None, int]:
    if expression[at : at + 1] == '"':
        text, end = _quoted(expression, at)
        return Value(text, Form.QUOTED, at + 1), end
    if regex := _REGEX_VALUE.match(expression, at):
        return Value(_unslashed(regex[1]), Form.REGEX, at + 1), regex.end()
    bare = _BARE_VALUE.match(expression, at)
    return (Value(bare[0], Form.BARE, at + 1), bare.end()) if bare else (None, at)


def _quoted(expression: str, at: int) -> tuple[str, int]:
    found = _QUOTED.match(expression, at)
    if found is None:
        raise FilterError("the quote is not closed", at + 1, 'end it with "')
    return re.sub(r'\\(["\\])', r"\1", found[1]), found.end()


def _regex(expression: str, at: int) -> tuple[Word, int]:
    found = _REGEX.match(expression, at)
    if found is None:
        raise FilterError(
            "the regular expression is not closed",
            at + 1,
            'end it with /, or quote it to find it as text: "/…"',
        )
    return Word(Kind.REGEX, _unslashed(found[1]), at + 1), found.end()


def _unslashed(source: str) -> str:
    r"""A regular expression without what kept it together: `\/` and `\ ` are `/` and a blank."""
    return re.sub(
        r"\\(.)", lambda pair: pair[1] if _guarded(pair[1]) else pair[0], source, flags=re.S
    )


def _guarded(character: str) -> bool:
    return character == "/" or character.isspace()


# -- and back again -------------------------------------------------------------------


def quoted(text: str) -> str:
    """`text` in quotes, so that it means just itself."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def slashed(source: str) -> str:
    """A regular expression as it is written, between slashes."""
    return "/" + re.sub(r"(\\.)|([/\s])", lambda m: m[1] or f"\\{m[2]}", source, flags=re.S) + "/"
