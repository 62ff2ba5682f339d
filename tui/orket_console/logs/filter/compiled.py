"""A filter's tree as one quick test on a line's head and bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from orket_console.logs.filter.fields import Test, field_test
from orket_console.logs.filter.regex import Regex as Engine
from orket_console.logs.filter.text import in_line
from orket_console.logs.filter.tree import And, Field, Named, Node, Not, Or, Regex, Text
from orket_console.logs.filter.words import DATA
from orket_console.logs.heads import Head

_CHEAP, _DEAR, _DEAREST = range(3)
_DEAR_KEYS: Final = ("after", "before", "pattern")


def compiled(node: Node, source: str, now: datetime, *, local: bool) -> Test:
    """The test that `node` stands for, on lines of the log named `source`.

    Raises `FilterError` for a value that its key does not know.
    """
    test = _Compiler(source, now, local=local).compile(node)
    return _constant(answer=test) if isinstance(test, bool) else test


class _Compiler:
    """Parts that are the same for every line are bools and go away; cheap ones come first."""

    def __init__(self, source: str, now: datetime, *, local: bool) -> None:
        self._source = source
        self._now = now
        self._local = local

    def compile(self, node: Node) -> Test | bool:
        match node:
            case Text(value):
                found = in_line(value)
                return lambda head, raw: found(raw)
            case Regex(source, column):
                matches = Engine(source, column).in_line
                return lambda head, raw: matches(raw)
            case Field():
                return field_test(node, self._source, self._now, local=self._local)
            case Named(_, of):
                return self.compile(of)
            case Not(part):
                test = self.compile(part)
                return not test if isinstance(test, bool) else _not(test)
            case And(parts):
                return self._joined(parts, stops_at=False)
            case Or(parts):
                return self._joined(parts, stops_at=True)

    def _joined(self, parts: Iterable[Node], *, stops_at: bool) -> Test | bool:
        """All parts, or with `stops_at` any of them."""
        tests: list[Test] = []
        found = False
        for part in sorted(parts, key=_cost):
            test = self.compile(part)
            if not isinstance(test, bool):
                tests.append(test)
            elif test is stops_at:
                found = True
        # Every part is compiled before, so that what is wrong in one is always told.
        if found or not tests:
            return found is stops_at
        return _or(tests) if stops_at else _and(tests)


def _cost(node: Node) -> int:
    """How dear a part is: a look at the head, the parsing of a time, a pass over the bytes."""
    match node:
        case Field(key):
            if key.startswith(DATA):
                return _DEAREST
            return _DEAR if key in _DEAR_KEYS else _CHEAP
        case Named(_, part) | Not(part):
            return _cost(part)
        case And(parts) | Or(parts):
            return max(map(_cost, parts), default=_CHEAP)
        case _:
            return _DEAREST


def _constant(*, answer: bool) -> Test:
    return lambda head, raw: answer


def _not(test: Test) -> Test:
    return lambda head, raw: not test(head, raw)


def _and(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        return lambda head, raw: one(head, raw) and other(head, raw)

    def all_of(head: Head, raw: bytes) -> bool:
        for test in tests:  # noqa: SIM110  all() over a generator takes twice as long
            if not test(head, raw):
                return False
        return True

    return all_of


def _or(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        return lambda head, raw: one(head, raw) or other(head, raw)

    def any_of(head: Head, raw: bytes) -> bool:
        for test in tests:  # noqa: SIM110  any() over a generator takes twice as long
            if test(head, raw):
                return True
        return False

    return any_of
