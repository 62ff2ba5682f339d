"""Records of several logs by time, and each log in its own order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import Line
from orket_console.logs.order import Placed, backwards, in_order, in_reverse, onwards, place
from orket_console.logs.records import Item, Marker, Record, read_record
from orket_console.logs.sources import Source

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NOW = START + timedelta(hours=1)


def record(source: str, number: int, seconds: float | None) -> Record:
    at = "no time" if seconds is None else (START + timedelta(seconds=seconds)).isoformat()
    raw = f'{{"timestamp": "{at}", "event": "{number}"}}'.encode()
    return read_record(Line(raw, number, len(raw)), Source(source, source))


def log(source: str, *seconds: float | None) -> list[Record]:
    return [record(source, number, second) for number, second in enumerate(seconds)]


def names(items: Sequence[Item]) -> list[str]:
    return [f"{i.source}{i.event}" if isinstance(i, Record) else f"! {i.what}" for i in items]


def merged(*logs: Sequence[Record]) -> list[str]:
    placed = list(in_order([place(each, None, None, NOW)[0] for each in logs]))
    assert list(in_order([onwards(each, NOW) for each in logs])) == placed
    return names([p.item for p in placed])


def read_back(*logs: Sequence[Record], page: int = 3) -> list[str]:
    def pages(records: Sequence[Record]) -> list[Sequence[Record]]:
        starts = range(0, len(records), page)
        return [records[start : start + page] for start in reversed(starts)]

    placed = in_reverse([backwards(pages(each), NOW) for each in logs])
    return names([p.item for p in placed])[::-1]


def test_two_logs_are_merged_by_time() -> None:
    a, b = log("a", 0, 2, 4), log("b", 1, 2, 3)
    wanted = ["a0", "b0", "a1", "b1", "b2", "a2"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_what_has_no_time_stands_with_what_was_written_before_it() -> None:
    a, b = log("a", 0, None, None, 9), log("b", 1, 2)
    wanted = ["a0", "a1", "a2", "b0", "b1", "a3"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_one_time_far_ahead_is_marked_and_moves_nothing_behind_it() -> None:
    a, b = log("a", 0, 2.5e11, 4, 5), log("b", 1, 3)
    wanted = ["a0", "! a time 7,922 years too late, alone", "a1", "b0", "b1", "a2", "a3"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_a_last_time_ahead_of_now_is_marked() -> None:
    a, b = log("a", 0, 2.5e11), log("b", 1, 3)
    wanted = ["a0", "! a time 7,922 years ahead of now", "a1", "b0", "b1"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_a_clock_that_is_ahead_as_a_whole_is_no_jump() -> None:
    a = log("a", 90_000, 90_001, 90_002, 90_003)
    assert merged(a) == read_back(a) == ["a0", "a1", "a2", "a3"]


def test_one_time_far_back_is_marked_and_blocks_nothing() -> None:
    a, b = log("a", 0, 2, -4000, 4), log("b", 1, 3)
    wanted = ["a0", "b0", "a1", "! a time 1h06m too early, alone", "a2", "b1", "a3"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_one_time_too_late_is_marked_and_not_inherited() -> None:
    a, b = log("a", 0, 900, 4, 5), log("b", 1, 3)
    wanted = ["a0", "! a time 14m56s too late, alone", "a1", "b0", "b1", "a2", "a3"]
    assert merged(a, b) == wanted
    assert read_back(a, b) == wanted


def test_a_clock_that_was_set_back_is_marked_and_believed() -> None:
    a = log("a", 1000, 1001, 10, 11, 12)
    wanted = ["a0", "a1", "! time goes back 16m31s", "a2", "a3", "a4"]
    assert merged(a) == wanted
    assert read_back(a) == wanted


def test_a_log_without_any_time_is_read_in_its_order() -> None:
    a = log("a", *[None] * 10)
    assert read_back(a, log("b", 1)) == [f"a{n}" for n in range(10)] + ["b0"]


SECONDS = st.lists(st.none() | st.floats(-1e4, 1e4) | st.just(2.5e11), max_size=12)


@given(st.lists(SECONDS, max_size=4), st.integers(1, 5))
def test_every_record_comes_once_and_in_its_logs_order(
    seconds: list[list[float | None]], page: int
) -> None:
    logs = [log("abcd"[i], *times) for i, times in enumerate(seconds)]
    for found in (merged(*logs), read_back(*logs, page=page)):
        for i, times in enumerate(seconds):
            own = [name for name in found if name.startswith("abcd"[i]) and name[1:].isdigit()]
            assert own == [f"{'abcd'[i]}{n}" for n in range(len(times))]


@given(st.lists(st.lists(st.integers(0, 50), max_size=12).map(sorted), max_size=4))
def test_well_kept_logs_come_sorted_and_without_marks(seconds: list[list[int]]) -> None:
    logs = [log("abcd"[i], *times) for i, times in enumerate(seconds)]
    found = [p.item for p in in_order([onwards(each, NOW) for each in logs])]
    times = [item.at for item in found if item.at]
    assert all(a <= b for a, b in itertools.pairwise(times))
    assert not [item for item in found if isinstance(item, Marker)]
    assert read_back(*logs) == names(found)


def test_what_goes_on_is_placed_after_what_was() -> None:
    placed, last = place(log("a", 1, 5), None, None, NOW)
    more, _ = place(log("a", None, 6), last, None, NOW)
    assert [p.key - START for p in [*placed, *more]] == [timedelta(seconds=s) for s in (1, 5, 5, 6)]
    assert all(isinstance(p, Placed) for p in more)
