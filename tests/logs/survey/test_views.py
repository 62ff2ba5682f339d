"""What a survey says: bars over time, patterns, facets, sparklines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.severity import Severity
from orket_console.logs.filter import parse_filter
from orket_console.logs.sources import Source
from orket_console.logs.survey.counts import OTHERS, Cell, Counts
from orket_console.logs.survey.facets import facets
from orket_console.logs.survey.job import SurveyJob
from orket_console.logs.survey.ladder import STEPS, rung_of
from orket_console.logs.survey.patterns import example_of, lately, patterns
from orket_console.logs.survey.sparks import BARS, sparkline
from orket_console.logs.survey.timeline import axis, timeline

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SECOND = int(START.timestamp())
SOURCE = Source("/srv/orket/orket.log", "root/orket.log")
LineOf = Callable[..., bytes]


def counted(*lines: bytes) -> Counts:
    part = SurveyJob(parse_filter(""), SOURCE).begin()
    part.take(b"".join(lines), 0)
    return part.result()


def barred(seconds: dict[int, int]) -> Counts:
    counts = Counts(matched=sum(seconds.values()))
    counts.bars[Severity.INFO] = dict(seconds)
    counts.bound()
    return counts


SECONDS = st.dictionaries(st.integers(0, 40_000_000), st.integers(1, 50), min_size=1, max_size=40)


@given(SECONDS, st.integers(1, 200))
def test_bars_fit_and_hold_every_line_once(seconds: dict[int, int], width: int) -> None:
    counts = barred(seconds)
    found = timeline(counts, width)
    assert 1 <= len(found.bars) <= width
    assert found.step in STEPS
    assert sum(bar.total for bar in found.bars) + found.outside == counts.matched
    assert found.outside <= counts.matched // 100
    starts = [bar.second for bar in found.bars]
    assert starts == [starts[0] + found.step * index for index in range(len(starts))]
    assert found.bars[0].total and found.bars[-1].total
    for bar in found.bars:
        inside = sum(n for at, n in seconds.items() if bar.second <= at < bar.second + found.step)
        assert bar.total == inside


def test_bars_are_no_coarser_than_there_is_room_for() -> None:
    counts = barred({0: 1, 59: 1})
    assert timeline(counts, 60).step == 1
    assert timeline(counts, 59).step == 2
    assert timeline(counts, 5).step == 30
    assert timeline(counts, 0).bars == ()
    assert timeline(Counts(), 60).bars == ()


@pytest.mark.parametrize("far", [-(10**9), 10**9])
def test_a_line_dated_far_off_does_not_squeeze_the_others(far: int) -> None:
    found = timeline(barred(dict.fromkeys(range(50), 10) | {far: 1}), 60)
    assert (found.step, len(found.bars), found.outside) == (1, 50, 1)


def test_a_quiet_time_before_the_incident_is_shown() -> None:
    found = timeline(barred({at * 60: 1 for at in range(10)} | {7_000: 200}), 60)
    assert found.outside == 0
    assert found.bars[0].second == 0


def test_bars_know_their_severities(line: LineOf) -> None:
    counts = counted(line(0), line(0, "turn_failed"), line(3, "turn_non_progress"))
    found = timeline(counts, 60)
    assert [bar.worst for bar in found.bars] == [Severity.ERROR, None, None, Severity.WARN]
    assert (found.bars[0].total, found.bars[0].errors, found.most) == (2, 1, 2)
    assert found.bars[0].at == START
    assert found.end == START + timedelta(seconds=4)


@given(SECONDS, st.integers(1, 60))
def test_columns_of_an_axis_hold_every_line_that_is_near(
    seconds: dict[int, int], columns: int
) -> None:
    counts = barred(seconds)
    heights = axis(counts, columns).heights(counts.bars[Severity.INFO])
    assert 1 <= len(heights) <= columns
    assert counts.matched - counts.matched // 100 <= sum(heights) <= counts.matched
    assert heights[0] and heights[-1]
    assert axis(Counts(), columns).heights({}) == (0,)


def test_new_patterns_come_first_then_the_worst_then_the_most(line: LineOf) -> None:
    counts = counted(
        *[line(at, "webhook", message=f"seen {at}") for at in range(5)],
        line(1, "turn_failed", error="an old one"),
        *[line(2000 + at, "webhook", message=f"other {at}") for at in range(3)],
        *[line(2000 + at, "turn_failed", error="a new one") for at in range(2)],
    )
    found = patterns(counts, START + timedelta(seconds=1000))
    assert [(each.template, each.new, each.count) for each in found] == [
        ("turn_failed: a new one", True, 2),
        ("webhook: other N", True, 3),
        ("turn_failed: an old one", False, 1),
        ("webhook: seen N", False, 5),
    ]
    assert found[0].first == START + timedelta(seconds=2000)
    assert found[0].last == START + timedelta(seconds=2001)
    assert sum(found[0].sparks) == 2


def test_by_itself_the_last_minutes_are_compared(line: LineOf) -> None:
    counts = counted(line(0, "a"), line(900, "b"), line(1499, "c"))
    moment = lately(counts)
    assert moment == START + timedelta(seconds=899)
    assert [each.event for each in patterns(counts, moment) if each.new] == ["b", "c"]


def test_nothing_is_new_where_nothing_is_older(line: LineOf) -> None:
    counts = counted(line(0, "a"), line(9, "b"))
    assert not any(each.new for each in patterns(counts, START))
    assert not any(each.new for each in patterns(counts, None))
    assert not patterns(Counts(), START)


def test_what_came_before_the_time_asked_for_is_not_new(line: LineOf) -> None:
    since = START + timedelta(seconds=10)
    part = SurveyJob(parse_filter(""), SOURCE, since).begin()
    part.take(line(0, "a") + line(11, "a") + line(12, "b"), 0)
    found = patterns(part.result(), since)
    assert [(each.event, each.new, each.count, each.before) for each in found] == [
        ("b", True, 1, 0),
        ("a", False, 1, 1),
    ]


def test_an_example_is_shown_as_its_record(line: LineOf) -> None:
    (found,) = patterns(counted(line(0, "webhook", message="Invalid webhook signature")), None)
    assert found.example is not None
    record = example_of(found.example, [SOURCE])
    assert record is not None
    assert (record.what, record.ref.path) == ("401: invalid signature", SOURCE.path)
    assert example_of(found.example, []) is None


def test_a_patterns_term_wants_its_lines_and_no_others(line: LineOf) -> None:
    raws = [line(0, "x", message="a 1 (“b”) 'c' \\ d*"), line(1, "x", message="a"), b"{\n"]
    found = patterns(counted(*raws), None)
    for each in found:
        part = SurveyJob(parse_filter(each.term), SOURCE).begin()
        part.take(b"".join(raws), 0)
        assert part.result().matched == each.count == 1


def test_facets_name_their_filters(line: LineOf) -> None:
    raws = [
        line(0, "turn_failed", type="tool violation", session_id="s1", model="m:1"),
        line(1, "turn_start", "reviewer", session_id="s1"),
        line(2, "turn_start", session_id="s12"),
        b"no JSON\n",
    ]
    found = {facet.name: facet for facet in facets(counted(*raws))}
    assert list(found) == ["level", "event", "type", "role", "session", "model", "source"]
    assert {value.value: value.count for value in found["level"].values} == {
        "info": 2,
        "error": 1,
        "warn": 1,
    }
    assert found["event"].values[0].value == "turn_start"
    assert found["type"].values[0].term == 'type:"tool violation"'
    for facet in found.values():
        for value in facet.values:
            part = SurveyJob(parse_filter(value.term), SOURCE).begin()
            part.take(b"".join(raws), 0)
            assert part.result().matched == value.count, value


def test_the_sum_of_others_comes_last_and_is_no_filter() -> None:
    counts = Counts()
    counts.names["role"] = {OTHERS: 9, "coder": 2}
    counts.cells[Severity.INFO, OTHERS] = Cell(Severity.INFO, OTHERS, "", OTHERS, count=9)
    found = {facet.name: facet for facet in facets(counts)}
    assert [(v.value, v.term) for v in found["role"].values] == [
        ("coder", "role:coder"),
        (OTHERS, ""),
    ]
    (other,) = patterns(counts, START)
    assert (other.term, other.new) == ("", False)


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_a_sparkline_is_never_blank_for_something(heights: list[int]) -> None:
    drawn = sparkline(heights)
    assert len(drawn) == len(heights)
    for height, char in zip(heights, drawn, strict=True):
        assert (char == " ") == (height == 0)
        assert height != max(heights) or height == 0 or char == BARS[-1]


def test_the_step_found_is_the_finest() -> None:
    assert rung_of(range(10), 0, 10) == 0
    assert STEPS[rung_of(range(11), 0, 10)] == 2
