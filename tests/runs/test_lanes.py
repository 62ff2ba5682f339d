from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orket_console.base.refs import TurnRef
from orket_console.base.state import State
from orket_console.runs.lanes import lay_lanes
from orket_console.runs.model import Turn, Verdict

START = datetime(2026, 11, 23, 5, tzinfo=UTC)
TURN = Turn(
    ref=TurnRef("s", "I", 1, "lead"),
    path="",
    shown="",
    at=START,
    at_from="checkpoint",
    verdict=Verdict.OK,
    why="",
    asked="",
    tools=(),
    state_from="",
    state_to="",
    model="",
    prompt_hash="",
    tokens=None,
    missing=(),
    note="",
    report="",
    mark="",
)


def turns_of(*given_turns):
    return [
        replace(
            TURN,
            ref=TurnRef("s", "I", number, role),
            path=str(number),
            verdict=verdict,
            at=START + timedelta(seconds=number),
        )
        for number, (role, verdict) in enumerate(given_turns)
    ]


def test_each_turn_has_its_column_in_the_lane_of_its_role():
    turns = turns_of(("lead", Verdict.OK), ("guard", Verdict.REFUSED), ("lead", Verdict.OK))
    lanes = lay_lanes(turns, 80, 4)
    assert [lane.role for lane in lanes.lanes] == ["lead", "guard"]
    assert [[mark.column for mark in lane.marks] for lane in lanes.lanes] == [[0, 4], [2]]
    assert lanes.lanes[1].marks[0].state is State.FAILING
    assert [lanes.place(turn, order) for order, turn in enumerate(turns)] == [
        ("lead", 0),
        ("guard", 2),
        ("lead", 4),
    ]
    assert (lanes.label, lanes.columns) == (5, 5)
    assert (lanes.first, lanes.last) == (START, START + timedelta(seconds=2))


def test_where_turns_share_a_column_the_worst_is_shown():
    turns = turns_of(*[("lead", Verdict.OK)] * 399, ("lead", Verdict.FAILED))
    lanes = lay_lanes(turns, 80, 4)
    marks = lanes.lanes[0].marks
    assert [mark.state for mark in marks].count(State.FAILING) == 1
    assert marks[-1].state is State.FAILING


def test_roles_beyond_the_lines_share_the_last_lane():
    turns = turns_of(*[(role, Verdict.OK) for role in "abcdef"])
    lanes = lay_lanes(turns, 80, 4)
    assert [lane.role for lane in lanes.lanes] == ["a", "b", "c", "others"]
    assert len(lanes.lanes[3].marks) == 3


def test_without_turns_there_are_no_lanes():
    lanes = lay_lanes((), 80, 4)
    assert (lanes.lanes, lanes.columns, lanes.first) == ((), 0, None)


@pytest.mark.parametrize("most", [1, 2, 4])
@given(
    roles=st.lists(st.sampled_from(["a", "lead", "x" * 60, "guard", "e", "f"]), max_size=300),
    width=st.integers(min_value=30, max_value=200),
)
def test_lanes_fit_whatever_there_is(roles, width, most):
    turns = turns_of(*[(role, Verdict.OK) for role in roles])
    lanes = lay_lanes(turns, width, most)
    assert len(lanes.lanes) <= most
    assert lanes.label + 1 + lanes.columns <= width
    columns = {mark.column for lane in lanes.lanes for mark in lane.marks}
    assert bool(columns) == bool(roles)
    assert max(columns, default=0) < max(lanes.columns, 1)
