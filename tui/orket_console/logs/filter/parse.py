"""A filter expression parsed into its tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from orket_console.logs.filter.tree import EVERYTHING, And, Field, Named, Node, Not, Or, Regex, Text
from orket_console.logs.filter.words import FilterError, Kind, Word, words_of

_DEEPEST: Final = 50
_MOST: Final = 2_000
"""Terms of an expression with all that its named filters stand for."""
_STARTS: Final = (Kind.OPEN, Kind.NOT, Kind.TEXT, Kind.REGEX, Kind.FIELD, Kind.NAMED)


def parse(expression: str, named: Mapping[str, str]) -> Node:
    """The tree of `expression`, in which `@name` stands for a value of `named`.

    Raises `FilterError`, which points at a column.
    """
    return _Parser(expression, _Names(named)).whole()


class _Names:
    """The named filters, while an expression that may refer to them is parsed."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self.known = {name.lower(): expression for name, expression in named.items()}
        self.open: list[str] = []
        self.depth = 0
        self.terms = 0


class _Parser:
    """Recursive descent over the words, deepest nesting bounded."""

    def __init__(self, expression: str, names: _Names) -> None:
        self._words = words_of(expression)
        self._names = names
        self._at = 0

    @property
    def _word(self) -> Word:
        return self._words[self._at]

    def _is(self, *kinds: Kind) -> bool:
        return self._word.kind in kinds

    def _step(self) -> Word:
        word = self._word
        self._at += 1
        return word

    def whole(self) -> Node:
        if self._is(Kind.END):
            return EVERYTHING
        node = self._either()
        if not self._is(Kind.END):
            raise FilterError(f"{self._word.value} was not expected here", self._word.column)
        return node

    def _either(self) -> Node:
        parts = [self._all()]
        while self._is(Kind.OR):
            self._step()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._is(Kind.AND, *_STARTS):
            if self._is(Kind.AND):
                self._step()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        word = self._step()
        self._names.terms += 1
        if self._names.terms > _MOST:
            raise FilterError(f"more than {_MOST} terms", word.column)
        match word.kind:
            case Kind.NOT:
                return Not(self._deeper(word, self._one))
            case Kind.OPEN:
                inner = self._deeper(word, self._either)
                if self._step().kind is not Kind.CLOSE:
                    raise FilterError("the bracket is not closed", word.column, "end it with )")
                return inner
            case Kind.TEXT:
                return Text(word.value)
            case Kind.REGEX:
                return Regex(word.value, word.column)
            case Kind.FIELD:
                return _field(word)
            case Kind.NAMED:
                return self._deeper(word, lambda: self._named(word))
            case Kind.END:
                raise FilterError("something is missing at the end", word.column)
        raise FilterError(f"{word.value} was not expected here", word.column)

    def _deeper(self, word: Word, parse: Callable[[], Node]) -> Node:
        self._names.depth += 1
        if self._names.depth > _DEEPEST:
            raise FilterError(f"nested deeper than {_DEEPEST}", word.column)
        inner = parse()
        self._names.depth -= 1
        return inner

    def _named(self, word: Word) -> Node:
        names = self._names
        expression = names.known.get(word.value)
        if expression is None:
            known = " ".join(f"@{name}" for name in sorted(names.known))
            raise FilterError(f"no filter is called @{word.value}", word.column, f"use {known}")
        if word.value in names.open:
            raise FilterError(f"@{word.value} refers to itself", word.column)
        names.open.append(word.value)
        try:
            inner = _Parser(expression, names).whole()
        except FilterError as error:
            raise FilterError(
                f"@{word.value} is wrong: {error.what}", word.column, f"it says: {expression}"
            ) from error
        names.open.pop()
        return Named(word.value, inner)


def _field(word: Word) -> Node:
    if word.operator == "!=":
        return Not(Field(word.key, "=", word.values, word.column))
    return Field(word.key, word.operator, word.values, word.column)
