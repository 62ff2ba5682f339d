"""In which order records of several logs stand: by time, and within one log as written.

A record without a time stands with the one written before it. A single time that is out of
step with both its neighbours orders nothing: it takes its neighbour's place, and a mark. A
clock that was really set back is marked as well, and then believed.
"""

from __future__ import annotations

import heapq
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from orket_console.base.clock import ago
from orket_console.logs.records import Item, Marker, MarkKind, Record

JUMP: Final = timedelta(seconds=5)
"""How much earlier than the one before it a record may be without a mark."""
AHEAD: Final = timedelta(minutes=5)
"""How much later than now the last record may be."""
_HELD: Final = 5_000
"""Records that wait for one with a time to stand with."""
_BATCH: Final = 200
NEVER: Final = datetime.min.replace(tzinfo=UTC)
NOT_YET: Final = Marker(MarkKind.JUMP, None, "", "")
"""Stands, at the head of all, for what a log can't say yet: merging goes no further then."""


class Placed(Struct, frozen=True, gc=False):
    """An item and the moment that orders it among other logs' items."""

    key: datetime
    item: Item


def in_order(sequences: Iterable[Iterable[Placed]]) -> Iterator[Placed]:
    """Items of several logs, oldest first; each log's own order is kept."""
    return heapq.merge(*sequences, key=lambda p: p.key)


def in_reverse(sequences: Sequence[Iterator[Placed]]) -> Iterator[Placed]:
    """Items of several logs, newest first: the mirror of `in_order`, read as it is asked."""
    return heapq.merge(*reversed(sequences), key=lambda p: p.key, reverse=True)


def backwards(pages: Iterable[Sequence[Record] | None], now: datetime) -> Iterator[Placed]:
    """One log's records, newest first, placed. `pages` come newest first, each as written.

    The oldest records that were read are kept until the page before them is there, since
    what stands before a record decides on its place. A page that is None gives `NOT_YET`.
    """
    after: datetime | None = None
    carried: list[Record] = []
    for page in pages:
        if page is None:
            yield Placed(datetime.max.replace(tzinfo=UTC), NOT_YET)
            continue
        chain = [*page, *carried]
        head = _settled(chain)
        if head is None:
            carried = chain
            if len(chain) > _HELD:
                yield from (Placed(after or now, record) for record in reversed(chain))
                carried = []
            continue
        placed, _ = place(chain[head + 1 :], chain[head].at, after, now)
        yield from reversed(placed)
        after = placed[0].key if placed else after
        carried = chain[: head + 1]
    placed, _ = place(carried, None, after, now)
    yield from reversed(placed)


def onwards(records: Iterable[Record | None], now: datetime) -> Iterator[Placed]:
    """One log's records as written, placed, read as they are asked for.

    None among them gives `NOT_YET`.
    """
    before: datetime | None = None
    held: list[Record] = []
    for batch in _batches(records):
        if not batch:
            yield Placed(NEVER, NOT_YET)
            continue
        held += batch
        # The last one is kept until what is written behind it is known.
        placed, before = place(held[:-1], before, held[-1].at, now)
        yield from placed
        held = held[-1:]
    placed, _ = place(held, before, None, now)
    yield from placed


def _batches(records: Iterable[Record | None]) -> Iterator[list[Record]]:
    """A few records at a time; an empty batch for None."""
    batch: list[Record] = []
    for record in records:
        if record is not None:
            batch.append(record)
        if batch and (record is None or len(batch) == _BATCH):
            yield batch
            batch = []
        if record is None:
            yield []
    if batch:
        yield batch


def place(
    records: Sequence[Record],
    before: datetime | None,
    after: datetime | None,
    now: datetime,
) -> tuple[list[Placed], datetime | None]:
    """Records of one log, as written, with their places and marks; and the last place.

    `before` and `after` are the places of the records around them, where they are known.
    """
    if steady := _steady([record.at for record in records], before, after, now):
        return list(map(Placed, steady, records)), steady[-1]
    placed: list[Placed] = []
    following = _following(records, after)
    for record, next_at in zip(records, following, strict=True):
        key, odd = _judge(record.at, before, next_at, now)
        if odd:
            placed.append(Placed(key, Marker(MarkKind.JUMP, record.at, record.source, odd)))
        placed.append(Placed(key, record))
        if record.at is not None or before is not None:
            before = key
    return placed, before


def _steady(
    times: list[datetime | None],
    before: datetime | None,
    after: datetime | None,
    now: datetime,
) -> list[datetime]:
    """The times, if nothing is odd about any, so that each record stands at its own."""
    known = [at for at in times if at is not None]
    if not known or len(known) < len(times) or (before is not None and known[0] < before):
        return []
    if known[-1] > (now + AHEAD if after is None else after + JUMP):
        return []
    return known if all(map(operator.le, known, known[1:])) else []


def _judge(
    at: datetime | None, before: datetime | None, after: datetime | None, now: datetime
) -> tuple[datetime, str]:
    """The place of a record, and what is odd about its time."""
    if at is None:
        return before or NEVER, ""
    if before is None:
        return at, ""
    if after is None and at > now + AHEAD >= before:
        return before, f"a time {_span(at - now)} ahead of now"
    if at < before - JUMP:
        if after is not None and after >= before - JUMP:
            return before, f"a time {_span(before - at)} too early, alone"
        return at, f"time goes back {_span(before - at)}"
    if after is not None and after < at - JUMP and after >= before - JUMP:
        return before, f"a time {_span(at - after)} too late, alone"
    return max(at, before), ""


def _following(records: Sequence[Record], after: datetime | None) -> list[datetime | None]:
    """For each record the next time that is written behind it."""
    times: list[datetime | None] = []
    for record in reversed(records):
        times.append(after)
        if record.at is not None:
            after = record.at
    times.reverse()
    return times


def _settled(records: Sequence[Record]) -> int | None:
    """The first record whose time those behind it can be judged by; None without times.

    Where time falls from one record to the next, one of the two is wrong, and which one
    only the records before them tell.
    """
    timed = [(i, record.at) for i, record in enumerate(records) if record.at is not None]
    if not timed:
        return None
    for (i, at), (_, following) in itertools.pairwise(timed):
        if following >= at - JUMP:
            return i
    return timed[-1][0]


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds / 31_557_600:,.0f} years" if seconds > 63_115_200 else ago(seconds)
