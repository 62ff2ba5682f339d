"""The upstream failure report's five counts, as its script would count them.

Source: `report_failure_modes.py` of both versions, which reads the log as text with
universal newlines and decodes each line by itself. It passes over lines that are no JSON,
and stops with an exception at others; those are counted here as far as they make sense, and
the first of them is named.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from typing import Any, Final

from orket_console.base.text import shorten

GUARD: Final = ("guard_approved", "guard_rejected", "guard_requested_changes")
NO_EVENT: Final = ""
NO_TYPE: Final = "unknown"
NO_ROLE: Final = "system"

Counts = dict[Hashable, int]


def stops_at(raw: bytes) -> str:
    """Why the script stops at a line that is no JSON object; empty if it passes over it."""
    try:
        value = json.loads(raw.decode("utf-8"))
    except json.JSONDecodeError:
        return ""
    except (ValueError, RecursionError) as error:
        return shorten(f"{type(error).__name__}: {error}", 120)
    return "" if isinstance(value, dict) else f"JSON {type(value).__name__}, not an object"


def event_of(line: dict[str, Any]) -> tuple[Hashable, str]:
    """What the line's event is counted as, and why the script stops there; empty if not."""
    return _key(line.get("event", NO_EVENT), "event")


def type_of(line: dict[str, Any]) -> tuple[Hashable, str]:
    """The same for the type of a `turn_failed`."""
    data = line.get("data", {}) or {}
    if not isinstance(data, dict):
        return NO_TYPE, f"data is {type(data).__name__}, not an object"
    return _key(data.get("type", NO_TYPE), "data.type")


def role_of(line: dict[str, Any]) -> tuple[Hashable, str]:
    """The same for the role of a `turn_non_progress`."""
    return _key(line.get("role", NO_ROLE), "role")


def add(counts: Counts, more: Iterable[tuple[Hashable, int]]) -> None:
    for key, count in more:
        counts[key] = counts.get(key, 0) + count


def as_json(counts: Counts) -> dict[str, int]:
    """The counts by the keys that `json.dumps` writes: null, true and numbers become text.

    Of two that become the same text, the later one is what a reader of the script's answer
    gets, so it is what stands here.
    """
    return {
        key if isinstance(key, str) else json.dumps(key): count for key, count in counts.items()
    }


def unwritable(counts: Iterable[Counts]) -> str:
    """The first key that the script can't print, which stops it at the very end; or nothing."""
    for each in counts:
        for key in each:
            if isinstance(key, str) and any("\ud800" <= char <= "\udfff" for char in key):
                return shorten(key, 60)
    return ""


def _key(value: object, what: str) -> tuple[Hashable, str]:
    """A key as it is; one that can't be a key is counted by its text."""
    if isinstance(value, list | dict):
        why = f"{what} is {type(value).__name__}, which can't be counted"
        return shorten(json.dumps(value), 120), why
    return value, ""
