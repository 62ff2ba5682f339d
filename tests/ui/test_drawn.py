"""Only what differs is written to the terminal, and it shows the same as if all were."""

from __future__ import annotations

import io
import itertools
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from orket_console.ui.drawn import Changes, Drawn

WIDTH, HEIGHT = 6, 3
CONSOLE = Console(file=io.StringIO(), color_system=None)
Frame = LayoutUpdate | ChopsUpdate


def show(screen: list[list[str]], sequences: str) -> None:
    """Write to a screen what a terminal would: text, from where the cursor is put."""
    for y, x, text in re.findall(r"\x1b\[(\d+);(\d+)H([^\x1b\n]*)", sequences):
        for at, char in enumerate(text, int(x) - 1):
            screen[int(y) - 1][at] = char


def blank() -> list[list[str]]:
    return [[" "] * WIDTH for _ in range(HEIGHT)]


def cut(text: str, at: list[int]) -> dict[int, Strip]:
    """A line in pieces, by the column that each begins at."""
    edges = [0, *sorted(set(at)), WIDTH]
    return {a: Strip([Segment(text[a:b])]) for a, b in itertools.pairwise(edges)}


lines = st.lists(st.text("ab", min_size=WIDTH, max_size=WIDTH), min_size=HEIGHT, max_size=HEIGHT)
cuts = st.lists(st.integers(1, WIDTH - 1), max_size=3)
spans = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    chops = [cut(line, draw(cuts)) for line in draw(lines)]
    if draw(st.booleans()):
        return LayoutUpdate([chop.values() for chop in chops], Region(0, 0, WIDTH, HEIGHT))
    ends = [[x + strip.cell_length for x, strip in chop.items()] for chop in chops]
    some = [span for span in draw(st.lists(spans, min_size=1, max_size=3)) if span[1] < span[2]]
    return ChopsUpdate(chops, some or [(0, 0, WIDTH)], ends)


@given(st.lists(frames(), max_size=8))
def test_the_terminal_shows_the_same(updates: list[Frame]) -> None:
    drawn, whole, less = Drawn(), blank(), blank()
    for update in updates:
        show(whole, update.render_segments(CONSOLE))
        show(less, Changes(update, drawn).render_segments(CONSOLE))
        assert less == whole


def test_what_stands_there_is_not_written_again_until_it_is_forgotten() -> None:
    drawn = Drawn()

    def written(*text: str) -> str:
        strips = [cut(line, []).values() for line in text]
        update = LayoutUpdate(strips, Region(0, 0, WIDTH, len(text)))
        return Changes(update, drawn).render_segments(CONSOLE)

    assert written("aaaaaa", "bbbbbb").count("H") == 2
    assert written("aaaaaa", "bbbbbb") == ""
    assert written("aaaaaa", "cccccc") == "\x1b[2;1Hcccccc"
    drawn.forget()
    assert written("aaaaaa", "cccccc").count("H") == 2
