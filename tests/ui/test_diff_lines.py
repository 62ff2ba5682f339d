"""A comparison as lines of a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orket_console.runs.compare.folding import sections
from orket_console.runs.compare.lines import Kind, Row, compare_lines
from orket_console.ui.widgets.diff_lines import (
    MOST_LINES,
    MOST_SHOWN,
    Line,
    Piece,
    lay_beside,
    lay_out,
)

LINES = st.lists(st.text("ab \t字", max_size=40), max_size=8)


def rows(left: list[str], right: list[str]) -> tuple[Row, ...]:
    return compare_lines(left, right, str, str)


def whole(pieces: list[Piece | None]) -> list[str]:
    """The lines that pieces were wrapped from."""
    lines: list[str] = []
    for piece in pieces:
        if piece is not None and piece.first:
            lines.append(piece.text)
        elif piece is not None:
            lines[-1] += piece.text
    return lines


@given(LINES, LINES, st.integers(4, 60))
def test_nothing_is_lost_beside_or_below_one_another(
    left: list[str], right: list[str], width: int
) -> None:
    compared = rows(left, right)
    parts = sections(compared)
    opened = set(range(len(parts)))
    beside = lay_beside(compared, parts, opened, width)
    assert whole([line.left for line in beside]) == [line.expandtabs(4) for line in left]
    assert whole([line.right for line in beside]) == [line.expandtabs(4) for line in right]
    below = lay_out(compared, parts, opened, width)
    removed = whole([line.left for line in below])
    assert removed == [line.expandtabs(4) for line in left]
    assert all((line.left is None) != (line.right is None) for line in below)


def test_what_is_folded_is_one_line_that_counts() -> None:
    compared = rows([*"abcdefgh", "x"], [*"abcdefgh", "y"])
    lines = lay_out(compared, sections(compared), (), 40)
    assert lines[0] == Line(0, fold="5 lines the same")
    assert len(lines) == 1 + 3 + 2


def test_what_differs_within_a_line_is_marked_wherever_it_is_wrapped_to() -> None:
    compared = rows(["same same one end"], ["same same two end"])
    left = [line.left for line in lay_beside(compared, sections(compared), (), 10)]
    assert [(p.text[slice(*p.marked)], p.first) for p in left if p] == [("", True), ("one", False)]


def test_a_long_line_shows_what_differs_and_tells_what_it_leaves_out() -> None:
    compared = rows(["a" * 9_000 + "x" + "b" * 9_000], ["a" * 9_000 + "y" + "b" * 9_000])
    (said,) = whole([line.left for line in lay_out(compared, sections(compared), (), 80)])
    assert said.startswith("… 8920 characters the same … aaa")
    assert "axb" in said
    assert said.endswith("… 8920 characters the same")


def test_a_line_of_very_many_other_characters_is_cut() -> None:
    compared = (Row(Kind.ADDED, "", "z" * (MOST_SHOWN + 7)),)
    (said,) = whole([line.right for line in lay_out(compared, sections(compared), (), 80)])
    assert said.endswith("… 7 more characters")


def test_a_part_of_very_many_lines_is_laid_out_so_far_and_says_so() -> None:
    compared = tuple(Row(Kind.ADDED, "", "z" * 500) for _ in range(3_000))
    lines = lay_out(compared, sections(compared), (), 40)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].fold == "the rest is not shown here"
