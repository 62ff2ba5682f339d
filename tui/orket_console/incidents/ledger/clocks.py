"""Whether the clock was set back since the ledger was written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from orket_console.base.clock import ago, parse_time
from orket_console.incidents.ledger.store import Store

_SLACK: Final = timedelta(seconds=2)
_NEWEST: Final = (
    "SELECT max((SELECT coalesce(max(last), '') FROM signatures),"
    " coalesce((SELECT at FROM turns ORDER BY id DESC LIMIT 1), ''))"
)


def set_back(store: Store, now: datetime) -> str:
    """In words by how much, against what was written last; empty for a clock that went on.
    Raises `ConsoleError`."""
    with store.reading() as connection:
        (written,) = connection.execute(_NEWEST).fetchone()
    newest = parse_time(written)
    if newest is None or newest - now <= _SLACK:
        return ""
    return (
        f"the clock was set back by {ago((newest - now).total_seconds())}: the ledger was written "
        f"at {newest:%Y-%m-%d %H:%M:%S} UTC, so go by the order of its entries, not by their times"
    )
