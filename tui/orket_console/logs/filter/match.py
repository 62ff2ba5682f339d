"""A filter expression as something that tells which records it wants."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.filter.words import FilterError, Kind, Word, words_of
from orket_console.logs.records import Record

Wanted = Callable[[Record], bool]

_DEEPEST: Final = 50
_COMPARISONS: Final[dict[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    ":": operator.eq,
}
_LEVELS: Final = {"warning": Severity.WARN} | {level.word: level for level in Severity}
_STARTS: Final = (Kind.OPEN, Kind.NOT, Kind.TEXT, Kind.FIELD)


@dataclass(frozen=True, slots=True)
class Filter:
    """`expression` as it was written, and the test it stands for."""

    expression: str
    wants: Wanted


def parse_filter(expression: str) -> Filter:
    """The filter that `expression` says; an empty one wants everything.

    Raises `FilterError`, which points at a column.
    """
    parser = _Parser(words_of(expression))
    return Filter(expression.strip(), parser.whole())


class _Parser:
    """Recursive descent over the words, deepest nesting bounded."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0

    @property
    def _word(self) -> Word:
        return self._words[self._at]

    def _is(self, *kinds: Kind) -> bool:
        return self._word.kind in kinds

    def _step(self) -> Word:
        word = self._word
        self._at += 1
        return word

    def whole(self) -> Wanted:
        if self._is(Kind.END):
            return lambda record: True
        wanted = self._either()
        if not self._is(Kind.END):
            raise FilterError(f"{self._word.value} was not expected here", self._word.column)
        return wanted

    def _either(self) -> Wanted:
        parts = [self._all()]
        while self._is(Kind.OR):
            self._step()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda r: any(part(r) for part in parts)

    def _all(self) -> Wanted:
        parts = [self._one()]
        while self._is(Kind.AND, *_STARTS):
            if self._is(Kind.AND):
                self._step()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda r: all(part(r) for part in parts)

    def _one(self) -> Wanted:
        word = self._step()
        match word.kind:
            case Kind.NOT:
                inner = self._deeper(word, self._one)
                return lambda record: not inner(record)
            case Kind.OPEN:
                inner = self._deeper(word, self._either)
                if self._step().kind is not Kind.CLOSE:
                    raise FilterError("the bracket is not closed", word.column)
                return inner
            case Kind.TEXT:
                return text_test(word.value)
            case Kind.FIELD:
                return _field(word)
            case Kind.END:
                raise FilterError("something is missing at the end", word.column)
        raise FilterError(f"{word.value} was not expected here", word.column)

    def _deeper(self, word: Word, parse: Callable[[], Wanted]) -> Wanted:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError(f"nested deeper than {_DEEPEST}", word.column)
        inner = parse()
        self._depth -= 1
        return inner


def text_test(value: str) -> Wanted:
    """Text in the record as it is shown, or in the line as it was written."""
    low = value.lower()
    if not low.isascii():
        return lambda r: low in r.what.lower() or low in r.raw.decode("utf-8", "replace").lower()
    raw = low.encode()
    return lambda r: raw in r.raw.lower() or low in r.what.lower()


def _field(word: Word) -> Wanted:
    if word.key == "level":
        return _level(word)
    if word.operator not in (":", "="):
        raise FilterError(f"{word.key} knows no {word.operator}", word.column, f"use {word.key}:")
    value = word.value.lower()
    if word.key == "turn":
        return _turn(word)
    if word.key == "session":
        begins = like(value if value.endswith("*") else value + "*")
        return lambda r: any(begins(session.lower()) for session in r.sessions)
    if word.key == "source":
        holds = like(f"*{value}*")
        return lambda r: holds(r.source.lower())
    same = like(value)
    if word.key == "event":
        return lambda r: same(r.event.lower())
    if word.key == "role":
        return lambda r: same(r.role.lower())
    return lambda r: same(r.issue.lower())


def _level(word: Word) -> Wanted:
    level = _LEVELS.get(word.value.lower())
    if level is None:
        column = word.column + len(word.key) + len(word.operator)
        known = ", ".join(each.word for each in Severity)
        raise FilterError(f"unknown level {word.value}", column, f"use {known}")
    compare = _COMPARISONS[word.operator]
    return lambda record: compare(record.severity, level)


def _turn(word: Word) -> Wanted:
    if not word.value.isdecimal() or len(word.value) > 9:
        raise FilterError("turn wants a number", word.column + len("turn:"), "such as turn:1")
    number = int(word.value)
    return lambda record: record.turn == number


def like(pattern: str) -> Callable[[str], bool]:
    """A test for `pattern`, in which `*` stands for anything; linear in the text's length."""
    if "*" not in pattern:
        return lambda text: text == pattern
    first, *middle, last = pattern.split("*")

    def fits(text: str) -> bool:
        if len(text) < len(first) + len(last):
            return False
        if not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits
