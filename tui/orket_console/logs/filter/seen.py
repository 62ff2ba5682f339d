"""The values that the records at hand have for the keys of the filter language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from orket_console.base.text import shorten
from orket_console.logs.filter.data import data_of
from orket_console.logs.records import Record

_RECORDS: Final = 2_000
_DECODED: Final = 200
"""Records of which the values of `data` are looked at: they are decoded for it."""
_LONG: Final = 1 << 14
"""Bytes of a record that is not: somebody waits."""
_MOST: Final = 500
_WIDEST: Final = 80
_DEEPEST: Final = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """Values by key, the most frequent first, each with the number of records that have it.

    Keys are those of the language, and `data.…` paths.
    """

    values: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)

    def of(self, key: str) -> Sequence[tuple[str, int]]:
        return self.values.get(key, ())

    @property
    def paths(self) -> Sequence[str]:
        """Paths of `data`: short ones first, of those the most frequent."""
        return [key for key in self.values if key.startswith("data.")]

    def with_those_of(self, other: Seen) -> Seen:
        """These, and behind them the values that only `other` has."""
        merged = {key: list(values) for key, values in self.values.items()}
        for key, values in other.values.items():
            here = merged.setdefault(key, [])
            known = {value for value, _ in here}
            here += [(value, count) for value, count in values if value not in known][:_MOST]
        return Seen(merged)


def seen_in(records: Iterable[Record]) -> Seen:
    """What the first few thousand of `records` have; give the newest first."""
    taken = list(islice(records, _RECORDS))
    counts: dict[str, Counter[str]] = {}
    for record in taken:
        for key, value in _of_head(record):
            _count(counts, key, value)
    paths: dict[str, Counter[str]] = {}
    for record in [each for each in taken[:_DECODED] if len(each.raw) <= _LONG]:
        for key, value in _of_data(data_of(record.raw), "data", _DEEPEST):
            _count(paths, key, value)
    nearest_first = sorted(paths, key=lambda path: (path.count("."), -paths[path].total()))
    return Seen(
        {key: counter.most_common() for key, counter in counts.items()}
        | {path: paths[path].most_common() for path in nearest_first}
    )


def _count(counts: dict[str, Counter[str]], key: str, value: str) -> None:
    counter = counts.get(key)
    if counter is None:
        if len(counts) >= _MOST:
            return
        counter = counts[key] = Counter()
    if value in counter or len(counter) < _MOST:
        counter[value] += 1


def _of_head(record: Record) -> Iterator[tuple[str, str]]:
    head = record.head
    yield "level", record.severity.word
    yield "source", record.source
    for key, value in (
        ("event", record.event),
        ("role", record.role),
        ("session", record.session),
        ("issue", record.issue),
        ("turn", str(record.turn or "")),
        ("type", head.data.type or ""),
        ("status", head.data.status or ""),
        ("model", head.model),
    ):
        if value:
            yield key, shorten(value, _WIDEST)


def _of_data(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if depth:
            for key, inner in islice(value.items(), 100):
                if isinstance(key, str) and key.isascii() and key.replace("_", "").isalnum():
                    yield from _of_data(inner, f"{path}.{key}", depth - 1)
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif isinstance(value, int | float) and abs(value) < 1e15:
        yield path, str(value)
    elif isinstance(value, str) and 0 < len(value) <= _WIDEST:
        yield path, value if value.isprintable() else ""
