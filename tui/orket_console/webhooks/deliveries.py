"""Deliveries: what the webhook server's log and the `webhook_events` table tell, as one list.

`webhook_events` is empty on every known version, for nothing writes it; the log has the
deliveries, `review_failures` the cycle that each review was. Should the table ever fill, its
rows stand in the same list, and a delivery that the log tells too stands there once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from orket_console.base.clock import Clock
from orket_console.base.files import UnreadableError
from orket_console.base.text import clean
from orket_console.target.target import Target
from orket_console.webhooks.attempts import numbered
from orket_console.webhooks.event_rows import EVENTS, read_event
from orket_console.webhooks.filters import Filter
from orket_console.webhooks.gaps import cycle_gaps, log_gaps, rotation_gap
from orket_console.webhooks.matching import counted_by, merge
from orket_console.webhooks.model import Cursor, Deliveries, Delivery, Gap, ReviewFailure
from orket_console.webhooks.outcomes import settle
from orket_console.webhooks.reviews import ANY, failures_of
from orket_console.webhooks.server_log import OVERLAP, WINDOW, Window, read_window
from orket_console.webhooks.story import Draft, tell
from orket_console.webhooks.tables import Taken, take

FAR: Final = 16
"""Pages that a search looks through: 64 MB of the log."""
_NOTHING_WRITES_IT: Final = "webhook_events is empty, as it is on every known version"


@dataclass(frozen=True, slots=True)
class _Told:
    """What one window of the log tells: deliveries newest first, and where it goes on.

    No window further up has a delivery that came after `reached`.
    """

    rows: tuple[Delivery, ...] = ()
    older: int = 0
    reached: datetime | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


def deliveries(
    target: Target,
    clock: Clock,
    *,
    wanted: Filter = ANY,
    limit: int = 200,
    before: Cursor | None = None,
    window: int = WINDOW,
) -> Deliveries:
    """A page of deliveries that the filter takes, newest first; never raises.

    Sources: `<root>/orket.log`, at most `window` bytes of it a page, and `webhook_events` and
    `review_failures` of the webhook database. What can't be read is told in `problems`.
    Attempts are counted within a page.
    """
    told = _from_log(target, clock, before, window)
    table = _from_table(target, before, limit)
    merged = numbered(merge(told.rows, table.rows))
    taken = [(at, row) for at, row in enumerate(merged) if wanted.takes_delivery(row)][:limit]
    older, reached = Cursor(told.older, table.older), _both_reach(told, table)
    if len(taken) == limit:
        older = _below(merged[: taken[-1][0] + 1], merged[taken[-1][0] + 1 :], older)
        reached = taken[-1][1].at
    rows = tuple(row for _, row in taken)
    notes = [*told.notes, *table.notes]
    if table.is_empty:
        log = target.layout.shown(target.layout.server_log)
        notes.insert(0, f"{_NOTHING_WRITES_IT}; what happened is read from {clean(log)}")
    return Deliveries(
        rows=rows,
        older=older if older.log or older.row else None,
        problems=tuple(dict.fromkeys((*told.problems, *table.problems))),
        notes=tuple(dict.fromkeys(notes)),
        empty="" if rows else _why_empty(target, wanted, told, merged),
        gaps=_among(rows, told.gaps) if wanted.is_empty else (),
        reached=reached,
    )


def search(
    target: Target,
    clock: Clock,
    *,
    wanted: Filter,
    limit: int,
    pages: int = FAR,
    since: datetime | None = None,
    stop: threading.Event | None = None,
) -> Deliveries:
    """As `deliveries`, going on to older pages until there are `limit` rows or no more pages.

    Looks through `pages` pages at most, and not on to older ones once `stop` was set by another
    thread; `older` then says that there is more. With `since`, deliveries of before are left
    out and not looked for; those of which no time is known are not.
    """
    page = deliveries(target, clock, wanted=wanted, limit=limit)
    rows, problems, notes = list(page.rows), dict.fromkeys(page.problems), page.notes
    gaps = {gap.key: gap for gap in page.gaps}
    for _ in range(pages - 1):
        if page.older is None or len(rows) >= limit or _is_past(page, since):
            break
        if stop is not None and stop.is_set():
            break
        page = deliveries(target, clock, wanted=wanted, limit=limit - len(rows), before=page.older)
        last = rows[-1].key if rows else ""
        gaps = {gap.key: replace(gap, below=gap.below or last) for gap in page.gaps} | gaps
        rows += page.rows
        problems |= dict.fromkeys(page.problems)
    return Deliveries(
        rows=tuple(row for row in rows if since is None or row.at is None or row.at >= since),
        older=None if _is_past(page, since) else page.older,
        problems=tuple(problems),
        notes=notes,
        empty="" if rows else page.empty,
        gaps=tuple(gaps.values()),
        reached=page.reached,
    )


def _is_past(page: Deliveries, since: datetime | None) -> bool:
    """Whether all that came since then is in this page or in those before."""
    return since is not None and page.reached is not None and page.reached < since


def _both_reach(told: _Told, table: Taken[Delivery]) -> datetime | None:
    """How far back both sources are read; None where one goes on and shows no time."""
    ends = [told.reached] if told.older else []
    ends += [table.rows[-1].at if table.rows else None] if table.older else []
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _among(rows: tuple[Delivery, ...], gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Those that have their place in a page."""
    keys = {"", *(row.key for row in rows)}
    return tuple(gap for gap in gaps if gap.below in keys)


