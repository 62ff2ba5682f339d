"""The output of an action read by pages: the same rows however it came and is read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.actions import rows, transcript
from orket_console.actions.finding import Search, Standing, row_of
from orket_console.actions.streams import Keeper, Name
from orket_console.actions.transcript import Row, Transcript

Pieces = list[tuple[Name, bytes]]
SMALL_WIDEST, SMALL_BLOCK = 7, 16
contents = st.text("ab\né𝄞", max_size=30).map(str.encode) | st.binary(max_size=9)
pieces_of = st.lists(st.tuples(st.sampled_from(("stdout", "stderr")), contents), max_size=25)


def write(folder: Path, pieces: Iterable[tuple[Name, bytes]]) -> Path:
    folder.mkdir(parents=True)
    keeper = Keeper(folder)
    for stream, content in pieces:
        keeper.keep(stream, content)
    keeper.close()
    return folder


def lines_of(pieces: Pieces) -> list[tuple[Name, bytes]]:
    """Lines, byte by byte: one ends at a newline, and where the other stream comes in."""
    lines: list[tuple[Name, bytes]] = []
    is_open = False
    for stream, content in pieces:
        for number in content:
            if is_open and lines[-1][0] != stream:
                is_open = False
            if not is_open:
                lines.append((stream, b""))
                is_open = True
            if number == 0x0A:
                is_open = False
            else:
                lines[-1] = (stream, lines[-1][1] + bytes([number]))
    return lines


def grown(folder: Path) -> Transcript:
    found = Transcript(folder)
    while found.grow():
        pass
    return found


@settings(max_examples=150)
@given(pieces_of, st.integers(1, 40), st.data())
def test_rows_are_the_same_however_they_came_and_are_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: Pieces, most: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "WIDEST", SMALL_WIDEST)
        patch.setattr(transcript, "BLOCK", SMALL_BLOCK)
        found = Transcript(folder)
        with closing(Keeper(folder)) as keeper:
            for stream, content in pieces:
                keeper.keep(stream, content)
                if data.draw(st.booleans()):
                    found.grow(most)
                    assert len(found.read(0, 10_000)) == found.length
        while found.grow(most):
            pass
        whole = found.read(0, 10_000)
        again = [found.read(at, at + 1) for at in reversed(range(found.length))]
    assert [row for one in reversed(again) for row in one] == whole
    joined: list[tuple[Name, str]] = []
    for row in whole:
        if row.goes_on:
            stream, before = joined.pop()
            assert stream == row.stream
            joined.append((stream, before + row.text))
        else:
            joined.append((row.stream, row.text))
    wanted = [(stream, transcript._text(line)) for stream, line in lines_of(pieces)]
    if all(_is_text(line) for _, line in lines_of(pieces)):
        assert joined == wanted
    assert [stream for stream, _ in joined] == [stream for stream, _ in wanted]


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return b"\r" not in line


def test_controls_are_shown_and_a_long_line_goes_on_in_whole_characters(tmp_path: Path) -> None:
    long = "é𝄞" * 400
    folder = write(
        tmp_path / "run",
        [("stdout", b"\x1b[2J\x00\xff\r\n"), ("stderr", f"{long}\nend".encode())],
    )
    first, *parts, last = grown(folder).read(0, 100)
    assert first == Row("stdout", "␛[2J␀�", goes_on=False)
    assert "".join(part.text for part in parts) == long
    assert [part.goes_on for part in parts] == [False, True, True]
    assert last == Row("stderr", "end", goes_on=False)


def test_what_is_missing_or_cut_off_is_no_output(tmp_path: Path) -> None:
    assert not Transcript(tmp_path / "none").grow()
    folder = write(tmp_path / "run", [("stdout", b"one\ntwo\n"), ("stderr", b"three\n")])
    (folder / "stdout").write_bytes(b"one\n")
    assert [row.text for row in grown(folder).read(0, 9)] == ["one", "three"]
    (folder / "stdout").unlink()
    assert [row.text for row in grown(folder).read(0, 9)] == ["three"]


def test_pages_of_much_output_are_few_and_not_all_are_held(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", [("stdout", (b"x" * 99 + b"\n") * 8)] * 5_000)
    found = grown(folder)
    assert found.length == 40_000
    for start in range(0, 40_000, 100):
        assert len(found.read(start, start + 3)) == 3
    assert len(found._held) <= transcript._HELD_BLOCKS
    gaps = [b.place.total - a.place.total for a, b in pairwise(found._blocks)]
    most = 2 * transcript.BLOCK + rows.WIDEST
    assert gaps
    assert transcript.BLOCK <= min(gaps) <= max(gaps) <= most


def found_all(found: Transcript, text: str) -> Search:
    search = Search(found, text)
    while search.step():
        pass
    return search


@settings(max_examples=80)
@given(st.lists(st.text("abAB", max_size=12), max_size=60), st.text("ab", min_size=1, max_size=2))
def test_every_row_with_the_text_is_found_in_order(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], text: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transcript, "BLOCK", SMALL_BLOCK)
        folder = tmp_path_factory.mktemp("run") / "x"
        search = found_all(
            grown(write(folder, [("stdout", f"{line}\n".encode()) for line in lines])), text
        )
    wanted = [number for number, line in enumerate(lines) if text in line.lower()]
    assert list(search._rows) == wanted
    assert search.whole
    if wanted:
        assert search.next(wanted[0], -1) == wanted[-1]
        assert search.next(-1, 1) == wanted[0]
        assert search.standing(wanted[-1]) == Standing(len(wanted), len(wanted), whole=True)
    else:
        assert search.next(0, 1) is None


def test_a_search_goes_on_as_output_comes_and_reads_what_is_on_screen(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with closing(Keeper(tmp_path / "run")) as keeper:
        found = Transcript(tmp_path / "run")
        keeper.keep("stdout", b"\x1b[31mred\n" + b"x" * 999 + b"needle\nFatal\nnee")
        found.grow()
        split, control = found_all(found, "xneedle"), found_all(found, "␛[31m")
        assert split.standing(1) == Standing(1, 1, whole=True)
        assert control.next(9, 1) == 0
        assert found_all(found, "Fatal").next(0, 1) == 3
        assert found_all(found, "FATAL").next(0, 1) is None
        search = found_all(found, "needle")
        keeper.keep("stdout", b"dle\n")
        found.grow()
        while search.step():
            pass
        assert search.standing(4) == Standing(2, 2, whole=True)


def test_the_row_of_a_verdicts_evidence_is_the_last_that_says_it(tmp_path: Path) -> None:
    lines = ["a  [x]", "b", "a [x]", "c" * 900]
    folder = write(tmp_path / "run", [("stderr", "\n".join(lines).encode())])
    found = grown(folder)
    assert row_of(found, "a [x]") == 2
    assert row_of(found, "c" * 299 + "…") == 3
    assert row_of(found, "exit status 3, and no word") is None
    assert row_of(found, "") is None


def test_memory_does_not_grow_with_the_output(tmp_path: Path) -> None:
    lines = b"".join(b"%099d\n" % number for number in range(640))
    folder = write(tmp_path / "run", [("stdout", lines)] * 75)
    tracemalloc.start()
    try:
        found = grown(folder)
        assert (found.behind, found.length) == (0, 48_000)
        search = found_all(found, "0639")
        for start in range(0, found.length, 10_000):
            found.read(start, start + 100)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert search.standing(639).count == 75
    assert peak < 2_500_000


def test_how_far_it_is_behind_was_seen_when_it_looked(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", [("stdout", b"line\n" * 40_000), ("stderr", b"end\n")])
    found = Transcript(folder)
    assert found.behind == 0
    assert found.grow(1)
    assert 0 < found.behind < 200_004
    while found.grow():
        pass
    assert found.behind == 0
    (folder / "stdout").write_bytes(b"longer " * 100_000)
    assert found.behind == 0
