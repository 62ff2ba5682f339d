"""A run at a glance: a lane a role, its turns in order of time, failures marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orket_console.base.state import State, worst
from orket_console.runs.model import Turn

_LONGEST_ROLE: Final = 18
_OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class Mark:
    """One column of a lane: the worst state of the turns in it, and whether one is selected."""

    column: int
    state: State
    selected: bool


@dataclass(frozen=True, slots=True)
class Lane:
    role: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes in order of first appearance. `label` is the width of the roles, in cells.

    `columns` is how many columns are taken; `first` and `last` are the ends in time.
    """

    lanes: tuple[Lane, ...]
    label: int
    columns: int
    first: datetime | None
    last: datetime | None


def lay_lanes(turns: Sequence[Turn], selected: str, width: int, most: int) -> Lanes:
    """Lanes for `turns` (in order of time) that fit `width` cells and `most` lines.

    Each turn has a column of its own, two apart, as long as there is room; then columns
    stand close, and then each holds several turns. Roles beyond `most` share the last
    lane. `selected` is the path of the selected turn.
    """
    roles = list(dict.fromkeys(turn.ref.role for turn in turns))
    shown = roles if len(roles) <= most else [*roles[: most - 1], _OTHERS]
    label = min(max((len(role) for role in shown), default=0), _LONGEST_ROLE)
    room = max(width - label - 2, 1)
    place = _Places(len(turns), room)
    cells: dict[tuple[str, int], list[Turn]] = {}
    for order, turn in enumerate(turns):
        role = turn.ref.role if turn.ref.role in shown else _OTHERS
        cells.setdefault((role, place.column(order)), []).append(turn)
    lanes = tuple(
        Lane(
            role,
            tuple(_mark(key[1], held, selected) for key, held in cells.items() if key[0] == role),
        )
        for role in shown
    )
    times = [turn.at for turn in turns if turn.at]
    return Lanes(
        lanes,
        label,
        place.column(len(turns) - 1) + 1 if turns else 0,
        min(times, default=None),
        max(times, default=None),
    )


def _mark(column: int, held: list[Turn], selected: str) -> Mark:
    return Mark(
        column,
        worst(turn.state for turn in held),
        any(turn.path == selected for turn in held),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    count: int
    room: int

    def column(self, order: int) -> int:
        if self.count * 2 - 1 <= self.room:
            return order * 2
        if self.count <= self.room:
            return order
        return order * self.room // self.count
