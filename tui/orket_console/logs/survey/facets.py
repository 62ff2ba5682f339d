"""Counts by value: which events, levels, roles, sessions, models, types and logs there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.filter import term
from orket_console.logs.survey.counts import OTHERS, Cell, Counts

_EXACT: Final = frozenset({"session", "source"})
"""Keys of the filter language by which a part of the value would fit as well."""


@dataclass(frozen=True, slots=True)
class Value:
    """`worst` is the severity of the worst line with it, where that is known.

    `term` is what a filter says for it; empty for the sum of what was too much to keep.
    """

    value: str
    count: int
    worst: Severity | None
    term: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A key of the filter language and its values, the most frequent first."""

    name: str
    values: tuple[Value, ...]


def facets(counts: Counts) -> tuple[Facet, ...]:
    """In the order in which they help: those without any value are left out."""
    cells = counts.cells.values()
    found = (
        _of_cells("level", ((cell.severity.word, cell) for cell in cells)),
        _of_cells("event", ((cell.event, cell) for cell in cells)),
        _of_cells("type", ((cell.kind, cell) for cell in cells)),
        *(_of_names(name, counts.names[name]) for name in ("role", "session", "model", "source")),
    )
    return tuple(facet for facet in found if facet.values)


def _of_cells(name: str, cells: Iterable[tuple[str, Cell]]) -> Facet:
    counted: dict[str, int] = {}
    worst: dict[str, Severity] = {}
    for value, cell in cells:
        if value and cell.count:
            counted[value] = counted.get(value, 0) + cell.count
            worst[value] = max(worst.get(value, cell.severity), cell.severity)
    return Facet(name, tuple(_value(name, *item, worst[item[0]]) for item in _sorted(counted)))


def _of_names(name: str, counted: dict[str, int]) -> Facet:
    return Facet(name, tuple(_value(name, *item, None) for item in _sorted(counted)))


def _sorted(counted: dict[str, int]) -> list[tuple[str, int]]:
    """The most frequent first, what was too much to keep last."""
    return sorted(counted.items(), key=lambda item: (item[0] == OTHERS, -item[1], item[0]))


def _value(name: str, value: str, count: int, worst: Severity | None) -> Value:
    operator = "=" if name in _EXACT else ":"
    return Value(value, count, worst, "" if value == OTHERS else term(name, value, operator))
