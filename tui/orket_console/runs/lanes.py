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
    """One column of a lane, and the worst state of the turns in it."""

    column: int
    state: State


@dataclass(frozen=True, slots=True)
class Lane:
    role: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes in order of first appearance. `label` is the width of the roles, in cells.

    `columns` is how many columns are taken; `places` tells the lane and column of a turn by
    its path; `first` and `last` are the ends in time.
    """

    lanes: tuple[Lane, ...]
    label: int
    columns: int
    places: dict[str, tuple[str, int]]
    first: datetime | None
    last: datetime | None


def lay_lanes(turns: Sequence[Turn], width: int, most: int) -> Lanes:
    """Lanes for `turns` (in order of time) that fit `width` cells and `most` lines.

    Each turn has a column of its own, two apart, as long as there is room; then columns
    stand close, and then each holds several turns. Roles beyond `most` share the last lane.
    """
    roles = list(dict.fromkeys(turn.ref.role for turn in turns))
    shown = roles if len(roles) <= most else [*roles[: most - 1], _OTHERS]
    label = min(max((len(role) for role in shown), default=0), _LONGEST_ROLE)
    column = _Columns(len(turns), max(width - label - 2, 1))
    places: dict[str, tuple[str, int]] = {}
    held: dict[str, dict[int, State]] = {role: {} for role in shown}
    for order, turn in enumerate(turns):
        role = turn.ref.role if turn.ref.role in held else _OTHERS
        place = column.of(order)
        places[turn.path] = (role, place)
        held[role][place] = worst((turn.state, held[role].get(place, turn.state)))
    times = [turn.at for turn in turns if turn.at]
    return Lanes(
        lanes=tuple(
            Lane(role, tuple(Mark(at, state) for at, state in marks.items()))
            for role, marks in held.items()
        ),
        label=label,
        columns=column.of(len(turns) - 1) + 1 if turns else 0,
        places=places,
        first=min(times, default=None),
        last=max(times, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    count: int
    room: int

    def of(self, order: int) -> int:
        if self.count * 2 - 1 <= self.room:
            return order * 2
        if self.count <= self.room:
            return order
        return order * self.room // self.count
