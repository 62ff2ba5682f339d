"""All logs as one stream, and the selection of its last records."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from orket_console.base.clock import FixedClock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.logs.filter import parse_filter
from orket_console.logs.records import Item, Marker, Record
from orket_console.logs.select import Span, parse_moment, select
from orket_console.logs.sources import MOST, SourceStatus, find_sources
from orket_console.logs.stream import Stream, counted
from orket_console.target.layout import Layout

LineOf = Callable[..., bytes]
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
START = datetime(2026, 11, 23, 5, 17, 37, tzinfo=UTC)
ALL = parse_filter("")


@pytest.fixture
def layout(bare_root: Path) -> Layout:
    return Layout(bare_root, bare_root / ".orket" / "durable")


def events(items: tuple[Item, ...] | list[Item]) -> list[str]:
    return [item.event if isinstance(item, Record) else f"! {item.kind}" for item in items]


def append(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content)


def test_sources_name_what_is_not_merged_and_why(layout: Layout, line_of: LineOf) -> None:
    append(layout.run_log, line_of("a"))
    append(layout.workspace / "agent_output" / "observability" / "runtime_events.jsonl", b"{}\n")
    found = find_sources(layout)
    assert [s.name for s in found.chosen] == ["workspace/default/orket.log", "root/orket.log"]
    assert [s.detail for s in found.left_out] == ["repeats the log beside it, without times"]


def test_of_very_many_logs_the_newest_are_followed(layout: Layout, line_of: LineOf) -> None:
    runs = layout.root / "workspace" / "runs"
    for number in range(MOST + 10):
        path = runs / f"run{number:03}" / "orket.log"
        append(path, line_of("a"))
        os.utime(path, (number, number))
    found = find_sources(layout)
    assert len(found.chosen) == MOST
    assert found.chosen[-1].name == f"workspace/runs/run{MOST + 9:03}/orket.log"
    assert len(found.left_out) == 12
    assert found.left_out[0].status is SourceStatus.LEFT_OUT


def test_new_lines_of_all_logs_come_merged_and_the_past_is_paged(
    layout: Layout, line_of: LineOf, clock
) -> None:
    append(layout.run_log, line_of("old1", 0) + line_of("old3", 2))
    append(layout.server_log, line_of("old2", 1))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    history = stream.past()
    assert events([p.item for p in history.take(10)]) == ["old3", "old2", "old1"]
    history.close()
    assert stream.poll() == []
    append(layout.server_log, line_of("new2", 11))
    append(layout.run_log, line_of("new1", 10) + line_of("new3", 12))
    assert events(stream.poll()) == ["new1", "new2", "new3"]
    stream.close()


def test_a_log_that_appears_later_is_taken_up_from_its_start(
    layout: Layout, line_of: LineOf, clock
) -> None:
    append(layout.run_log, line_of("a", 0))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    assert "waiting for root/orket.log" in counted(stream.states())
    append(layout.server_log, line_of("b", 1))
    append(layout.root / "workspace" / "runs" / "34a2" / "orket.log", line_of("c", 2))
    seen: list[Item] = []
    for _ in range(10):
        seen += stream.poll()
    assert sorted(events(seen)) == ["! appeared", "b", "c"]
    assert counted(stream.states()).startswith("3 sources")
    stream.close()


def test_a_rotation_is_a_line_in_the_stream(layout: Layout, line_of: LineOf, clock) -> None:
    append(layout.run_log, line_of("a", 0))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    append(layout.run_log, line_of("b", 1))
    layout.run_log.rename(layout.run_log.with_name("orket.log.1"))
    append(layout.run_log, line_of("c", 2))
    seen: list[Item] = []
    for _ in range(6):
        seen += stream.poll()
    assert events(seen) == ["b", "! rotated", "c"]
    marker = next(item for item in seen if isinstance(item, Marker))
    assert marker.sentence("05:19:02") == "workspace/default/orket.log rotated 05:19:02, 0 lost"
    stream.close()


def test_a_jump_in_time_is_marked_where_it_happens(layout: Layout, line_of: LineOf, clock) -> None:
    append(layout.run_log, line_of("a", 0))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    append(layout.run_log, line_of("b", 1) + line_of("c", -3600) + line_of("d", -3599))
    seen = stream.poll()
    stream.close()
    assert events(seen) == ["b", "! jump", "c", "d"]
    assert isinstance(seen[1], Marker)
    assert seen[1].sentence("") == "workspace/default/orket.log: time goes back 1h00m"


def test_the_last_records_that_match(layout: Layout, line_of: LineOf) -> None:
    append(layout.run_log, b"".join(line_of(f"e{n % 3}", n) for n in range(30)))
    found = select(find_sources(layout), parse_filter("event:e1"), Span(), 4, FixedClock(NOW))
    assert events(found.items) == ["e1"] * 4
    assert [r.ref.line for r in found.items if isinstance(r, Record)] == [20, 23, 26, 29]
    assert (found.more, found.partial) == (True, False)
    found = select(find_sources(layout), parse_filter("event:e1"), Span(), 10, FixedClock(NOW))
    assert (len(found.items), found.more, found.scanned) == (10, False, 30)


def test_a_span_bounds_both_ends_and_ends_the_reading(layout: Layout, line_of: LineOf) -> None:
    append(layout.run_log, b"".join(line_of(f"e{n}", n) for n in range(100)))
    span = Span(START + timedelta(seconds=10), START + timedelta(seconds=12))
    found = select(find_sources(layout), ALL, span, 50, FixedClock(NOW))
    assert events(found.items) == ["e10", "e11", "e12"]
    assert found.scanned == 90


def test_one_bad_time_does_not_end_the_reading_of_a_span(layout: Layout, line_of: LineOf) -> None:
    append(layout.run_log, line_of("a", 10) + line_of("bad", -1e6) + line_of("b", 11))
    found = select(find_sources(layout), ALL, Span(START), 50, FixedClock(NOW))
    assert events(found.items) == ["a", "! jump", "bad", "b"]


def test_unreadable_and_missing_logs_are_partial_answers(layout: Layout, line_of: LineOf) -> None:
    found = select(find_sources(layout), ALL, Span(), 5, FixedClock(NOW))
    assert (found.items, found.partial) == ((), True)
    append(layout.run_log, line_of("a"))
    assert not select(find_sources(layout), ALL, Span(), 5, FixedClock(NOW)).partial
    os.mkfifo(layout.server_log)
    found = select(find_sources(layout), ALL, Span(), 5, FixedClock(NOW))
    assert (len(found.items), found.partial) == (1, True)
    assert found.sources[1].sentence() == "root/orket.log: not a regular file"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("-15m", NOW - timedelta(minutes=15)),
        ("-90s", NOW - timedelta(seconds=90)),
        ("-1.5h", NOW - timedelta(minutes=90)),
        ("-2d", NOW - timedelta(days=2)),
        ("-999999999d", datetime.min.replace(tzinfo=UTC)),
        ("2026-11-23T05:00:00Z", NOW - timedelta(hours=1)),
        ("2026-11-23T06:00:00+01:00", NOW - timedelta(hours=1)),
        ("2026-11-23 05:00", NOW - timedelta(hours=1)),
    ],
)
def test_moments(text: str, at: datetime) -> None:
    assert parse_moment(text, NOW, "--since") == at


@pytest.mark.parametrize("text", ["", "15m", "-15", "-15y", "yesterday", "-m"])
def test_what_is_no_moment_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ConsoleError, match="is no time") as raised:
        parse_moment(text, NOW, "--since")
    assert raised.value.exit_code is ExitCode.USAGE


def test_a_crash_comes_as_one_record_once_it_is_whole(
    layout: Layout, line_of: LineOf, clock
) -> None:
    crash = b"2026-11-23 05:17:40,000 - ERROR - CRITICAL CRASH: ValueError\nTraceback\n"
    append(layout.run_log, line_of("a", 0))
    append(layout.crash_log, b"")
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    append(layout.crash_log, crash)
    assert stream.poll() == []
    append(layout.crash_log, b"ValueError: no luck\n\n")
    seen = [item for _ in range(6) for item in stream.poll()]
    stream.close()
    (record,) = seen
    assert isinstance(record, Record)
    assert (record.event, record.what) == ("crash", "ValueError: no luck")
    assert record.length == len(crash) + len(b"ValueError: no luck\n")


def test_a_log_that_is_off_is_not_read_and_goes_on_from_its_end(
    layout: Layout, line_of: LineOf, clock
) -> None:
    append(layout.run_log, line_of("a", 0))
    append(layout.server_log, line_of("b", 1))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    stream.switch(frozenset({str(layout.run_log)}))
    assert [s.status for s in stream.states()] == [SourceStatus.OFF, SourceStatus.FOLLOWING]
    append(layout.run_log, line_of("unread", 2))
    append(layout.server_log, line_of("c", 3))
    assert [event for _ in range(9) for event in events(stream.poll())] == ["c"]
    stream.switch(frozenset())
    append(layout.run_log, line_of("d", 4))
    assert events(stream.poll()) == ["d"]
    past = stream.past()
    assert events([p.item for p in past.take(10)]) == ["d", "c", "unread", "b", "a"]
    past.close()
    stream.close()


def test_states_tell_size_last_record_and_what_was_rotated(
    layout: Layout, line_of: LineOf, clock
) -> None:
    append(layout.run_log.with_name("orket.log.2.gz"), b"\x1f\x8b")
    append(layout.run_log.with_name("orket.log.1"), line_of("a", 0))
    append(layout.run_log, line_of("b", 5) + b"no time\n")
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    found = {state.name: state for state in stream.states()}
    stream.close()
    log = found["workspace/default/orket.log"]
    assert (log.last, log.size) == (START + timedelta(seconds=5), layout.run_log.stat().st_size)
    names = list(found)
    assert names[1:3] == ["workspace/default/orket.log.1", "workspace/default/orket.log.2.gz"]
    assert {found[name].status for name in names[1:3]} == {SourceStatus.ROTATED}


def test_a_log_that_was_deleted_still_has_a_state(layout: Layout, line_of: LineOf, clock) -> None:
    other = layout.root / "workspace" / "runs" / "34a2" / "orket.log"
    append(other, line_of("a", 0))
    stream = Stream(partial(find_sources, layout), clock)
    stream.open()
    other.unlink()
    for _ in range(12):
        stream.poll()
    told = {state.name: state.sentence() for state in stream.states()}
    stream.close()
    name = "workspace/runs/34a2/orket.log"
    assert told[name] == f"waiting for {name} (deleted or renamed)"
