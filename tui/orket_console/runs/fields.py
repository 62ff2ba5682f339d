"""The values of a turn's JSON parts, each with the way to it: what “who changed it” asks of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from orket_console.runs.changes import PARTS, STATUS, Field, said
from orket_console.runs.model import RunDetail
from orket_console.runs.turn import TurnDetail

MOST_FIELDS: Final = 2_000
"""Values of one turn that are offered."""
_DEEPEST: Final = 30


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field and its value in the turn, as JSON on one line, shortened."""

    field: Field
    value: str


def fields_of(run: RunDetail, detail: TurnDetail) -> tuple[FieldValue, ...]:
    """The card's status first, then each value of each part, in the order of `PARTS`."""
    issue = detail.turn.ref.issue
    status = next((each.status for each in run.issues if each.issue == issue), "")
    found = [FieldValue(Field(STATUS, ()), status or "–")]
    for part, value_of in PARTS.items():
        for field, value in _values(Field(part, ()), value_of(detail), _DEEPEST):
            if len(found) >= MOST_FIELDS:
                return tuple(found)
            found.append(FieldValue(field, said(value)))
    return tuple(found)


def narrow_fields(fields: tuple[FieldValue, ...], words: str) -> tuple[FieldValue, ...]:
    """Those that have every word, in their way or their value, in any case."""
    wanted = words.lower().split()
    return tuple(
        each
        for each in fields
        if all(word in f"{each.field} {each.value}".lower() for word in wanted)
    )


def _values(field: Field, value: object, depth: int) -> Iterator[tuple[Field, object]]:
    """The leaves of a JSON value; what is empty or nested too deep is one itself."""
    if depth and value and isinstance(value, dict):
        for key, item in value.items():
            yield from _values(Field(field.part, (*field.way, str(key))), item, depth - 1)
    elif depth and value and isinstance(value, list):
        for at, item in enumerate(value):
            yield from _values(Field(field.part, (*field.way, str(at))), item, depth - 1)
    elif value is not None or field.way:
        yield field, value
