"""What may be typed after `g` in a run, and the turns that it leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orket_console.base.moments import moment
from orket_console.base.refs import TurnRef
from orket_console.runs.goto import GoalError, parse_goal
from orket_console.runs.turns import Place, pending_turn

BEGIN = datetime(2026, 11, 22, 23, 50, tzinfo=UTC)


def turn(minute: int, issue: str, index: int, role: str = "coder"):
    made = pending_turn(Place("34a2b001", f"/t/{minute}", f"t/{minute}", index, role, 0), issue)
    return replace(made, at=BEGIN + timedelta(minutes=minute))


TURNS = [turn(0, "ISS-1", 1), turn(5, "ISS-2", 1), turn(15, "ISS-1", 2), turn(20, "ISS-22", 22)]


def when(text: str, until: datetime) -> datetime | None:
    return moment(text, until, local=False)


def goal(text: str, at: int | None = 0):
    return parse_goal(text, TURNS, at, when)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1", 1),
        ("#2", 2),
        ("22", 3),
        ("iss-1", 0),
        ("ISS-2", 1),
        ("22 ", 3),
        ("ss-22", 3),
        ("ISS-1:2", 2),
        ("iss-1:2:coder", 2),
        ("34a2b001:ISS-2:1", 1),
        ("34a2:ISS-2:1:coder", 1),
        ("23:50", 0),
        ("23:51", 1),
        ("00:05", 2),
        ("00:06", 3),
        ("00:11", 3),
        ("09:00", 3),
        ("2026-11-22 23:58", 2),
        ("2026-11-22T23:50Z", 0),
        ("2026-11-24", 3),
        ("-7m", 2),
    ],
)
def test_what_is_typed_leads_to_its_turn(text, place):
    assert goal(text).turn is TURNS[place]


def test_of_several_with_one_number_it_is_the_next_one_and_around_the_end():
    assert goal("1", 0).turn is TURNS[1]
    assert goal("1", 1).turn is TURNS[0]
    assert goal("1", None).turn is TURNS[0]
    assert goal("1", 1).sentence == "ISS-1 #1 coder, 1 of 2 with that number"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "such as"),
        ("3", "no turn #3: they are #1 to #22"),
        ("iss-", "3 issues have that: iss-1, iss-2, iss-22"),
        ("nothing", "no turn, issue or time nothing"),
        ("ISS-1:9", "no turn 34a2b001:ISS-1:9"),
        ("ISS-1:x", "no turn key"),
        ("a:b:c:d:e", "no turn key"),
        ("99:99", "no turn"),
    ],
)
def test_what_leads_nowhere_is_told(text, told):
    with pytest.raises(GoalError, match=told):
        goal(text)


def test_in_a_run_without_turns_nothing_leads_anywhere():
    with pytest.raises(GoalError, match="no turn to go to"):
        parse_goal("1", [], None, when)


def test_without_times_a_time_is_none():
    timeless = [replace(TURNS[0], at=None)]
    with pytest.raises(GoalError):
        parse_goal("05:17", timeless, None, when)


@given(st.text(max_size=30))
def test_anything_may_be_typed(text):
    try:
        assert goal(text).turn in TURNS
    except GoalError as error:
        assert str(error)


def test_a_key_may_name_its_session_only_as_it_is():
    assert goal(str(TurnRef("34a2b001", "ISS-2", 1, "coder"))).turn is TURNS[1]