def _from_log(target: Target, clock: Clock, before: Cursor | None, size: int) -> _Told:
    if before is not None and not before.log:
        return _Told()
    try:
        window = read_window(target, before.log if before else None, size)
    except UnreadableError as error:
        shown = clean(target.layout.shown(error.path))
        return _Told(problems=(f"{shown}: {error.reason}; its deliveries are missing here",))
    drafts = [draft for draft in tell(window.events) if _belongs(draft, window)]
    reviews = [draft for draft in drafts if draft.review == "changes_requested"]
    keys = sorted({draft.pr_key for draft in reviews})
    reasons = failures_of(target, keys)
    counted: dict[int, ReviewFailure] = {}
    for key in keys:
        counted |= counted_by(
            [draft for draft in reviews if draft.pr_key == key], reasons.rows.get(key, ())
        )
    now = clock.now()
    rows = [settle(d, counted.get(d.refs[0].offset), reasons.unread, now) for d in drafts]
    rows.reverse()
    gaps = (
        *log_gaps(window, rows),
        *cycle_gaps(reasons.rows, rows),
        *rotation_gap(target, window, rows),
    )
    bad = sum(stretch.lines for stretch in window.malformed)
    notes = (f"{bad} lines of the log are no records and were passed over",) if bad else ()
    return _Told(tuple(rows), window.start, _reached(window), reasons.problems, notes, gaps)


def _reached(window: Window) -> datetime | None:
    """The first time within it; of what is said before, a delivery further up may tell."""
    start = window.start + OVERLAP
    times = (event.at for ref, event in window.events if ref.offset >= start)
    return next((at for at in times if at is not None), None)


def _belongs(draft: Draft, window: Window) -> bool:
    """Whether a delivery is this window's: begun within it, and not perhaps further up."""
    offset = draft.refs[0].offset
    may_begin_above = window.start > 0 and offset < window.start + OVERLAP and not draft.whole
    return offset < window.end and not may_begin_above


def _from_table(target: Target, before: Cursor | None, limit: int) -> Taken[Delivery]:
    if before is not None and not before.row:
        return Taken((), 0, "", (), (), is_empty=False)
    database = target.webhook_db

    def make(record: dict[str, Any]) -> Delivery:
        return read_event(record, database.path.name)

    return take(database, EVENTS, before.row if before else None, limit, make)


def _below(taken: list[Delivery], left: list[Delivery], end: Cursor) -> Cursor:
    """Where the next page goes on when rows of this one are left for it."""
    logs, rows = _places(taken)
    left_logs, left_rows = _places(left)
    log = (min(logs) if logs else max(left_logs) + 1) if left_logs else end.log
    row = (min(rows) if rows else max(left_rows) + 1) if left_rows else end.row
    return Cursor(log, row)


def _places(rows: list[Delivery]) -> tuple[list[int], list[int]]:
    """Byte offsets and row ids at which these deliveries stand."""
    return (
        [row.log_offset for row in rows if row.log_offset is not None],
        [row.table_row for row in rows if row.table_row is not None],
    )


def _why_empty(target: Target, wanted: Filter, told: _Told, merged: list[Delivery]) -> str:
    """Why there is no row, and which key helps."""
    if merged and not wanted.is_empty:
        return f"Nothing of {len(merged)} deliveries matches the filter: / changes it."
    log = clean(target.layout.shown(target.layout.server_log))
    if told.problems:
        return f"{_NOTHING_WRITES_IT}, and {told.problems[0]}. r tries again."
    return (
        f"No delivery: {_NOTHING_WRITES_IT}, and {log} has no webhook line. "
        "Is the webhook server running here? 1 shows its probe."
    )
