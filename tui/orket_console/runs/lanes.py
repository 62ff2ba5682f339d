"""A run at a glance: a lane a role, its turns in order of time, failures marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

    `columns` is how many columns are taken; `first` and `last` are the ends in time.
    """

    lanes: tuple[Lane, ...]
    label: int
    columns: int
    first: datetime | None
    last: datetime | None
    room: int
    count: int

    def place(self, turn: Turn, order: int) -> tuple[str, int]:
        """The lane and column of a turn by its order among those that were laid."""
        role = turn.ref.role
        shown = role if any(lane.role == role for lane in self.lanes) else _OTHERS
        return shown, _column(order, self.count, self.room)


def lay_lanes(turns: Sequence[Turn], width: int, most: int) -> Lanes:
    """Lanes for `turns` (in order of time) that fit `width` cells and `most` lines.

    Each turn has a column of its own, two apart, as long as there is room; then columns
    stand close, and then each holds several turns. Roles beyond `most` share the last lane.
    """
    roles = list(dict.fromkeys([turn.ref.role for turn in turns]))
    shown = roles if len(roles) <= most else [*roles[: most - 1], _OTHERS]
    label = min(max((len(role) for role in shown), default=0), _LONGEST_ROLE)
    count, room = len(turns), max(width - label - 2, 1)
    dated = [turn.at for turn in turns if turn.at]
    return Lanes(
        lanes=tuple(_lanes(turns, shown, room)),
        label=label,
        columns=_column(count - 1, count, room) + 1 if turns else 0,
        first=min(dated, default=None),
        last=max(dated, default=None),
        room=room,
        count=count,
    )


def _lanes(turns: Sequence[Turn], shown: Sequence[str], room: int) -> list[Lane]:
    """Many turns share a column, so what is looked at is each kind of state in it once."""
    count = len(turns)
    held: dict[tuple[str, int], set[State]] = {}
    for order, turn in enumerate(turns):
        where = (turn.ref.role, _column(order, count, room))
        states = held.get(where)
        if states is None:
            held[where] = {turn.state}
        else:
            states.add(turn.state)
    lanes: dict[str, dict[int, set[State]]] = {role: {} for role in shown}
    for (role, column), states in held.items():
        lane = lanes.get(role)
        if lane is None:
            lane = lanes[_OTHERS]
        lane.setdefault(column, set()).update(states)
    return [Lane(role, _marks(columns)) for role, columns in lanes.items()]


def _marks(columns: Mapping[int, set[State]]) -> tuple[Mark, ...]:
    return tuple(Mark(column, worst(states)) for column, states in sorted(columns.items()))


def _column(order: int, count: int, room: int) -> int:
    if count * 2 - 1 <= room:
        return order * 2
    if count <= room:
        return order
    return order * room // count
