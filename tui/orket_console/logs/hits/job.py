"""The search of a span, in a worker process: how many wanted lines begin in each block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from orket_console.base.lines import LINE_CAP, Line
from orket_console.logs.filter import Filter
from orket_console.logs.filter.fields import Test
from orket_console.logs.heads import MALFORMED, head_of, heads_of
from orket_console.logs.hits.candidates import Candidates, candidates_of
from orket_console.logs.hits.hitmap import BLOCK

Counts = dict[int, int]

_SMALL: Final = 256 << 20
_DENSE: Final = 2048
"""Bytes to a candidate below which every line is looked at: so many single ones cost more."""


@dataclass(frozen=True, slots=True)
class HitJob:
    """Lines that `wanted` wants of the log named `source`."""

    wanted: Filter
    source: str

    @property
    def small(self) -> int | None:
        """Bytes of a log for which processes take longer to start than to search; None for as
        many as of any job. Text is looked for without the interpreter's lock."""
        candidates = candidates_of(self.wanted.tree)
        return _SMALL if candidates is not None and candidates.alone else None

    def begin(self) -> HitPart:
        return HitPart(self.wanted.test(self.source), candidates_of(self.wanted.tree))

    def merge(self, first: Counts, second: Counts) -> Counts:
        for block, count in second.items():
            first[block] = first.get(block, 0) + count
        return first


class HitPart:
    def __init__(self, test: Test, candidates: Candidates | None) -> None:
        self._test = test
        self._candidates = candidates
        self._counts: Counts = {}

    def take(self, lines: bytes, offset: int) -> None:
        for at in hits_in(lines, self._test, self._candidates):
            self._count(offset + at)

    def take_long(self, line: Line) -> None:
        if self._test(MALFORMED, line.raw[:LINE_CAP]):
            self._count(line.offset)

    def take_rest(self, line: Line) -> None:
        """Half a line is none yet."""

    def result(self) -> Counts:
        return self._counts

    def _count(self, offset: int) -> None:
        block = offset // BLOCK
        self._counts[block] = self._counts.get(block, 0) + 1


def hits_in(lines: bytes, test: Test, candidates: Candidates | None) -> Iterator[int]:
    """Where wanted lines begin in a chunk of whole lines, in order."""
    if candidates is not None:
        found = candidates.lines(lines, most=len(lines) // _DENSE)
        if found is not None:
            for start, end in found:
                raw = lines[start:end]
                head = MALFORMED if candidates.alone or len(raw) > LINE_CAP else head_of(raw)
                if test(head, raw[:LINE_CAP]):
                    yield start
            return
    at = 0
    heads = () if candidates is not None and candidates.alone else heads_of(lines)
    for index, raw in enumerate(lines.split(b"\n")[:-1]):
        if len(raw) > LINE_CAP:
            wanted = test(MALFORMED, raw[:LINE_CAP])
        else:
            wanted = test(heads[index] if heads else MALFORMED, raw)
        if wanted:
            yield at
        at += len(raw) + 1
