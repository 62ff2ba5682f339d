"""What differs between two records, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from orket_console.base.text import shorten
from orket_console.logs.summaries.values import text_of

MOST: Final = 300
"""Differences that are told."""
_WIDEST: Final = 400


class Kind(StrEnum):
    CHANGED = "changed"
    ADDED = "added"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is dotted, as a filter names it; `before` and `after` are safe to show."""

    path: str
    kind: Kind
    before: str
    after: str


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """From one sanitised JSON value to another, at most `MOST`, in the order of `after`."""
    return tuple(islice(_walk("", before, after), MOST))


def _walk(path: str, before: object, after: object) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _walk_pairs(path, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _walk_pairs(path, dict(enumerate(before)), dict(enumerate(after)))
    elif type(before) is not type(after) or before != after:
        yield Difference(path, Kind.CHANGED, _said(before), _said(after))


def _walk_pairs(
    path: str, before: dict[object, object], after: dict[object, object]
) -> Iterator[Difference]:
    for key, value in after.items():
        at = _at(path, key)
        if key in before:
            yield from _walk(at, before[key], value)
        else:
            yield Difference(at, Kind.ADDED, "", _said(value))
    for key, value in before.items():
        if key not in after:
            yield Difference(_at(path, key), Kind.GONE, _said(value), "")


def _at(path: str, key: object) -> str:
    name = shorten(str(key), 80)
    return f"{path}.{name}" if path else name


def _said(value: object) -> str:
    if isinstance(value, str):
        return f"“{shorten(value[: 4 * _WIDEST], _WIDEST)}”"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return text_of(value, _WIDEST) or ("{}" if isinstance(value, dict) else "[]")
