"""What a screen keeps: bounded, and standing still where it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import Line
from orket_console.base.refs import LogRef
from orket_console.logs.records import Item, Record, read_record
from orket_console.logs.search import is_error, mentions
from orket_console.logs.sources import Source
from orket_console.logs.window import Window

SOURCE = Source("/srv/orket/orket.log", "root/orket.log")


def items(start: int, stop: int, size: int = 0) -> list[Item]:
    raws = [f'{{"event": "e{n}", "pad": "{"x" * size}"}}'.encode() for n in range(start, stop)]
    return [
        read_record(Line(raw, n, len(raw)), SOURCE, n + 1)
        for n, raw in zip(count(start), raws, strict=False)
    ]


def names(window: Window) -> list[str]:
    return [item.event for item in window.items if isinstance(item, Record)]


def test_a_page_before_moves_all_and_keeps_the_cursor_on_its_item() -> None:
    window = Window()
    window.add_newer(items(10, 15), page=False)
    window.cursor = 2
    current = window.current
    assert window.add_older(items(5, 10)) == 5
    assert (window.cursor, window.current) == (7, current)
    assert names(window) == [f"e{n}" for n in range(5, 15)]


def test_newer_ones_push_the_oldest_out_and_say_so() -> None:
    window = Window(most_items=10)
    window.add_newer(items(0, 8), page=False)
    window.cursor = 5
    assert window.add_newer(items(8, 13), page=False) == 3
    assert (len(window), window.cursor, window.cut_above, window.full) == (10, 2, True, True)
    assert names(window)[0] == "e3"


def test_older_ones_push_the_newest_out_and_say_so() -> None:
    window = Window(most_items=10)
    window.add_newer(items(10, 18), page=False)
    window.cursor = 7
    assert window.add_older(items(5, 10)) == 5
    assert (len(window), window.cursor, window.cut_below) == (10, 9, True)
    assert names(window)[-1] == "e14"


def test_few_large_records_are_bounded_by_their_bytes() -> None:
    window = Window(most_bytes=10_000)
    window.add_newer(items(0, 100, size=2_000), page=False)
    assert len(window) == 4
    window.add_newer(items(100, 101, size=50_000), page=False)
    assert names(window) == ["e100"]


def test_a_page_does_not_repeat_what_stands_at_its_joint() -> None:
    window = Window()
    window.add_newer(items(10, 20), page=False)
    assert window.add_older(items(5, 13)) == 5
    window.add_newer(items(15, 23), page=True)
    assert names(window) == [f"e{n}" for n in range(5, 23)]


@pytest.mark.parametrize(
    ("ref", "index"),
    [
        (LogRef(SOURCE.path, 12), 2),
        (LogRef(SOURCE.path, 0, 13), 2),
        (LogRef(SOURCE.path, 99), None),
        (LogRef("/elsewhere", 12), None),
    ],
)
def test_a_line_is_found_by_its_byte_or_its_number(ref: LogRef, index: int | None) -> None:
    window = Window()
    window.add_newer(items(10, 15), page=False)
    assert window.index_of(ref) == index


def test_the_next_and_the_previous_one_that_is_sought() -> None:
    window = Window()
    window.add_newer(items(0, 10), page=False)
    window.cursor = 5
    even = lambda item: int(item.event[1:]) % 2 == 0  # noqa: E731
    assert (window.next_index(1, even), window.next_index(-1, even)) == (6, 4)
    assert window.next_index(1, lambda item: False) is None
    assert Window().next_index(-1, even) is None


@given(
    st.lists(st.tuples(st.sampled_from(["older", "newer"]), st.integers(0, 8)), max_size=30),
    st.integers(1, 12),
)
def test_it_is_always_a_gapless_bounded_stretch(steps: list[tuple[str, int]], most: int) -> None:
    window, low, high = Window(most_items=most), 1000, 1000
    for side, amount in steps:
        if side == "older" and not window.cut_above:
            window.add_older(items(low - amount, low))
            low -= amount
        elif side == "newer" and not window.cut_below:
            window.add_newer(items(high, high + amount), page=False)
            high += amount
    kept = [int(name[1:]) for name in names(window)]
    assert kept == list(range(kept[0], kept[0] + len(kept))) if kept else low == high == 1000
    assert len(kept) <= most + 8
    assert -1 <= window.cursor < max(len(kept), 1)
    assert (window.current is None) == (not kept)


def test_what_is_sought(record_of: Callable[..., Record]) -> None:
    failed = record_of("turn_failed", error='say "hello"')
    assert mentions("HELLO")(failed)
    assert mentions("turn_failed")(failed)
    assert not mentions("goodbye")(failed)
    refused = record_of("webhook", message="Missing webhook signature", level="error")
    as_shown = mentions("401: missing")
    assert as_shown(refused)
    assert [as_shown(failed) for _ in range(1_000)].count(True) == 0
    assert not as_shown(refused)
    assert mentions("missing WEBHOOK")(refused)
    long = record_of(
        "webhook", message="Missing webhook signature", level="error", pad="x" * 20_000
    )
    assert not mentions("401: missing")(long)
    assert mentions("missing webhook")(long)
    assert is_error(failed)
    assert not is_error(record_of("turn_start"))
