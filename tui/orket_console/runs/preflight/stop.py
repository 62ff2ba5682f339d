"""Why Orket itself moved an issue's card last: what its orchestrator gives as a reason.

Source: `card_transactions`, whose actions end in `reason='…' meta={…}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from orket_console.base.text import shorten
from orket_console.runs.ledger import Move

_MOVE: Final = re.compile(r"Set Status to '([^']*)'.*? reason='([^']*)'(?: meta=(.*))?", re.DOTALL)
_DISPATCH: Final = "turn_dispatch"
_WORDS: Final = {
    "missing_seat": "its team had no seat for it: without one it is canceled again",
    "runtime_guard_terminal_failure": "what it wrote did not pass the runtime verifier",
    "runtime_guard_retry_scheduled": "what it wrote did not pass the runtime verifier, once more",
    "governance_violation": "governance stopped it",
    "retry_scheduled": "it failed and went back for another try",
    "dependency_blocked": "what it depends on was blocked",
}
_TOLD: Final = ("error", "seat", "blocked_by")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Stop:
    """`row` is that of `card_transactions`, `reason` as it is written there."""

    row: int
    reason: str
    says: str


def last_stop(moves: Sequence[Move]) -> Stop | None:
    """The last move that has a reason, unless that was to take the issue up."""
    for move in reversed(moves):
        found = _MOVE.match(move.action)
        if found is None:
            continue
        status, reason, meta = found.groups()
        if reason == _DISPATCH:
            return None
        said = _WORDS.get(reason, f"reason {reason}")
        told = "".join(f"; {name} {value}" for name, value in _meta(meta).items())
        return Stop(move.row, reason, shorten(f"{status}: {said}{told}", _LONGEST))
    return None


def _meta(text: str | None) -> Mapping[str, Any]:
    """What tells more of the reason; nothing where it can't be read."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {
        name: ", ".join(map(str, value[name])) if isinstance(value[name], list) else value[name]
        for name in _TOLD
        if value.get(name)
    }
