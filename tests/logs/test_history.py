"""What logs hold already: read from the end, in pages, whatever their size."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orket_console.logs.pages as pages_module
from orket_console.logs.history import Reading, open_view, read_back
from orket_console.logs.pages import end_of_lines, pages_back
from orket_console.logs.records import Record
from orket_console.logs.sources import Source

LineOf = Callable[..., bytes]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def history_of(*paths: Path) -> Reading:
    return read_back([open_view(Source(str(p), p.name)) for p in paths], NOW)


def records(history: Reading, count: int) -> list[Record]:
    taken = [placed.item for placed in history.take(count)]
    return [item for item in taken if isinstance(item, Record)]


@settings(max_examples=200, deadline=None)
@given(
    content=st.lists(st.sampled_from([b"\n", b"x", b"yy", b"\xe2\x80\xa8", b"zzzzzzzzz"])).map(
        b"".join
    ),
    chunk=st.integers(1, 12),
)
def test_going_back_in_chunks_gives_each_whole_line_once(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("pages") / "log"
    path.write_bytes(content)
    before = pages_module.CHUNK
    pages_module.CHUNK = chunk
    try:
        with path.open("rb") as file:
            end = end_of_lines(file.fileno(), len(content))
            found = [
                line for page in reversed(list(pages_back(file.fileno(), end))) for line in page
            ]
    finally:
        pages_module.CHUNK = before
    whole = content.split(b"\n")[:-1]
    assert [line.raw for line in found] == whole
    starts = [sum(len(each) + 1 for each in whole[:i]) for i in range(len(whole))]
    assert [line.offset for line in found] == starts
    assert end == sum(len(each) + 1 for each in whole)


def test_the_last_records_come_first_and_know_their_lines(log: Path, line_of: LineOf) -> None:
    log.write_bytes(b"".join(line_of(f"e{n}", n) for n in range(3000)) + b'{"half')
    history = history_of(log)
    found = records(history, 3)
    assert [(r.event, r.ref.line) for r in found] == [
        ("e2999", 3000),
        ("e2998", 2999),
        ("e2997", 2998),
    ]
    rest = records(history, 5000)
    assert len(rest) == 2997
    assert (rest[-1].event, rest[-1].ref.line, rest[-1].ref.offset) == ("e0", 1, 0)
    assert history.ended
    history.close()


def test_the_first_page_of_a_huge_log_costs_little(log: Path, line_of: LineOf) -> None:
    with log.open("wb") as file:
        file.truncate(10 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + b"".join(line_of(f"e{n}", n) for n in range(2000)))
    tracemalloc.start()
    history = history_of(log)
    found = records(history, 100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    history.close()
    assert [r.event for r in found] == [f"e{n}" for n in range(1999, 1899, -1)]
    assert found[0].ref.line is None
    assert found[0].place == f"byte {found[0].ref.offset} orket.log"
    assert peak < 16 << 20


def test_a_huge_line_among_others_is_passed_in_bounded_memory(log: Path, line_of: LineOf) -> None:
    with log.open("wb") as file:
        file.write(line_of("before", 0))
        for _ in range(50):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + line_of("after", 1))
    tracemalloc.start()
    history = history_of(log)
    found = records(history, 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    history.close()
    assert [r.event for r in found] == ["after", "malformed", "before"]
    assert found[1].problem == "line of 52 MB, first 1.0 MB kept"
    assert peak < 16 << 20


def test_a_log_renamed_meanwhile_is_read_to_its_start(log: Path, line_of: LineOf) -> None:
    log.write_bytes(b"".join(line_of(f"e{n}", n) for n in range(3000)))
    history = history_of(log)
    assert len(records(history, 10)) == 10
    log.rename(log.with_name("orket.log.1"))
    log.write_bytes(line_of("new", 9))
    assert len(records(history, 5000)) == 2990
    history.close()


def test_a_log_cleared_meanwhile_ends_there_and_shows_nothing_wrong(
    log: Path, line_of: LineOf
) -> None:
    log.write_bytes(b"".join(line_of(f"e{n}", n) for n in range(5000)))
    history = history_of(log)
    first = records(history, 10)
    log.write_bytes(b"".join(line_of(f"new{n}", n) for n in range(6000)))
    rest = records(history, 20_000)
    history.close()
    events = [r.event for r in first + rest]
    assert events == [f"e{n}" for n in range(4999, 4999 - len(events), -1)]


def test_a_view_can_be_put_on_the_line_that_holds_a_byte(log: Path, line_of: LineOf) -> None:
    first = line_of("e0", 0)
    log.write_bytes(first + line_of("e1", 1) + line_of("e2", 2))
    view = open_view(Source(str(log), "log"), at=len(first) + 5)
    assert (view.at, view.lines) == (len(first), 1)
    assert [(r.event, r.ref.line) for r in view.behind()] == [("e1", 2), ("e2", 3)]
    view.close()
