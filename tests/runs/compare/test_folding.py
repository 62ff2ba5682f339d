"""What of a comparison is shown, and what is folded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orket_console.runs.compare.folding import Section, common_ends, sections
from orket_console.runs.compare.lines import Kind, Row

KINDS = st.lists(st.sampled_from([Kind.SAME, Kind.SAME, Kind.SAME, Kind.CHANGED]), max_size=40)
TEXT = st.text("ab", max_size=8)


def rows(kinds: list[Kind]) -> list[Row]:
    return [Row(kind, "x", "y") for kind in kinds]


@given(KINDS)
def test_every_row_is_in_one_section_in_order(kinds: list[Kind]) -> None:
    found = sections(rows(kinds))
    assert [at for each in found for at in range(each.start, each.stop)] == list(range(len(kinds)))
    for each in found:
        same = {kind is Kind.SAME for kind in kinds[each.start : each.stop]}
        assert same == {not each.differs}


def test_three_lines_on_both_sides_of_a_difference_are_shown() -> None:
    kinds = [Kind.SAME] * 10 + [Kind.ADDED] + [Kind.SAME] * 7 + [Kind.REMOVED] + [Kind.SAME] * 4
    assert sections(rows(kinds)) == (
        Section(0, 7, differs=False, folded=True),
        Section(7, 10, differs=False, folded=False),
        Section(10, 11, differs=True, folded=False),
        Section(11, 18, differs=False, folded=False),
        Section(18, 19, differs=True, folded=False),
        Section(19, 23, differs=False, folded=False),
    )


def test_where_nothing_differs_all_is_folded() -> None:
    assert sections(rows([Kind.SAME] * 3)) == (Section(0, 3, differs=False, folded=True),)
    assert sections(()) == ()


@given(TEXT, TEXT)
def test_common_ends_never_overlap(left: str, right: str) -> None:
    head, tail = common_ends(left, right)
    assert head + tail <= min(len(left), len(right))
    assert left[:head] == right[:head]
    assert left[len(left) - tail :] == right[len(right) - tail :]
    assert (head + tail == len(left) == len(right)) == (left == right)
