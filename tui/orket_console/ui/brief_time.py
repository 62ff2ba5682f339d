"""A moment in as few characters as tell it."""

from __future__ import annotations

from datetime import datetime

from orket_console.ui.context import UiContext


def brief_time(context: UiContext, at: datetime, newest: datetime | None, *, wide: bool) -> str:
    """The time of day; on another day than `newest`, that day instead, or if `wide` both.

    8 characters at most, 11 if `wide`.
    """
    shown = context.day_and_time(at)
    if newest is not None and shown[:10] == context.day_and_time(newest)[:10]:
        return shown[11:]
    return shown[5:16] if wide else shown[5:10]
