"""Counts by minute, hour or day as a row of bars of equal width."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from orket_console.logs.report.model import Bucket
from orket_console.logs.report.times import Times, moment

BARS: Final = 60
_STEPS: Final = (
    60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 7 * 86400, 28 * 86400,
)  # fmt: skip
"""Seconds of a bar."""


def rate_of(times: Times) -> tuple[tuple[Bucket, ...], int]:
    """The bars from the first time to the last, at most `BARS`, and the seconds of each."""
    dated = {at: unit for unit in times.lines if (at := moment(unit))}
    if not dated:
        return (), 0
    first, last = min(dated), max(dated)
    span = (last - first).total_seconds()
    step = next((step for step in _STEPS if span / step < BARS), 0)
    step = step or int(span / (BARS - 1)) + 1
    begin = _floor(first, step)
    count = int((last - begin).total_seconds() // step) + 1
    bars = [[0, 0, 0] for _ in range(count)]
    for at, unit in dated.items():
        bar = bars[int((at - begin).total_seconds() // step)]
        bar[0] += times.lines[unit]
        bar[1] += times.warnings[unit]
        bar[2] += times.errors[unit]
    # A year that can't be told as a time any more ends the row.
    buckets = [
        Bucket(begin + timedelta(seconds=step * index), *bar) for index, bar in enumerate(bars)
    ]
    return tuple(buckets), step


def _floor(at: datetime, step: int) -> datetime:
    """The bar's beginning: whole hours and days begin at midnight."""
    midnight = datetime(at.year, at.month, at.day, tzinfo=UTC)
    if step >= 86400:
        return midnight
    seconds = int((at - midnight).total_seconds()) // step * step
    return midnight + timedelta(seconds=seconds)
