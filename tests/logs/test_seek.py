"""Places by time, found without reading what lies between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.lines import read_lines
from orket_console.base.refs import LogRef
from orket_console.logs import seek as seek_module
from orket_console.logs.order import onwards
from orket_console.logs.records import Record, read_record
from orket_console.logs.seek import Place, offset_at, views_at
from orket_console.logs.sources import Source

LineOf = Callable[..., bytes]
START = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [-5, 0, 0.5, 1234, 4999, 9998, 9999, 20_000])
def test_the_first_line_after_a_moment(log: Path, line_of: LineOf, seconds: float) -> None:
    lines = [line_of("a", n) + (b"no time\n" if n % 7 == 0 else b"") for n in range(10_000)]
    log.write_bytes(b"".join(lines))
    with log.open("rb") as file:
        found = offset_at(file.fileno(), START + timedelta(seconds=seconds))
    before = [n for n in range(10_000) if n <= seconds]
    assert found == sum(len(lines[n]) for n in before)


@st.composite
def logs(draw: st.DrawFn) -> list[bytes]:
    """Rising times, with runs of lines that have none, long lines, and single odd times."""
    lines: list[bytes] = []
    seconds = 0
    for kind in draw(st.lists(st.sampled_from("tttttt0LO"), max_size=60)):
        if kind == "0":
            lines += [b"no time"] * draw(st.integers(1, 30))
        elif kind == "L":
            lines.append(b"x" * 3000)
        elif kind == "O":
            # Between two that are in step, as a broken clock or writer leaves one.
            year = draw(st.sampled_from([1970, 2025, 2027, 9814]))
            lines += [_timed(seconds + 10 * n) for n in range(1, 4)]
            lines.append(b'{"timestamp": "%d-01-01T00:00:00+00:00"}' % year)
            lines += [_timed(seconds + 10 * n) for n in range(4, 8)]
            seconds += 70
        else:
            seconds += draw(st.integers(6, 20))
            lines.append(_timed(seconds))
    return lines


def _timed(seconds: int) -> bytes:
    return b'{"timestamp": "%s"}' % (START + timedelta(seconds=seconds)).isoformat().encode()


@settings(max_examples=150, deadline=None)
@given(lines=logs(), seconds=st.integers(-20, 1000), near=st.sampled_from([1, 200, 1000, 1 << 16]))
def test_halving_finds_what_reading_line_by_line_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], seconds: int, near: int
) -> None:
    path = tmp_path_factory.mktemp("seek") / "log"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    at = START + timedelta(seconds=seconds)
    records = [read_record(line, Source("", "")) for line in read_lines(path)]
    wanted = path.stat().st_size
    for placed in onwards(records, START + timedelta(days=3650)):
        if isinstance(placed.item, Record) and placed.key > at:
            wanted = placed.item.ref.offset
            break
    before = seek_module._NEAR
    seek_module._NEAR = near
    try:
        with path.open("rb") as file:
            assert offset_at(file.fileno(), at) == wanted
    finally:
        seek_module._NEAR = before


def test_all_logs_are_put_at_the_time_of_one_line(tmp_path: Path, line_of: LineOf) -> None:
    sources = [Source(str(tmp_path / name), name) for name in ("a", "b", "missing")]
    (tmp_path / "a").write_bytes(line_of("a0", 0) + line_of("a1", 10))
    (tmp_path / "b").write_bytes(line_of("b0", 9) + line_of("b1", 11))
    ref = LogRef(sources[0].path, len(line_of("a0", 0)))
    views = views_at(sources, Place(ref, None, behind=False))
    events = {view.source.name: [r.event for r in view.behind()] for view in views}
    assert events == {"a": ["a1"], "b": ["b1"]}
    for view in views:
        view.close()
    views = views_at(sources, Place(ref, None, behind=True))
    assert [[r.event for r in view.behind()] for view in views] == [[], ["b1"]]
    for view in views:
        view.close()
