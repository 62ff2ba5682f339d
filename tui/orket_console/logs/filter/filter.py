"""A filter expression as something that tells which lines and records it wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from orket_console.logs.filter.compiled import compiled
from orket_console.logs.filter.fields import Test
from orket_console.logs.filter.named import BUILT_IN, named_filters
from orket_console.logs.filter.parse import parse
from orket_console.logs.filter.tree import Node
from orket_console.logs.records import Record

if TYPE_CHECKING:
    from orket_console.base.clock import Clock
    from orket_console.target.settings import Settings

_MOST_SOURCES: Final = 256


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an expression means besides its words.

    `now` is what times back are counted from, `local` tells that times without an offset are
    the machine's and not UTC, `named` has the filters that `@name` stands for.
    """

    now: datetime
    local: bool = False
    named: Mapping[str, str] = field(default_factory=lambda: dict(BUILT_IN))


def surroundings_of(settings: Settings, clock: Clock) -> Surroundings:
    """What an expression means to an operator with these settings now."""
    local = settings.text("ui.time") == "local"
    return Surroundings(clock.now(), local, named_filters(settings))


@dataclass(frozen=True, slots=True)
class Filter:
    """`expression` as it was written, its tree, and the tests it stands for.

    It can be pickled: the expression is parsed again where it arrives.
    """

    expression: str
    tree: Node
    surroundings: Surroundings
    _tests: dict[str, Test] = field(default_factory=dict, compare=False, repr=False)

    def test(self, source: str) -> Test:
        """A quick test for lines of the log named `source`, by their heads and raw bytes."""
        test = self._tests.get(source)
        if test is None:
            if len(self._tests) >= _MOST_SOURCES:
                self._tests.clear()
            around = self.surroundings
            test = compiled(self.tree, source, around.now, local=around.local)
            self._tests[source] = test
        return test

    def wants(self, record: Record) -> bool:
        return self.test(record.source)(record.head, record.raw)

    def __reduce__(self) -> tuple[object, ...]:
        around = self.surroundings
        kept = Surroundings(around.now, around.local, dict(around.named))
        return parse_filter, (self.expression, kept)


def parse_filter(expression: str, surroundings: Surroundings | None = None) -> Filter:
    """The filter that `expression` says; an empty one wants everything.

    Without `surroundings`, times count from now and are UTC, and the filters built in are
    known. Raises `FilterError`, which points at a column.
    """
    around = surroundings or Surroundings(datetime.now(UTC))
    wanted = Filter(expression.strip(), parse(expression, around.named), around)
    wanted.test("")  # so that a wrong value is told now
    return wanted
