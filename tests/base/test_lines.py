"""Lines are split on the byte newline alone, with memory bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.files import UnreadableError
from orket_console.base.lines import CHUNK, Line, LineSplitter, last_lines, read_lines

chunks = st.lists(st.lists(st.sampled_from([b"\n", b"a", b"\r", b"\xe2\x80\xa8", b"\x00"])))


def fed(parts: list[bytes], cap: int = 1000, offset: int = 0) -> tuple[list[Line], LineSplitter]:
    splitter = LineSplitter(offset, cap)
    return [line for part in parts for line in splitter.feed(part)], splitter


@given(chunks)
def test_any_chunking_gives_the_same_lines(parts: list[list[bytes]]) -> None:
    raw = [b"".join(part) for part in parts]
    whole = b"".join(raw)
    lines, splitter = fed(raw)
    *complete, rest = whole.split(b"\n")
    assert [line.raw for line in lines] == complete
    assert splitter.pending == len(rest)
    assert splitter.offset == len(whole) - len(rest)
    for line in lines:
        assert whole[line.offset : line.offset + line.length] == line.raw
        assert not line.cut


@given(chunks, st.integers(min_value=1, max_value=5))
def test_a_long_line_is_cut_at_the_cap_and_counted(parts: list[list[bytes]], cap: int) -> None:
    raw = [b"".join(part) for part in parts]
    lines, _ = fed(raw, cap)
    *complete, _rest = b"".join(raw).split(b"\n")
    assert [line.raw for line in lines] == [line[:cap] for line in complete]
    assert [line.length for line in lines] == [len(line) for line in complete]
    assert [line.cut for line in lines] == [len(line) > cap for line in complete]


def test_a_huge_line_is_not_kept_whole() -> None:
    splitter = LineSplitter(cap=10)
    for _ in range(1000):
        splitter.feed(b"x" * 1000)
    assert sum(map(len, splitter._parts)) == 10
    (line,) = splitter.feed(b"\n")
    assert (line.length, line.raw) == (1_000_000, b"x" * 10)
    (line,) = splitter.feed(b"next\n")
    assert (line.raw, line.offset) == (b"next", 1_000_001)


def test_a_half_written_line_is_held_back() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b'{"event": ') == []
    assert [line.raw for line in splitter.feed(b'"x"}\n')] == [b'{"event": "x"}']


def test_a_file_is_read_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\nhalf")
    assert [line.raw for line in read_lines(path)] == [b"one", b"two"]
    assert [(line.raw, line.offset) for line in read_lines(path, 4)] == [(b"two", 4)]


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_lines(tmp_path / "none")


def test_last_lines_of_small_files(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"")
    assert last_lines(path, 5) == []
    path.write_bytes(b"half")
    assert last_lines(path, 5) == []
    path.write_bytes(b"one\ntwo\nhalf")
    assert [line.raw for line in last_lines(path, 5)] == [b"one", b"two"]
    assert [line.raw for line in last_lines(path, 1)] == [b"two"]
    assert last_lines(path, 0) == []


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=30), st.integers(1, 60))
def test_last_lines_are_whole_wherever_the_window_opens(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], within: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "log"
    whole = b"".join(bytes([65 + n % 26]) * n + b"\n" for n in lengths)
    path.write_bytes(whole)
    everything = fed([whole])[0]
    found = last_lines(path, 1000, within)
    assert found == [line for line in everything if line.offset >= len(whole) - within]


@pytest.mark.parametrize("delta", [-1, 0, 1])
def test_last_lines_across_the_first_window(tmp_path: Path, delta: int) -> None:
    path = tmp_path / "log"
    tail = b"x" * (CHUNK + delta - 1) + b"\n"
    path.write_bytes(b"first\n" + tail)
    assert [line.length for line in last_lines(path, 2)] == [5, CHUNK + delta - 1]
    assert [line.length for line in last_lines(path, 1)] == [CHUNK + delta - 1]
