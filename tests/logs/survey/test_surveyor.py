"""Counting logs as they grow: each line once, whatever happens to the files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orket_console.logs.filter import parse_filter
from orket_console.logs.scan.pool import StoppedError
from orket_console.logs.sources import Form, Source
from orket_console.logs.survey import surveyor as surveying
from orket_console.logs.survey.patterns import example_of
from orket_console.logs.survey.surveyor import Surveyor

LineOf = Callable[..., bytes]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(str(tmp_path / "orket.log"), "root/orket.log")


def write(source: Source, content: bytes, mode: str = "ab") -> None:
    with Path(source.path).open(mode) as file:
        file.write(content)


def rename(source: Source, path: str) -> None:
    Path(source.path).rename(path)


def test_what_is_written_later_is_counted_once(source: Source, line: LineOf) -> None:
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0) + line(1)[:20])
    assert surveyor.read_on([source])
    assert surveyor.counts.lines == 1
    assert not surveyor.read_on([source])
    write(source, line(1)[20:] + line(2))
    assert surveyor.read_on([source])
    assert surveyor.counts.lines == 3
    assert surveyor.extent.whole


def test_a_burst_is_counted_in_parts(source: Source, line: LineOf) -> None:
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0))
    surveyor.read_on([source])
    write(source, b"".join(line(at) for at in range(10)))
    surveyor.read_on([source], most=len(line(0)) * 3)
    assert surveyor.counts.lines == 4
    assert not surveyor.extent.whole
    surveyor.read_on([source])
    assert surveyor.counts.lines == 11


def test_a_cleared_log_is_begun_again(source: Source, line: LineOf) -> None:
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0) + line(1))
    surveyor.read_on([source])
    write(source, line(7) + line(8) + line(9), "wb")
    surveyor.read_on([source])
    assert surveyor.counts.lines == 5


def test_a_rotated_log_and_the_new_one_are_counted_once(source: Source, line: LineOf) -> None:
    old = Source(source.path + ".1", source.name + ".1")
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0) + line(1))
    surveyor.read_on([source])
    write(source, line(2))
    rename(source, old.path)
    write(source, line(3))
    surveyor.read_on([source, old])
    surveyor.read_on([source, old])
    assert surveyor.counts.lines == 4


def test_what_was_written_before_a_rotation_is_counted_without_its_new_name(
    source: Source, line: LineOf
) -> None:
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0))
    surveyor.read_on([source])
    write(source, line(1))
    rename(source, source.path + ".1")
    write(source, line(2))
    surveyor.read_on([source])
    assert surveyor.counts.lines == 3


def test_of_a_large_log_the_end_comes_first(
    source: Source, line: LineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(at) for at in range(100)]
    write(source, b"".join(lines))
    monkeypatch.setattr(surveying, "AT_ONCE", 5 * len(lines[0]) + 1)
    surveyor = Surveyor(parse_filter(""))
    surveyor.read_on([source])
    assert surveyor.counts.lines == 5
    assert not surveyor.extent.whole
    (cell,) = surveyor.counts.cells.values()
    assert cell.example is not None and cell.example.raw == lines[95][:-1]
    write(source, line(100))
    told: list[tuple[int, int]] = []
    surveyor.read_all([source], told=lambda done, total: told.append((done, total)))
    assert surveyor.counts.lines == 101
    assert surveyor.extent.whole
    assert told[-1][0] == told[-1][1] == 95 * len(lines[0])
    surveyor.read_all([source])
    assert surveyor.counts.lines == 101


def test_small_logs_are_had_whole_beside_a_large_one() -> None:
    assert surveying._shares([1000, 10, 500], 300) == [145, 10, 145]
    assert surveying._shares([], 300) == []
    assert surveying._shares([5, 7], 300) == [5, 7]


def test_a_packed_log_is_counted_once(source: Source, line: LineOf) -> None:
    packed = Source(source.path + ".gz", source.name + ".gz")
    Path(packed.path).write_bytes(gzip.compress(line(0) + line(1)))
    surveyor = Surveyor(parse_filter(""))
    for _ in range(2):
        surveyor.read_all([packed])
        assert surveyor.counts.lines == 2
    assert surveyor.extent.whole


def test_a_log_that_was_counted_before_it_was_packed_is_not_counted_again(
    source: Source, line: LineOf
) -> None:
    surveyor = Surveyor(parse_filter(""))
    write(source, line(0) + line(1))
    surveyor.read_on([source])
    content = Path(source.path).read_bytes()
    Path(source.path + ".1.gz").write_bytes(gzip.compress(content))
    Path(source.path + ".2.gz").write_bytes(gzip.compress(line(-9)))
    Path(source.path).unlink()
    write(source, line(2))
    surveyor.read_all([source])
    assert surveyor.counts.lines == 4
    assert surveyor.extent.whole


def test_an_entry_of_a_crash_log_is_one(tmp_path: Path) -> None:
    path = tmp_path / "orket_crash.log"
    entry = "2026-11-23 05:17:3{},123 - ERROR - CRITICAL CRASH: ValueError\nTraceback (most recent"
    entry += ' call last):\n  File "/a/b.py", line {}\nValueError: no session {}\n\n'
    path.write_text(entry.format(1, 3, 4) + entry.format(2, 5, 6))
    crashes = Source(str(path), "orket_crash.log", Form.CRASHES)
    surveyor = Surveyor(parse_filter("level:error"))
    surveyor.read_all([crashes])
    (cell,) = surveyor.counts.cells.values()
    assert (cell.count, cell.template) == (2, "crash ValueError: ValueError: no session N")
    assert cell.example is not None
    record = example_of(cell.example, [crashes])
    assert record is not None and "no session 4" in record.what


def test_stopped_and_begun_again_counts_once(source: Source, line: LineOf) -> None:
    write(source, b"".join(line(at) for at in range(50)))
    surveyor = Surveyor(parse_filter(""))
    with pytest.raises(StoppedError):
        surveyor.read_on([source], stop=lambda: True)
    surveyor.read_on([source])
    assert surveyor.counts.lines == 50


def test_what_cannot_be_read_is_named(source: Source, tmp_path: Path, line: LineOf) -> None:
    write(source, line(0))
    folder = Source(str(tmp_path), "a folder")
    missing = Source(str(tmp_path / "none.log"), "none.log")
    surveyor = Surveyor(parse_filter(""))
    surveyor.read_on([folder, missing, source])
    assert surveyor.counts.lines == 1
    assert surveyor.extent.problems == ("a folder: not a regular file",)
    assert surveyor.extent.logs == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.integers(0, 80).map(lambda size: ("write", size)),
            st.sampled_from([("rotate", 0), ("look", 0), ("all", 0)]),
        ),
        max_size=12,
    )
)
def test_every_line_once_however_it_is_written_and_rotated(
    source: Source, line: LineOf, steps: list[tuple[str, int]]
) -> None:
    for old in Path(source.path).parent.iterdir():
        old.unlink()
    content = b"".join(line(at, note="x" * (at % 7)) for at in range(40))
    names, at = [source], 0
    write(source, b"", "wb")
    surveyor = Surveyor(parse_filter(""))
    for what, size in steps:
        if what == "write":
            write(source, content[at : at + size])
            at = min(at + size, len(content))
        elif what == "rotate":
            end = content.find(b"\n", at) + 1 if at and content[at - 1 : at] != b"\n" else at
            write(source, content[at:end])
            at = max(at, end)
            turned = Source(f"{source.path}.{len(names)}", f"{source.name}.{len(names)}")
            rename(source, turned.path)
            names.append(turned)
            write(source, b"", "wb")
        elif what == "all":
            surveyor.read_all(names)
        else:
            surveyor.read_on(names)
    surveyor.read_on(names)
    assert surveyor.counts.lines == content[:at].count(b"\n")
