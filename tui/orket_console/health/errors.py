"""Whether a record tells of an error: Orket writes `level: info` even for failures."""

from __future__ import annotations

from typing import Final

from orket_console.base.events import Event

_LEVELS: Final = frozenset({"error", "critical", "fatal"})
_ENDINGS: Final = (
    "_failed",
    "_failure",
    "_error",
    "_exception",
    "_exhausted",
    "_stalled",
    "_violation",
    "_crashed",
    "_timeout",
)
_HARMLESS: Final = ("sandbox_", "lease_")
"""A sandbox or a lease that can't be had stops no run."""


def is_error(event: Event) -> bool:
    """By the level that the writer gave, else by the event's name."""
    given = event.data.get("level")
    if isinstance(given, str):
        return given.lower() in _LEVELS
    if event.level.lower() in _LEVELS:
        return True
    return event.name.endswith(_ENDINGS) and not event.name.startswith(_HARMLESS)
