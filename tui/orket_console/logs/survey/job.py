"""The pass over whole logs that counts everything at once: patterns, times, names.

Lines are told apart by what `Said` holds of them; what that comes to (its severity and
template) is worked out once for each and remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final

from orket_console.base.lines import Line
from orket_console.base.severity import Severity
from orket_console.logs.filter import Filter
from orket_console.logs.forms import Entries
from orket_console.logs.heads import MALFORMED, Head, named
from orket_console.logs.records import Lines, Record
from orket_console.logs.sources import Form, Source
from orket_console.logs.survey.counts import MOST_CELLS, Cell, Counts, Example
from orket_console.logs.survey.moments import LENGTH, UNDATED, ZONE, Moments, Side
from orket_console.logs.survey.said import Said, said_heads
from orket_console.logs.survey.template import template_of

_KNOWN: Final = 1_024
"""Kinds of lines that are remembered."""
_LONG: Final = 8_000
"""Bytes of a line that is neither remembered nor kept as an example."""
_MOST_UNSETTLED: Final = 50_000
"""Lines that are counted by the second before they are brought into bounds."""
_EVENT_OF_MALFORMED: Final = "malformed"

_NAMES: Final = frozenset({
    "session_id", "run_id", "issue_id", "turn_index", "model", "selected_model", "runtime_event",
})  # fmt: skip
_kind_of: Final = attrgetter(*(name for name in Said.__struct_fields__ if name not in _NAMES))
_holder_of: Final = attrgetter(
    "role", "data.session_id", "data.runtime_event.session_id", "data.run_id",
    "data.selected_model", "data.model", "data.runtime_event.selected_model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SurveyJob:
    """What `wanted` wants of one log.

    Lines older than `since` are counted apart (`Cell.before`), those newer than `until` not.
    """

    wanted: Filter
    source: Source
    since: datetime | None = None
    until: datetime | None = None

    def begin(self) -> SurveyPart:
        return SurveyPart(self)

    def merge(self, first: Counts, second: Counts) -> Counts:
        first.add(second)
        return first


class SurveyPart:
    """Counts one span of a log."""

    def __init__(self, job: SurveyJob) -> None:
        self._test = job.wanted.test(job.source.name) if job.wanted.expression else None
        self._source = job.source
        self._entries = Entries(job.source)
        self._moments = Moments(job.since, job.until)
        self._total = Counts()
        self._tallies: dict[tuple[Severity, str], _Tally] = {}
        self._known: dict[object, _Tally] = {}
        self._holders: Counter[tuple[Any, ...]] = Counter()
        self._unsettled = 0

    def take(self, lines: bytes, offset: int) -> None:
        if self._source.form is Form.EVENTS:
            self._take(said_heads(lines), _Raws(lines, offset))
        else:
            self._take_records(self._entries.take(Lines(lines, offset, None)))

    def _take_records(self, records: Sequence[Record]) -> None:
        """Records of a log that holds no JSON, by the JSON that stands for them."""
        for record in records:
            raw = record.raw.replace(b"\n", b" ")
            self._take(said_heads(raw + b"\n"), _Raws(raw + b"\n", record.ref.offset))

    def _take(self, heads: list[Head], raws: _Raws) -> None:
        self._total.lines += len(heads)
        kept: Iterable[tuple[int, Head]] = enumerate(heads)
        if self._test is not None:
            test = self._test
            kept = [
                (index, head)
                for index, (head, raw) in enumerate(zip(heads, raws.lines, strict=True))
                if test(head, raw)
            ]
        self._count(kept, raws)

    def take_long(self, line: Line) -> None:
        """What is that long is no event to anyone who reads records."""
        self._total.lines += 1
        if self._test is None or self._test(MALFORMED, line.raw):
            self._count([(0, MALFORMED)], _Raws(line.raw + b"\n", line.offset))

    def take_rest(self, line: Line) -> None:
        """Nothing: a line counts when its newline is there."""

    def result(self) -> Counts:
        self._take_records(self._entries.rest())
        self._settle()
        if self._total.matched:
            self._total.names["source"][self._source.name] = self._total.matched
        return self._total

    def _count(self, heads: Iterable[tuple[int, Head]], raws: _Raws) -> None:
        """The one loop that every wanted line goes through; what costs is done once a kind."""
        known, moments = self._known, self._moments
        counted: list[Head] = []
        second: str | None = None
        zone = ""
        at, wanted = moments.second, True
        for index, head in heads:
            stamp = head.timestamp
            if stamp[:LENGTH] != second or stamp[ZONE:] != zone:
                second = stamp[:LENGTH] if moments.read(stamp) else None
                zone = stamp[ZONE:]
                at, wanted = moments.second, moments.side is Side.WANTED
            if head is MALFORMED:
                tally = self._tally(head, index, raws)
            else:
                key = (head.event, head.level, _kind_of(head.data))
                found = known.get(key)
                tally = found or self._learn(key, head, index, raws)
            if wanted:
                counted.append(head)
                tally.seconds[at] = tally.seconds.get(at, 0) + 1
            elif moments.side is Side.BEFORE:
                tally.before += 1
        self._total.matched += len(counted)
        self._holders.update(map(_holder_of, counted))
        self._unsettled += len(counted)
        if self._unsettled > _MOST_UNSETTLED or len(self._tallies) > 2 * MOST_CELLS:
            self._settle()

    def _learn(self, key: object, head: Head, index: int, raws: _Raws) -> _Tally:
        tally = self._tally(head, index, raws)
        if len(raws.lines[index]) <= _LONG:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[key] = tally
        return tally

    def _tally(self, head: Head, index: int, raws: _Raws) -> _Tally:
        """The tally of a line's template and severity."""
        raw = raws.lines[index]
        key = head.severity, template_of(head, raw)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = _Tally(head, raws.example(index, self._source.name))
        return tally

    def _settle(self) -> None:
        """Bring what was counted into its bounded form."""
        counts = Counts()
        for (severity, template), tally in self._tallies.items():
            cell = tally.cell(severity, template)
            if cell.count or cell.before:
                counts.cells[cell.key] = cell
            bars = counts.bars.setdefault(severity, {})
            for bucket, count in cell.buckets.items():
                bars[bucket] = bars.get(bucket, 0) + count
        _name(counts.names, self._holders)
        self._total.add(counts)
        self._tallies.clear()
        self._known.clear()
        self._holders.clear()
        self._unsettled = 0


