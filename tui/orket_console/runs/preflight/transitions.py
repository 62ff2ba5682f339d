"""Which statuses a card may take from which, as Orket's state machine has it.

Source: `orket/core/domain/state_machine.py` of both versions; facts, written down anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orket_console.target.identity import Generation

_GUARD: Final = ("guard_approved", "guard_rejected", "guard_requested_changes")
_OUT: Final = ("canceled", "archived")
_ISSUE: Final[Mapping[str, tuple[str, ...]]] = {
    "ready": ("in_progress", *_OUT),
    "in_progress": (
        "blocked", "waiting_for_developer", "ready_for_testing", "code_review", *_OUT,
    ),
    "blocked": ("in_progress", *_OUT),
    "waiting_for_developer": ("in_progress", *_OUT),
    "ready_for_testing": ("code_review", "in_progress", *_OUT),
    "code_review": (
        "done", "in_progress", "ready_for_testing", "awaiting_guard_review", *_GUARD, "archived",
    ),
    "awaiting_guard_review": (*_GUARD, "done", "blocked", "archived"),
    "guard_requested_changes": ("in_progress", "code_review", "awaiting_guard_review", *_OUT),
    "guard_rejected": ("blocked", "in_progress", *_OUT),
    "guard_approved": ("done", "archived"),
    "done": ("archived",),
    "canceled": ("archived",),
    "archived": (),
}  # fmt: skip
_ISSUE_NEW: Final = {
    **_ISSUE,
    "ready": ("in_progress", "blocked", *_OUT),
    "code_review": (*_ISSUE["code_review"], "ready", "blocked"),
}
GUARD_ONLY: Final = frozenset({"done", *_GUARD})
"""What only the integrity guard may ask for."""
DISPATCHED: Final = ("ready", "code_review")
"""What the orchestrator takes up: ready issues for their seat, reviews for the guard."""
BLOCKERS: Final = frozenset({"blocked", "canceled", "guard_rejected"})
"""A dependency in one of these blocks what depends on it."""


def allowed(generation: Generation, status: str) -> tuple[str, ...] | None:
    """What an issue may become from `status`; None for a status that is not known."""
    table = _ISSUE_NEW if generation == "new" else _ISSUE
    return table.get(status)
