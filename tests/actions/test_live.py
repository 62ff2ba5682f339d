"""What a view of live output holds: its last lines, each bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orket_console.actions.live import LINE_CAP, LiveOutput, OutputLine
from orket_console.actions.pieces import Piece
from orket_console.actions.streams import Name


def out(*texts: str, stream: Name = "stdout", most: int = 5000) -> LiveOutput:
    return LiveOutput((Piece(stream, text) for text in texts), most)


def lines(output: LiveOutput) -> list[str]:
    return [output[index].text for index in range(len(output))]


def test_pieces_become_lines() -> None:
    assert lines(out("a\nb\n", "c\n", "\n")) == ["a", "b", "c", ""]


def test_a_line_that_comes_in_parts_is_one() -> None:
    assert lines(out("...", "...", "F\nnext\n")) == ["......F", "next"]


def test_half_a_line_of_one_stream_is_not_continued_by_the_other() -> None:
    output = out("half")
    output.add(Piece("stderr", "other\n"))
    output.add(Piece("stdout", "rest\n"))
    assert [output[index] for index in range(3)] == [
        OutputLine("stdout", "half"),
        OutputLine("stderr", "other"),
        OutputLine("stdout", "rest"),
    ]


def test_the_oldest_lines_go_and_are_counted() -> None:
    output = out(*(f"{number}\n" for number in range(10)), most=3)
    assert lines(output) == ["7", "8", "9"]
    assert output.dropped == 7


def test_a_huge_line_is_cut_and_said_to_be() -> None:
    output = out(*["x" * 1500] * 4, "end\nnext\n")
    assert lines(output) == ["x" * (LINE_CAP - 1) + "…", "next"]
    assert output.longest == LINE_CAP


def test_its_version_changes_with_each_piece() -> None:
    output = out()
    before = output.version
    output.add(Piece("stdout", "a"))
    assert output.version != before


@given(st.lists(st.text(alphabet="ab\n", max_size=12)))
def test_however_it_is_cut_the_lines_are_the_same(parts: list[str]) -> None:
    whole = "".join(parts).split("\n")
    assert lines(out(*parts)) == (whole if whole[-1] else whole[:-1])
