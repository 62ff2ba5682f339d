"""The difference of two texts, line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orket_console.runs.compare.lines import (
    MOST,
    Kind,
    Row,
    compare_lines,
    differ,
    hunks,
    unified,
)

LINES = st.lists(st.sampled_from(["a", "b", "c", "d 1", "d 2", ""]), max_size=12)


def same(text: str) -> str:
    return text


def no_digits(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())


@given(LINES, LINES)
def test_both_sides_come_out_whole_and_in_order(left: list[str], right: list[str]) -> None:
    rows = compare_lines(left, right, same, same)
    assert [row.left for row in rows if row.kind is not Kind.ADDED] == left
    assert [row.right for row in rows if row.kind is not Kind.REMOVED] == right
    assert differ(rows) == (left != right)
    assert all(row.left == row.right for row in rows if row.kind is Kind.SAME)


@given(LINES, LINES)
def test_unified_lines_can_be_read_back_as_both_sides(left: list[str], right: list[str]) -> None:
    lines = list(unified(compare_lines(left, right, same, same)))
    assert [line for sign, line in lines if sign != "+"] == left
    assert [line for sign, line in lines if sign != "-"] == right


@given(LINES, LINES)
def test_hunks_hold_every_line_that_differs_once(left: list[str], right: list[str]) -> None:
    rows = compare_lines(left, right, same, same)
    shown = [row for hunk in hunks(rows, around=1) for row in hunk]
    assert [r for r in shown if r.kind is not Kind.SAME] == [
        r for r in rows if r.kind is not Kind.SAME
    ]


def test_lines_alike_but_for_the_rules_are_the_same_as_written() -> None:
    rows = compare_lines(["took 3", "end"], ["took 44", "end"], no_digits, no_digits)
    assert rows == (Row(Kind.SAME, "took 3", "took 44"), Row(Kind.SAME, "end", "end"))


def test_very_long_texts_are_compared_so_far_and_the_rest_is_told() -> None:
    long = [str(number) for number in range(MOST + 7)]
    other = [f"x{number}" for number in range(MOST)]
    rows = compare_lines(long, other, same, same)
    assert rows[-1].left == "… 7 more lines are not compared"
    assert rows[-1].kind is Kind.CHANGED
    assert not differ(compare_lines(long, long, same, same))


def test_what_is_alike_around_a_difference_may_be_as_long_as_it_is() -> None:
    long = [str(number) for number in range(3 * MOST)]
    rows = compare_lines(long, [*long[:MOST], "new", *long[MOST:]], same, same)
    assert [row for row in rows if row.kind is not Kind.SAME] == [Row(Kind.ADDED, "", "new")]


def test_lines_that_come_again_and_again_are_compared_soon_enough() -> None:
    left = ["a", "}", "{"] * (MOST // 3)
    right = ["{", "}", "b"] * (MOST // 3)
    rows = compare_lines(left, right, same, same)
    assert [row.left for row in rows if row.kind is not Kind.ADDED] == left
