"""Moments as an operator writes them: back from now, or in the zone that is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from orket_console.base.clock import parse_time

EXAMPLES: Final = "-15m (s, m, h, d, w), 10:11, 2026-02-27, 2026-02-27T10:11:30Z"

_BACK: Final = re.compile(r"-((?:[0-9]{1,9}(?:\.[0-9]{1,3})?[smhdw])+)")
_PART: Final = re.compile(r"([0-9.]+)([smhdw])")
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_TIME_OF_DAY: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?")
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def moment(text: str, now: datetime, *, local: bool) -> datetime | None:
    """`text` as aware UTC; None for what is no time.

    `-15m`, `-1h30m` and the like are back from `now`. A time of day is the last one of that
    time, today's or yesterday's. Without an offset it is in the zone that is shown: the
    machine's with `local`, else UTC.
    """
    text = text.strip()
    if back := _BACK.fullmatch(text.lower()):
        return _back(back[1], now)
    if _TIME_OF_DAY.fullmatch(text):
        return _last(text, now, local=local)
    at = parse_time(text)
    if at is None or not local or datetime.fromisoformat(text).tzinfo is not None:
        return at
    return _utc(at.replace(tzinfo=None), local=True)


def _back(parts: str, now: datetime) -> datetime:
    seconds = sum(float(count) * _SECONDS[unit] for count, unit in _PART.findall(parts))
    try:
        return now - timedelta(seconds=seconds)
    except OverflowError:
        return _EARLIEST


def _last(text: str, now: datetime, *, local: bool) -> datetime | None:
    try:
        of_day = time.fromisoformat(text if text[1] != ":" else f"0{text}")
    except ValueError:
        return None
    today = (now.astimezone() if local else now.astimezone(UTC)).date()
    at = _utc(datetime.combine(today, of_day), local=local)
    if at is not None and at > now:
        return _utc(datetime.combine(today - timedelta(days=1), of_day), local=local)
    return at


def _utc(naive: datetime, *, local: bool) -> datetime | None:
    try:
        return naive.astimezone(UTC) if local else naive.replace(tzinfo=UTC)
    except (OverflowError, ValueError, OSError):
        return None
