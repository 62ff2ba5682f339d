"""The thread that indexes all logs: progress, growth, rotation, and numbers of records."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orket_console.base.lines import read_lines
from orket_console.logs.indexing import Indexing
from orket_console.logs.packed import open_log
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source


@pytest.fixture
def indexing() -> Iterator[Indexing]:
    made = Indexing()
    yield made
    made.close()


def until(indexing: Indexing, condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        indexing.wait(0.05)


def records_of(path: Path) -> list[Record]:
    return [read_record(line, Source(str(path), "log")) for line in read_lines(path)]


def test_logs_are_indexed_and_kept_up(tmp_path: Path, indexing: Indexing) -> None:
    one, other, missing = (tmp_path / name for name in ("one", "other", "missing"))
    one.write_bytes(b"a\nb\nc\n")
    other.write_bytes(b"x\n" * 1000 + b"half")
    indexing.watch([str(one), str(other), str(missing)])
    with one.open("rb") as first, other.open("rb") as second:
        until(indexing, lambda: indexing.progress.of == 2010 and indexing.progress.whole)
        assert indexing.progress.logs == {str(one): 3, str(other): 1000}
        assert indexing.lines(first.fileno()) == 3
        assert indexing.offset_of(first.fileno(), 3) == 4
        assert indexing.lines_before(second.fileno(), 2000) == 1000
        assert indexing.offset_of(second.fileno(), 1001) is None
        with one.open("ab") as writer:
            writer.write(b"d\ne\n")
        until(indexing, lambda: indexing.lines(first.fileno()) == 5)
        missing.write_bytes(b"now\n")
        with missing.open("rb") as third:
            until(indexing, lambda: indexing.lines(third.fileno()) == 1)


def test_a_rotated_log_keeps_its_index_and_the_new_one_has_its_own(
    tmp_path: Path, indexing: Indexing
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a\n" * 10)
    indexing.watch([str(path)])
    with path.open("rb") as old:
        until(indexing, lambda: indexing.lines(old.fileno()) == 10)
        path.rename(tmp_path / "log.1")
        path.write_bytes(b"b\n" * 3)
        with path.open("rb") as new:
            until(indexing, lambda: indexing.lines(new.fileno()) == 3)
        until(indexing, lambda: indexing.progress.logs == {str(path): 3})
        assert indexing.lines_before(old.fileno(), 20) == 10


def test_a_cleared_log_is_not_answered_for_until_it_is_counted_again(
    tmp_path: Path, indexing: Indexing
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a line\n" * 100)
    indexing.watch([str(path)])
    with path.open("r+b") as log:
        until(indexing, lambda: indexing.lines(log.fileno()) == 100)
        os.truncate(log.fileno(), 0)
        os.pwrite(log.fileno(), b"b\n" * 500, 0)
        assert indexing.lines_before(log.fileno(), 200) in (None, 100)
        until(indexing, lambda: indexing.lines_before(log.fileno(), 200) == 100)


def test_records_get_their_numbers(tmp_path: Path, indexing: Indexing) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"line %d\n" % n for n in range(100_000)))
    records = records_of(path)
    wanted = [records[n] for n in (99_999, 0, 7, 8, 50_000)]
    assert indexing.numbers(wanted) == {}
    indexing.watch([str(path)])
    until(indexing, lambda: indexing.progress.of and indexing.progress.whole)
    numbers = indexing.numbers(wanted)
    assert [numbers[r.ref.path, r.ref.offset] for r in wanted] == [100_000, 1, 8, 9, 50_001]


def test_a_record_of_a_file_that_is_gone_gets_no_wrong_number(
    tmp_path: Path, indexing: Indexing
) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    records = records_of(path)
    path.unlink()
    path.write_bytes(b"else\nand\nmore\n")
    indexing.watch([str(path)])
    until(indexing, lambda: indexing.progress.of and indexing.progress.whole)
    assert indexing.numbers(records) == {}
    path.unlink()
    assert indexing.numbers(records) == {}


def test_a_packed_log_is_indexed_unpacked(tmp_path: Path, indexing: Indexing) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"a\nb\nc\n"))
    indexing.watch([str(path)])
    with open_log(path) as log:
        until(indexing, lambda: indexing.lines(log.fileno()) == 3)
        assert indexing.offset_of(log.fileno(), 3) == 4


def test_what_is_no_file_and_what_cannot_be_unpacked_is_passed_over(
    tmp_path: Path, indexing: Indexing
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "log.gz").write_bytes(b"\x1f\x8b\n\n\n")
    (tmp_path / "log").write_bytes(b"a\n")
    indexing.watch([str(tmp_path / name) for name in ("fifo", "log.gz", "log")])
    with (tmp_path / "log").open("rb") as log, (tmp_path / "log.gz").open("rb") as packed:
        until(indexing, lambda: indexing.lines(log.fileno()) == 1)
        assert indexing.progress.of == 2
        assert indexing.lines(packed.fileno()) is None