class _Tally:
    """Lines of one template and severity, by the second."""

    __slots__ = ("before", "event", "example", "kind", "seconds")

    def __init__(self, head: Head, example: Example) -> None:
        self.event = _EVENT_OF_MALFORMED if head is MALFORMED else named(head.event)
        self.kind = named(head.data.type or "")
        self.example = example
        self.seconds: dict[int, int] = {}
        self.before = 0

    def cell(self, severity: Severity, template: str) -> Cell:
        count = sum(self.seconds.values())
        self.seconds.pop(UNDATED, 0)
        return Cell(
            severity,
            self.event,
            self.kind,
            template,
            self.example,
            count,
            self.before,
            min(self.seconds, default=None),
            max(self.seconds, default=None),
            self.seconds,
        )


class _Raws:
    """The lines of a chunk one by one, cut apart only when one is asked for."""

    def __init__(self, chunk: bytes, offset: int) -> None:
        self._chunk = chunk
        self._offset = offset

    @cached_property
    def lines(self) -> list[bytes]:
        return self._chunk.split(b"\n")[:-1]

    @cached_property
    def _ends(self) -> list[int]:
        """Where the lines end, newlines not counted."""
        return list(accumulate(map(len, self.lines), initial=0))

    def example(self, index: int, source: str) -> Example:
        raw = self.lines[index]
        offset = self._offset + self._ends[index] + index
        return Example(source, offset, raw if len(raw) <= _LONG else b"")


def _name(names: dict[str, dict[str, int]], holders: Counter[tuple[Any, ...]]) -> None:
    """Count by name what was counted by all the names a line has."""
    for (role, session, session2, run, model, model2, model3), count in holders.items():
        for kind, name in (
            ("role", role),
            ("session", session or session2 or run),
            ("model", model or model2 or model3),
        ):
            if name:
                counted = names[kind]
                shown = named(name)
                counted[shown] = counted.get(shown, 0) + count
