"""Which log line and which table row are one and the same event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from orket_console.webhooks.model import Delivery, Outcome, ReviewFailure
from orket_console.webhooks.story import Draft

_EARLIER: Final = timedelta(seconds=1)
"""The tables keep whole seconds: a row may seem written before its line."""
_COUNTED_WITHIN: Final = timedelta(seconds=30)
"""How long after its line the row of a review may be written."""
_SAME_WITHIN: Final = timedelta(seconds=5)
"""How far apart the line and the row of one delivery may be."""


def counted_by(drafts: Sequence[Draft], rows: Sequence[ReviewFailure]) -> dict[int, ReviewFailure]:
    """The row that each review of one pull request left, by the byte offset of its first line.

    Both are in order, first to last; they are walked from the last back, since the log may
    begin later than the table.
    """
    found: dict[int, ReviewFailure] = {}
    draft, row = len(drafts) - 1, len(rows) - 1
    while draft >= 0 and row >= 0:
        lag = _lag(drafts[draft].at, rows[row].at)
        if lag > _COUNTED_WITHIN:
            row -= 1
        elif lag < -_EARLIER:
            draft -= 1
        else:
            found[drafts[draft].refs[0].offset] = rows[row]
            draft, row = draft - 1, row - 1
    return found


def _lag(line: datetime | None, row: datetime | None) -> timedelta:
    """How long after the line the row was written; nothing where either has no time."""
    return row - line if line is not None and row is not None else timedelta(0)


def merge(told: Sequence[Delivery], rows: Sequence[Delivery]) -> list[Delivery]:
    """Both lists, newest first, as one; what both tell stands there once, with both places.

    A delivery without a time keeps its place among its own.
    """
    lines, left = list(told), []
    for row in rows:
        match = _same(row, lines)
        if match is None:
            left.append(row)
        else:
            lines[match] = _joined(lines[match], row)
    return _interleaved(lines, left)


def _same(row: Delivery, lines: Sequence[Delivery]) -> int | None:
    """The place of the nearest line that tells of the same delivery."""
    best: tuple[timedelta, int] | None = None
    for place, line in enumerate(lines):
        if (line.event, line.pr_key) != (row.event, row.pr_key) or line.table_row is not None:
            continue
        if line.at is None or row.at is None:
            continue
        apart = abs(line.at - row.at)
        if apart <= _SAME_WITHIN and (best is None or apart < best[0]):
            best = (apart, place)
    return None if best is None else best[1]


def _joined(line: Delivery, row: Delivery) -> Delivery:
    """What the table says of an outcome was the handler's own word, and is kept."""
    both = replace(line, payload=row.payload, refs=(*line.refs, *row.refs))
    if row.outcome is Outcome.UNKNOWN:
        return both
    return replace(
        both, outcome=row.outcome, status=row.status, why=row.why or line.why, notes=row.notes
    )


def _interleaved(lines: Sequence[Delivery], rows: Sequence[Delivery]) -> list[Delivery]:
    merged: list[Delivery] = []
    line, row = 0, 0
    while line < len(lines) and row < len(rows):
        at_line, at_row = lines[line].at, rows[row].at
        if at_line is None or (at_row is not None and at_line >= at_row):
            merged.append(lines[line])
            line += 1
        else:
            merged.append(rows[row])
            row += 1
    return [*merged, *lines[line:], *rows[row:]]
