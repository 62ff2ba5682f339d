"""Lines as Orket writes them, and what is counted in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LineOf = Callable[..., bytes]


@pytest.fixture
def line() -> LineOf:
    """A line so many seconds after 05:00, with its newline."""

    def make(
        seconds: float, event: str = "turn_start", role: str = "coder", **data: object
    ) -> bytes:
        at = (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
        return (
            json.dumps({"timestamp": at, "role": role, "event": event, "data": data}).encode()
            + b"\n"
        )

    return make
