"""The time: now, or the moment that ORKET_DEMO_NOW holds still."""

from __future__ import annotations

import os
from datetime import UTC, datetime


def fixed_time() -> datetime | None:
    """The moment at which the demo stands still, if it does."""
    held = os.environ.get("ORKET_DEMO_NOW", "")
    return datetime.fromisoformat(held).astimezone(UTC) if held else None


def now() -> datetime:
    """Aware UTC."""
    return fixed_time() or datetime.now(UTC)


def sql_now() -> str:
    """What SQLite's CURRENT_TIMESTAMP writes: naive UTC in whole seconds."""
    return now().strftime("%Y-%m-%d %H:%M:%S")
