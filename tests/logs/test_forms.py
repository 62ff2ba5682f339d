"""Logs that hold no JSON: crashes as one record each, other text line by line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import LINE_CAP, Line, LineSplitter
from orket_console.base.severity import Severity
from orket_console.logs.forms import Entries, entries, form_of
from orket_console.logs.history import open_view
from orket_console.logs.records import Lines, Record
from orket_console.logs.sources import Form, Source

TRACEBACK = b"""Traceback (most recent call last):
  File "server.py", line 12, in <module>
    uvicorn.run(
ValueError: Unable to configure formatter 'default'
"""
CRASH = b"2026-11-23 07:56:00,504 - ERROR - CRITICAL CRASH: ValueError\n" + TRACEBACK + b"\n"
OTHER = b"2026-11-23 07:57:01,000 - ERROR - CRITICAL CRASH: KeyError\nTraceback\nKeyError: 'x'\n\n"
CRASHES = Source("/srv/orket/orket_crash.log", "orket_crash.log", Form.CRASHES)
TEXT = Source("/srv/app.log", "app.log", Form.TEXT)


def lines_of(text: bytes) -> list[Line]:
    return LineSplitter().feed(text)


def read(text: bytes, source: Source = CRASHES) -> list[Record]:
    return list(entries(lines_of(text), source, 1))


def test_a_crash_is_one_record_with_its_traceback() -> None:
    first, second = read(CRASH + OTHER)
    assert first.severity is Severity.ERROR
    assert first.event == "crash"
    assert first.what.startswith("ValueError: Unable to configure formatter 'default'")
    assert first.at == datetime.fromisoformat("2026-11-23 07:56:00.504").astimezone()
    content = first.content()
    assert isinstance(content, dict)
    assert content["data"]["traceback"].encode() == TRACEBACK.rstrip()
    assert (first.ref.line, first.ref.offset, first.problem) == (1, 0, "")
    assert (second.ref.line, second.ref.offset) == (7, len(CRASH))
    assert second.what.startswith("KeyError: 'x'")


def test_an_entry_is_held_back_while_more_of_it_may_come() -> None:
    reading = Entries(CRASHES)
    half = CRASH.index(b"  File")
    assert reading.take(Lines(CRASH[:half], 0, 1)) == []
    assert reading.pending
    assert reading.take(Lines(CRASH[half:], half, 3)) == []
    (first,) = reading.take(Lines(OTHER, len(CRASH), 7))
    assert first.what.startswith("ValueError: Unable")
    (second,) = reading.rest()
    assert second.what.startswith("KeyError")
    assert reading.rest() == []


def test_a_log_that_begins_within_an_entry_shows_what_is_there() -> None:
    first, second = read(TRACEBACK + OTHER)
    assert first.head.malformed
    assert first.what.startswith("Traceback (most recent call last):")
    assert second.event == "crash"


def test_a_traceback_without_end_is_cut_and_said_so() -> None:
    (record,) = read(CRASH + b"x" * 1000 * 1000 + b"\n" + (b"y" * 999 + b"\n") * 1000)
    assert record.length > 2_000_000
    assert len(record.raw) <= LINE_CAP + 4096
    assert record.cut


@given(st.lists(st.sampled_from([CRASH, OTHER, TRACEBACK, b"\n", b"\xff\x00{}\n"]), max_size=12))
def test_pages_from_the_end_hold_the_same_records_as_reading_on(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("crash") / "orket_crash.log"
    path.write_bytes(b"".join(parts))
    source = Source(str(path), "orket_crash.log", Form.CRASHES)
    view = open_view(source)
    back = [record for page in view.before() for record in reversed(page)][::-1]
    view.close()
    assert back == list(entries(lines_of(b"".join(parts)), source, 1))


def test_entries_of_several_pages_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "orket_crash.log"
    long = CRASH[:-1] + b"  a line of the traceback\n" * 3000 + b"\n"
    path.write_bytes(long * 12)
    source = Source(str(path), "orket_crash.log", Form.CRASHES)
    view = open_view(source)
    records = [record for page in view.before() for record in reversed(page)][::-1]
    view.close()
    assert [record.ref.offset for record in records] == [n * len(long) for n in range(12)]
    assert [record.ref.line for record in records] == [n * long.count(b"\n") + 1 for n in range(12)]
    assert path.stat().st_size == sum(record.length + 1 for record in records)


def test_text_has_its_time_where_it_begins_with_one() -> None:
    first, second, third = read(
        b"2026-11-23 05:17:37,485 INFO started\nno time\x1b[2J\n[2026-11-23T05:18:00Z] x\n", TEXT
    )
    assert first.at is not None
    assert first.at == datetime.fromisoformat("2026-11-23 05:17:37.485").astimezone()
    assert first.what == "2026-11-23 05:17:37,485 INFO started"
    assert (second.at, second.what, second.problem) == (None, "no time␛[2J", "")
    assert second.severity is Severity.INFO
    assert third.at is not None


@pytest.mark.parametrize(
    ("sample", "form"),
    [
        (b"", Form.EVENTS),
        (b'{"event": "a"}\n', Form.EVENTS),
        (b'\n  {"event": "a"}\nnoise\n', Form.EVENTS),
        (b'\xef\xbb\xbf{"event": "a"}\n', Form.EVENTS),
        (CRASH, Form.CRASHES),
        (b"just text\n", Form.TEXT),
        (b"\x00\xff\n", Form.TEXT),
    ],
)
def test_what_a_log_holds_is_told_by_how_it_begins(sample: bytes, form: Form) -> None:
    assert form_of(sample) is form


@given(st.binary(max_size=300))
def test_no_bytes_break_any_form(noise: bytes) -> None:
    for form in Form:
        for record in read(noise + b"\n" + noise + b"\n", Source("/x", "x", form)):
            assert isinstance(record.what, str)
            assert record.content() is not None
