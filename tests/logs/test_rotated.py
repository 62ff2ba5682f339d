"""Paging back through rotations: what was rotated away is the older part of its log."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.clock import FixedClock
from orket_console.base.files import UnreadableError
from orket_console.base.refs import LogRef
from orket_console.logs import packed
from orket_console.logs.filter import parse_filter
from orket_console.logs.history import open_view, read_back, read_on
from orket_console.logs.records import Record
from orket_console.logs.rotation import log_of
from orket_console.logs.seek import Place, views_at
from orket_console.logs.select import Span, select
from orket_console.logs.sources import Source, find_sources
from orket_console.target.layout import Layout

LineOf = Callable[..., bytes]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
START = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def source(log: Path) -> Source:
    return Source(str(log), f"root/{log.name}")


def back(views) -> list[Record]:
    reading = read_back(views, NOW)
    found = [p.item for p in reading.take(10_000) if isinstance(p.item, Record)]
    reading.close()
    return found[::-1]


def on(views) -> list[Record]:
    reading = read_on(views, NOW)
    found = [p.item for p in reading.take(10_000) if isinstance(p.item, Record)]
    reading.close()
    return found


@pytest.fixture
def rotated(log: Path, line_of: LineOf) -> Path:
    """Ten records a file: e0 … e39, the oldest in `.3.gz`, the newest in the log."""
    names = [".3.gz", ".2.gz", ".1", ""]
    for part, suffix in enumerate(names):
        lines = [line_of(f"e{n}", n) for n in range(10 * part, 10 * part + 10)]
        write(log.with_name(log.name + suffix), b"".join(lines))
    return log


ALL = [f"e{n}" for n in range(40)]


def test_reading_back_goes_on_in_what_was_rotated_packed_or_not(rotated: Path) -> None:
    records = back([open_view(source(rotated))])
    assert [record.event for record in records] == ALL
    places = {(record.source, Path(record.ref.path).name) for record in records}
    assert ("root/orket.log.2.gz", "orket.log.2.gz") in places
    assert [record.ref.line for record in records] == [n % 10 + 1 for n in range(40)]


def test_a_log_given_alone_ends_where_it_begins(rotated: Path) -> None:
    alone = Source(str(rotated.with_name("orket.log.1")), "x", alone=True)
    assert [r.event for r in back([open_view(alone)])] == ALL[20:30]


def test_a_filter_reaches_back_through_rotations(bare_root: Path, line_of: LineOf) -> None:
    layout = Layout(bare_root, bare_root / ".orket")
    write(layout.run_log.with_name("orket.log.1.gz"), line_of("a", 0) + line_of("b", 1))
    write(layout.run_log, line_of("c", 2))
    found = select(find_sources(layout), parse_filter("event:a"), Span(), 5, FixedClock(NOW))
    (record,) = found.items
    assert isinstance(record, Record)
    assert record.source == "workspace/default/orket.log.1.gz"


@pytest.mark.parametrize("second", [0, 9, 10, 15, 25, 35, 39])
def test_a_moment_is_found_in_the_file_that_holds_it(rotated: Path, second: int) -> None:
    at = START + timedelta(seconds=second)
    older = back(views_at([source(rotated)], Place(None, at, behind=False)))
    newer = on(views_at([source(rotated)], Place(None, at, behind=False)))
    assert [r.event for r in older] == ALL[: second + 1]
    assert [r.event for r in newer] == ALL[second + 1 :]


def test_a_line_is_found_where_rotation_has_moved_it(log: Path, line_of: LineOf) -> None:
    lines = [line_of(f"e{n}", n) for n in range(10)]
    write(log, b"".join(lines))
    ref = LogRef(str(log), sum(map(len, lines[:4])))
    place = Place(ref, START + timedelta(seconds=4), behind=False)
    log.rename(log.with_name("orket.log.1"))
    write(log, b"".join(line_of(f"f{n}", 100 + n) for n in range(10)))
    assert [r.event for r in back(views_at([source(log)], place))] == [f"e{n}" for n in range(4)]
    assert [r.event for r in on(views_at([source(log)], place))][:7] == [
        *(f"e{n}" for n in range(4, 10)),
        "f0",
    ]


def test_a_rotation_while_reading_back_loses_and_doubles_nothing(rotated: Path) -> None:
    reading = read_back([open_view(source(rotated))], NOW)
    seen = reading.take(5)
    # As logrotate does it: what there is moves on, and what was `.1` is packed.
    for number in (3, 2):
        name = rotated.with_name(f"orket.log.{number}.gz")
        name.rename(rotated.with_name(f"orket.log.{number + 1}.gz"))
    plain = rotated.with_name("orket.log.1")
    write(rotated.with_name("orket.log.2.gz"), plain.read_bytes())
    plain.unlink()
    rotated.rename(plain)
    rotated.touch()
    seen += reading.take(100)
    reading.close()
    assert [p.item.event for p in seen][::-1] == ALL


def test_a_packed_log_that_is_cut_off_gives_what_there_is(rotated: Path) -> None:
    path = rotated.with_name("orket.log.3.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 12])
    assert [r.event for r in back([open_view(source(rotated))])][-30:] == ALL[10:]


def test_a_packed_log_that_is_none_ends_the_reading_there(rotated: Path) -> None:
    rotated.with_name("orket.log.2.gz").write_bytes(b"\x1f\x8bnothing of the kind")
    assert [r.event for r in back([open_view(source(rotated))])] == ALL[20:]
    assert packed.problem(rotated.with_name("orket.log.2.gz"))


def test_more_than_the_cap_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "orket.log.1.gz"
    path.write_bytes(gzip.compress(b"\0" * 1_000_000))
    with pytest.raises(UnreadableError, match=r"over 1\.0 KB unpacked"):
        packed.open_log(path, cap=1000)
    assert packed.problem(path) == "too large to show (over 1.0 KB unpacked)"
    with packed.open_log(path) as file:
        assert len(os.pread(file.fileno(), 2_000_000, 0)) == 1_000_000
    assert packed.problem(path) == ""


def test_unpacking_leaves_nothing_behind(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    path = tmp_path / "orket.log.1.gz"
    path.write_bytes(gzip.compress(b"one\n"))
    with packed.open_log(path) as file:
        assert os.pread(file.fileno(), 10, 0) == b"one\n"
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["orket.log", "orket.log.1", "orket.log.12.gz", "orket.log-20261122.gz", "orket.log-20261122"],
)
def test_whose_part_a_file_is(name: str) -> None:
    assert log_of(Path("/srv") / name) == Path("/srv/orket.log")


@given(sizes=st.lists(st.integers(0, 5), min_size=1, max_size=8), packs=st.integers(0, 255))
def test_any_rotations_read_back_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], packs: int
) -> None:
    log = tmp_path_factory.mktemp("rotated") / "orket.log"
    count = 0
    for number, size in zip(range(len(sizes) - 1, -1, -1), sizes, strict=True):
        lines = b"".join(b'{"event": "e%d"}\n' % n for n in range(count, count + size))
        count += size
        suffix = f".{number}{'.gz' if packs >> number & 1 else ''}" if number else ""
        write(log.with_name(log.name + suffix), lines)
    assert [r.event for r in back([open_view(source(log))])] == [f"e{n}" for n in range(count)]


def test_copytruncate_leaves_each_line_once(log: Path, line_of: LineOf) -> None:
    write(log, b"".join(line_of(f"e{n}", n) for n in range(10)))
    log.with_name("orket.log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)
    with log.open("ab") as file:
        file.write(line_of("e10", 10))
    assert [r.event for r in back([open_view(source(log))])] == ALL[:11]
