"""A guard's decision, as the model wrote it into its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from orket_console.base.text import shorten

_MOST_TRIES: Final = 50
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a guard decided as it did, what it found, and what it wants done."""

    rationale: str
    violations: tuple[str, ...]
    remedies: tuple[str, ...]


def decision_in(response: object) -> Decision | None:
    """The first JSON object with a `rationale` in an answer; None where there is none."""
    if not isinstance(response, str):
        return None
    decoder = json.JSONDecoder()
    at = response.find("{")
    for _ in range(_MOST_TRIES):
        if at < 0:
            return None
        try:
            value, end = decoder.raw_decode(response, at)
        except (ValueError, RecursionError):
            at = response.find("{", at + 1)
            continue
        if isinstance(value, dict) and isinstance(value.get("rationale"), str):
            return Decision(
                shorten(value["rationale"], _LONGEST),
                _texts(value.get("violations")),
                _texts(value.get("remediation_actions")),
            )
        at = response.find("{", end)
    return None


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(shorten(str(item), _LONGEST) for item in items)
