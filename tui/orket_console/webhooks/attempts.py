"""Deliveries that come again: after an error, by Gitea's redelivery, or for no reason.

The log has no delivery id. So one is taken to repeat another where event, pull request, action
and reviewer are the same, and what is known of both, the payload or the reviewer's words, is
not different.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from orket_console.webhooks.model import Delivery, Outcome
from orket_console.webhooks.wording import CAME_TWICE

_ONCE: Final = frozenset({"opened", "merged"})
"""What happens to a pull request once: a second delivery of it is the first one again."""
_DONE: Final = frozenset({Outcome.ACCEPTED, Outcome.COUNTED, Outcome.PENDING})


def numbered(newest_first: Iterable[Delivery]) -> list[Delivery]:
    """The same deliveries, each with its attempt, and duplicates marked; in the same order."""
    last: dict[tuple[str, ...], Delivery] = {}
    found: list[Delivery] = []
    for row in reversed(list(newest_first)):
        about = (row.event, row.pr_key, row.action, row.reviewer)
        made = _compared(row, last.get(about)) if row.event and row.pr_key else row
        last[about] = made
        found.append(made)
    return found[::-1]


def _compared(row: Delivery, earlier: Delivery | None) -> Delivery:
    came_twice = row.why.startswith(CAME_TWICE)
    if earlier is None or not _may_be_same(row, earlier):
        return replace(row, is_duplicate=True) if came_twice else row
    repeated = replace(row, attempt=earlier.attempt + 1, repeats=earlier.at)
    if earlier.outcome is Outcome.ERROR and not came_twice:
        return repeated
    if came_twice or (earlier.outcome in _DONE and _is_same(row, earlier)):
        return replace(repeated, is_duplicate=True)
    return row


def _may_be_same(row: Delivery, earlier: Delivery) -> bool:
    """Whether nothing that is known of both tells them apart."""
    pairs = ((row.payload, earlier.payload), (row.words, earlier.words))
    return all(one == other for one, other in pairs if one and other)


def _is_same(row: Delivery, earlier: Delivery) -> bool:
    """Whether something tells that both are one and the same."""
    if row.payload and earlier.payload:
        return row.payload == earlier.payload
    return bool(row.words and row.words == earlier.words) or row.action in _ONCE
