"""A line of a log as an event; whatever it holds, the pass goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.events import Event, Malformed, decode_event, decode_object

LINE = {
    "timestamp": "2026-11-23T05:17:37.485257+00:00",
    "role": "system",
    "event": "turn_failed",
    "data": {"issue_id": "ISS-02-0", "turn_index": 1, "runtime_event": {"session_id": "34a2b001"}},
}


def event(**changes: object) -> Event:
    decoded = decode_event(json.dumps(LINE | changes).encode())
    assert isinstance(decoded, Event)
    return decoded


def test_a_line_as_orket_writes_it() -> None:
    decoded = event(level="info")
    assert decoded.at == datetime(2026, 11, 23, 5, 17, 37, 485257, UTC)
    assert (decoded.role, decoded.name, decoded.level) == ("system", "turn_failed", "info")
    assert (decoded.session, decoded.issue, decoded.turn) == ("34a2b001", "ISS-02-0", 1)


def test_a_session_is_found_by_each_of_its_names() -> None:
    assert event(data={"session_id": "a", "run_id": "c"}).session == "a"
    assert event(data={"session_id": "", "runtime_event": {"session_id": "b"}}).session == "b"
    assert event(data={"run_id": "c", "runtime_event": {"session_id": ""}}).session == "c"
    assert event(data={}).session == ""


def test_turn_zero_means_no_turn() -> None:
    assert event(data={"turn_index": 0}).turn is None
    assert event(data={"turn_index": True}).turn is None
    assert event(data={"turn_index": "1"}).turn is None
    assert event(data={"runtime_event": {"turn_index": 3}}).turn == 3


@pytest.mark.parametrize("data", ["text", None, [1], 7, {"runtime_event": "text"}])
def test_data_that_is_no_object_is_kept_in_raw(data: object) -> None:
    decoded = event(data=data)
    assert decoded.raw["data"] == data
    assert (decoded.runtime, decoded.session, decoded.issue, decoded.turn) == ({}, "", "", None)


def test_fields_of_the_wrong_type_are_empty() -> None:
    decoded = event(role=1, event=None, level=[], timestamp=12)
    assert (decoded.role, decoded.name, decoded.level, decoded.at) == ("", "", "", None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"plain text",
        b'{"event": "half',
        b"[1, 2]",
        b'"text"',
        b"null",
        b"NaN",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"\x00\x01\x02",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"n": ' + b"1" * 5000 + b"}",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_malformed_line_says_why(raw: bytes) -> None:
    decoded = decode_event(raw)
    assert isinstance(decoded, Malformed)
    assert decoded.reason


@pytest.mark.parametrize(
    "raw", [b'{"n": NaN}', b'{"n": Infinity}', b'{"t": "\\ud83d"}', b'{"n": 1e400}', b'{"a":1}\r']
)
def test_what_python_reads_is_no_malformed_line(raw: bytes) -> None:
    assert isinstance(decode_object(raw), dict)


@given(st.binary())
def test_no_line_raises(raw: bytes) -> None:
    decode_event(raw)
