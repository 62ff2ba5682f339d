"""The upstream failure report's five counts, as its script would count them.

Source: `report_failure_modes.py` of both versions, which reads the log as text with
universal newlines and decodes each line by itself. It passes over lines that are no JSON,
and stops with an exception at others; those are counted here as far as they make sense, and
the first of them is named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from typing import Any, Final

from orket_console.base.text import clean, shorten

_GUARD: Final = frozenset({"guard_approved", "guard_rejected", "guard_requested_changes"})


class UpstreamCounts:
    """Counts over decoded lines; `add` says whether the script would have stopped there."""

    def __init__(self) -> None:
        self._events: Counter[Hashable] = Counter()
        self._failures: Counter[Hashable] = Counter()
        self._non_progress: Counter[Hashable] = Counter()
        self._guard: Counter[Hashable] = Counter()
        self.retries = 0

    def add(self, line: dict[str, Any]) -> str:
        """Count one line. Returns why the script stops at it, empty if it does not."""
        event = line.get("event", "")
        data = line.get("data", {}) or {}
        stops = _count(self._events, event, "event")
        if event == "turn_failed":
            if isinstance(data, dict):
                stops = stops or _count(self._failures, data.get("type", "unknown"), "data.type")
            else:
                _count(self._failures, "unknown", "data.type")
                stops = stops or f"data is {type(data).__name__}, not an object"
        elif event == "turn_non_progress":
            stops = stops or _count(self._non_progress, line.get("role", "system"), "role")
        elif isinstance(event, str) and event in _GUARD:
            self._guard[event] += 1
        elif event == "retry_triggered":
            self.retries += 1
        return stops

    def events(self) -> dict[str, int]:
        return _as_json(self._events)

    def failure_by_type(self) -> dict[str, int]:
        return _as_json(self._failures)

    def non_progress_by_role(self) -> dict[str, int]:
        return _as_json(self._non_progress)

    def guard_outcomes(self) -> dict[str, int]:
        return _as_json(self._guard)


def stops_at(raw: bytes) -> str:
    """Why the script stops at a line that is no JSON object; empty if it passes over it."""
    try:
        value = json.loads(raw.decode("utf-8"))
    except json.JSONDecodeError:
        return ""
    except (ValueError, RecursionError) as error:
        return shorten(f"{type(error).__name__}: {error}", 120)
    return "" if isinstance(value, dict) else f"JSON {type(value).__name__}, not an object"


def _count(counter: Counter[Hashable], key: object, what: str) -> str:
    """Count `key`; one that can't be a key is counted by its text."""
    if isinstance(key, list | dict):
        counter[shorten(json.dumps(key), 120)] += 1
        return f"{what} is {type(key).__name__}, which can't be counted"
    counter[key] += 1
    return ""


def _as_json(counter: Counter[Hashable]) -> dict[str, int]:
    """Keys as `json.dumps` writes them: null, true and numbers become text."""
    named: Counter[str] = Counter()
    for key, count in counter.items():
        named[clean(key) if isinstance(key, str) else json.dumps(key)] += count
    return dict(named)
