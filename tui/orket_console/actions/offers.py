"""Values that a parameter could have, found in what is kept: nobody types the id of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orket_console.actions.copies import backed_up_by
from orket_console.actions.definition import Action
from orket_console.actions.parameters import Kind
from orket_console.target.target import Target

_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """One value, and what it stands for."""

    value: str
    text: str


def has_offers(action: Action) -> bool:
    """Whether `offers_for` would look for something."""
    return any(parameter.kind is Kind.RECORD for parameter in action.parameters)


def offers_for(target: Target, action: Action) -> dict[str, tuple[Offer, ...]]:
    """By parameter what it could be, the likeliest first: of a run's id, those with copies.

    Reads `<state>/actions/*/backup`.
    """
    found = tuple(
        Offer(record.id, f"before {record.title}")
        for record, _ in zip(backed_up_by(target), range(_MOST), strict=False)
    )
    return {p.name: found for p in action.parameters if p.kind is Kind.RECORD}
