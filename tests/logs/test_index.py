"""The sparse line index: equal to counting, whatever is written, cleared or replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.logs.index import LineIndex, newlines, nth_newline

PIECES = st.lists(st.sampled_from([b"\n", b"x", b"yy\n", b"\xe2\x80\xa8", b"zzzzzzzzz", b"\r\n"]))


def check(index: LineIndex, fd: int, content: bytes) -> None:
    """Every lookup against a naive count."""
    starts = [0] + [at + 1 for at, byte in enumerate(content) if byte == 10]
    assert (index.covered, index.lines) == (len(content), len(starts) - 1)
    for offset in range(len(content) + 1):
        assert index.lines_before(fd, offset) == content[:offset].count(b"\n")
    for number in range(1, len(starts)):
        assert index.offset_of(fd, number) == starts[number - 1]
    for number in (-1, 0, len(starts)):
        assert index.offset_of(fd, number) is None
    assert index.lines_before(fd, len(content) + 1) is None
    assert index.lines_before(fd, -1) is None


@settings(max_examples=200, deadline=None)
@given(
    appends=st.lists(PIECES.map(b"".join), max_size=5),
    block=st.integers(1, 9),
    most=st.sampled_from([2, 4, 64]),
)
def test_after_any_appends_it_equals_a_naive_count(
    tmp_path_factory: pytest.TempPathFactory, appends: list[bytes], block: int, most: int
) -> None:
    path = tmp_path_factory.mktemp("index") / "log"
    path.touch()
    index, content = LineIndex(block, most), b""
    with path.open("rb") as file:
        for piece in appends:
            content += piece
            path.write_bytes(content)
            assert index.extend(file.fileno())
            check(index, file.fileno(), content)
        assert index.memory <= 8 * most


@settings(max_examples=100, deadline=None)
@given(content=PIECES.map(b"".join), number=st.integers(-1, 40))
def test_the_nth_newline(content: bytes, number: int) -> None:
    found = [at for at, byte in enumerate(content) if byte == 10]
    wanted = found[number - 1] if 1 <= number <= len(found) else None
    assert nth_newline(content, number) == wanted


@pytest.mark.parametrize("line", [b"\n", b"x\n", b"x" * 700 + b"\n", b"x" * 100_000 + b"\n"])
def test_newlines_are_counted_in_long_and_short_lines(line: bytes) -> None:
    assert newlines(line * 50 + b"rest") == 50


@pytest.mark.parametrize(
    "second", [b"", b"b\nb\n", b"B" * 300 + b"\n\n\n", b"a\na\nb" + b"\n" * 99]
)
def test_a_file_that_was_cleared_is_counted_from_its_start(tmp_path: Path, second: bytes) -> None:
    path = tmp_path / "log"
    first = b"a\na\na\n" + b"A" * 20 + b"\n"
    path.write_bytes(first)
    index = LineIndex(4)
    with path.open("rb") as file:
        index.extend(file.fileno())
        with path.open("r+b") as writer:
            writer.truncate(0)
            writer.write(second)
        index.extend(file.fileno())
        check(index, file.fileno(), second)


def test_it_can_be_stopped_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "log"
    content = b"line\n" * 100
    path.write_bytes(content)
    index = LineIndex(16)
    asked = iter([False, False, False, True])
    with path.open("rb") as file:
        assert not index.extend(file.fileno(), lambda: next(asked))
        assert (index.covered, index.lines) == (48, 9)
        assert index.offset_of(file.fileno(), 9) == 40
        assert index.offset_of(file.fileno(), 10) is None
        assert index.extend(file.fileno())
        check(index, file.fileno(), content)


def test_memory_is_bounded_however_many_blocks_there_are(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a line\n" * 10_000)
    index = LineIndex(block=2, most=64)
    with path.open("rb") as file:
        index.extend(file.fileno())
        assert index.memory <= 8 * 64
        assert index.lines == 10_000
        assert index.offset_of(file.fileno(), 7777) == 7 * 7776
        assert index.lines_before(file.fileno(), 7 * 7776) == 7776
