"""Lines are broken where they must be, and nothing of them is lost."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from orket_console.ui.widgets.wrapping import Hanging, breaks, wrapped

words = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=120)


def test_a_line_breaks_at_a_blank_that_is_near() -> None:
    assert wrapped("Invalid transition for CardType.ISSUE", 12) == [
        "Invalid",
        "transition",
        "for CardType",
        ".ISSUE",
    ]
    assert wrapped("", 10) == [""]


@given(words, st.integers(4, 40), st.integers(4, 40))
def test_every_part_fits_and_together_they_are_the_whole(text: str, width: int, rest: int) -> None:
    offsets = [0, *breaks(text, width, rest), len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(offsets)]
    assert "".join(parts) == text
    assert cell_len(parts[0]) <= width
    assert all(cell_len(part) <= rest for part in parts[1:])


def test_an_indented_line_goes_on_below_its_indentation() -> None:
    console = Console(width=12)
    text = Text("no indent at all\n   one two three\n\n  end")
    lines = ["".join(part.text for part in line) for line in console.render_lines(Hanging(text))]
    assert [line.rstrip() for line in lines] == [
        "no indent at",
        "all",
        "   one two",
        "   three",
        "",
        "  end",
    ]
