"""Where the timeline of deliveries has holes: lines that are no records, cycles that jump, and
what happened before the log begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.base.files import something_at
from orket_console.base.refs import LogRef, TableRef
from orket_console.base.text import clean
from orket_console.target.target import Target
from orket_console.webhooks.model import Delivery, Gap, ReviewFailure
from orket_console.webhooks.server_log import Stretch, Window
from orket_console.webhooks.tables import PAGE, Table, read_page

_STAMPS: Final = Table("review_failures", ("created_at",))
_LATE: Final = timedelta(seconds=30)
"""How long after its line the row of a review may be written."""
_MOST: Final = 50


def log_gaps(window: Window, rows: Sequence[Delivery]) -> Iterator[Gap]:
    """Stretches of a window that are no records. `rows` are its deliveries, newest first."""
    for stretch in window.malformed[-_MOST:]:
        yield Gap(
            key=f"gap:{stretch.ref.offset}",
            below=_above(stretch, rows),
            at=None,
            pr_key="",
            why=f"{_count(stretch.lines, 'line')} no record: what the log told there is lost",
            refs=(stretch.ref,),
        )


def cycle_gaps(
    reasons: Mapping[str, Sequence[ReviewFailure]], rows: Sequence[Delivery]
) -> Iterator[Gap]:
    """Reviews whose cycle numbers jump, as far as the later one is among `rows`."""
    by_ref = {ref: row for row in rows for ref in row.refs if isinstance(ref, TableRef)}
    for key, failures in reasons.items():
        for earlier, later in pairwise(failures):
            lost = missing_between(earlier, later)
            below = by_ref.get(later.ref) if isinstance(later.ref, TableRef) else None
            if lost and below is not None:
                yield Gap(
                    key=f"gap:{later.key}",
                    below=below.key,
                    at=later.at,
                    pr_key=key,
                    why=f"cycle {later.cycle} follows {earlier.cycle}: {lost} left no trace",
                    refs=(earlier.ref, later.ref),
                )


def rotation_gap(target: Target, window: Window, rows: Sequence[Delivery]) -> Iterator[Gap]:
    """Reviews that are older than the whole log, if there are any.

    Source: the newest rows of `review_failures`.
    """
    begins = next((event.at for _, event in window.events if event.at is not None), None)
    if window.start or begins is None:
        return
    page = read_page(target.webhook_db, _STAMPS, None, PAGE)
    stamps = [(record["row"], parse_time(record["created_at"])) for record in page.records]
    older = [row for row, at in stamps if at is not None and at < begins - _LATE]
    if not older:
        return
    log = target.layout.server_log
    beside = log.with_name(f"{log.name}.1")
    hint = f"; {clean(beside.name)} lies beside it" if something_at(beside) else ""
    more = "or more, " if page.older else ""
    yield Gap(
        key="gap:log",
        below=next((row.key for row in reversed(rows) if row.log_offset is not None), ""),
        at=begins,
        pr_key="",
        why=f"the log begins here: {_count(len(older), 'review')} older, {more}in the table{hint}",
        refs=(
            LogRef(str(log), window.events[0][0].offset, window.events[0][0].line),
            TableRef(target.webhook_db.path.name, _STAMPS.name, tuple(older[:PAGE])),
        ),
    )


def missing_between(earlier: ReviewFailure, later: ReviewFailure) -> str:
    """`cycle 2`, `cycles 2–4`: what lies between two cycles of a pull request; or nothing."""
    if earlier.cycle is None or later.cycle is None or later.cycle - earlier.cycle < 2:
        return ""
    first, last = earlier.cycle + 1, later.cycle - 1
    return f"cycle {first}" if first == last else f"cycles {first}–{last}"


def _above(stretch: Stretch, rows: Sequence[Delivery]) -> str:
    """The oldest delivery that the log tells of behind a stretch of it."""
    behind = (row.key for row in reversed(rows) if (row.log_offset or -1) > stretch.ref.offset)
    return next(behind, "")


def _count(count: int, what: str) -> str:
    return f"{count} {what} is" if count == 1 else f"{count} {what}s are"
