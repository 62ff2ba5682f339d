"""One line of an Orket log as a structured event.

Source: `orket.log` and its like, one JSON object a line: `timestamp`, `role`, `event`,
`data` (holds `runtime_event`), and `level` on the new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orket_console.base.clock import parse_time
from orket_console.base.decoding import decode_json


@dataclass(frozen=True, slots=True)
class Event:
    """A line that is a JSON object. Strings are as they were written: not yet sanitised.

    `role`, `name` and `level` are empty and `data` is `{}` where the line has none or
    something else in their place; `raw` is the whole object.
    """

    at: datetime | None
    role: str
    name: str
    level: str
    data: dict[str, Any]
    raw: dict[str, Any]

    @property
    def runtime(self) -> dict[str, Any]:
        """`data.runtime_event`, or `{}`."""
        inner = self.data.get("runtime_event")
        return inner if isinstance(inner, dict) else {}

    @property
    def session(self) -> str:
        """The session, by whichever of its three names the event carries."""
        for value in (
            self.data.get("session_id"),
            self.runtime.get("session_id"),
            self.data.get("run_id"),
        ):
            if isinstance(value, str) and value:
                return value
        return ""

    @property
    def issue(self) -> str:
        for value in (self.data.get("issue_id"), self.runtime.get("issue_id")):
            if isinstance(value, str) and value:
                return value
        return ""

    @property
    def turn(self) -> int | None:
        """The turn's index; None where the event belongs to no turn (0 means none)."""
        for value in (self.data.get("turn_index"), self.runtime.get("turn_index")):
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no JSON object, and why."""

    reason: str


def decode_object(raw: bytes) -> dict[str, Any] | Malformed:
    """A line as a JSON object, read as Python's json would."""
    try:
        value = decode_json(raw)
    except ValueError as error:
        return Malformed(str(error) or type(error).__name__)
    if not isinstance(value, dict):
        return Malformed(f"JSON {type(value).__name__}, not an object")
    return value


def decode_event(raw: bytes) -> Event | Malformed:
    """One line, without its newline, as an event; never raises."""
    value = decode_object(raw)
    if isinstance(value, Malformed):
        return value
    data = value.get("data")
    return Event(
        at=parse_time(value.get("timestamp")),
        role=_text(value.get("role")),
        name=_text(value.get("event")),
        level=_text(value.get("level")),
        data=data if isinstance(data, dict) else {},
        raw=value,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
