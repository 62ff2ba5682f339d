"""Deliveries, page by page from the newest back.

Source: the webhook server's log and `webhook_events`, as the Webhooks tab reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from orket_console.base.clock import Clock, parse_time
from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.refs import DeliveryRef, LogRef, Ref
from orket_console.base.sqlite import Caps, DatabaseError, read
from orket_console.base.text import shorten
from orket_console.incidents.timeline.entry import WIDEST, Entry, Kind, Pause
from orket_console.logs.seek import offset_at
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.model import Cursor, Delivery, Outcome

_PAGE: Final = 200
_WINDOW: Final = 1 << 20
"""Bytes of the log that one page reads."""
_WELL: Final = frozenset({Outcome.ACCEPTED, Outcome.COUNTED, Outcome.IGNORED})
_ROW: Final = "SELECT rowid, created_at FROM webhook_events WHERE rowid >= ? ORDER BY rowid LIMIT 1"
_LAST: Final = "SELECT max(rowid) FROM webhook_events"


def delivery_entries(
    target: Target, clock: Clock, until: datetime | None
) -> Iterator[Entry | Pause]:
    """Newest first, from `until` back. One without a time stands with the one after it."""
    cursor = None if until is None else _place(target, until)
    at = until
    while True:
        page = deliveries(target, clock, limit=_PAGE, before=cursor, window=_WINDOW)
        loud = False
        for row in page.rows:
            at = row.at or at
            if at is None or (until is not None and at > until):
                continue
            entry = _entry(row, at)
            loud = loud or not entry.quiet
            yield entry
        if page.older is None:
            return
        cursor = page.older
        if not loud and at is not None:
            yield Pause(at)


def _entry(row: Delivery, at: datetime) -> Entry:
    parts = (row.event or "webhook", row.pr_key, f"{row.label}:" if row.why else row.label, row.why)
    what = shorten(" ".join(part for part in parts if part), WIDEST)
    ref: Ref = row.refs[0]
    if isinstance(ref, LogRef):
        ref = DeliveryRef(ref)
    return Entry(at, Kind.DELIVERY, row.state, what, ref, quiet=row.outcome in _WELL)


def _place(target: Target, until: datetime) -> Cursor:
    """Where deliveries of `until` and before stand in the log and the table, by halving both."""
    try:
        with open_regular(target.layout.server_log) as file:
            offset = offset_at(file.fileno(), until)
    except UnreadableError:
        offset = 0
    try:
        row = _row_after(target, until)
    except DatabaseError:
        # What is wrong with it is told by its probe, and by the Webhooks tab.
        row = 0
    return Cursor(offset, row)


def _row_after(target: Target, until: datetime) -> int:
    """The first row that was made after `until`; rows are made in order of time."""
    ((last,),) = read(target.webhook_db, _LAST).rows or ((None,),)
    if not isinstance(last, int):
        return 0
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        found = read(target.webhook_db, _ROW, [middle], Caps(rows=1)).rows
        made = parse_time(found[0][1]) if found else None
        if found and isinstance(found[0][0], int) and (made is None or made <= until):
            low = max(found[0][0], middle) + 1
        else:
            high = middle
    return low
