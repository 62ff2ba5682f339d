"""Heads read fast are the heads that Python's json would give, for any line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.events import Event, decode_event
from orket_console.base.severity import Severity, severity_of
from orket_console.logs.heads import MALFORMED, Head, head_of, heads_of, named, read_whole

_NAMES = st.sampled_from(
    ["level", "status", "type", "error", "traceback", "ok", "degraded", "session_id", "run_id",
     "issue_id", "turn_index", "model", "selected_model", "runtime_event", "other"]
)  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["info", "warn", "failed", "ERROR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=8,
)  # fmt: skip
_LINES = st.dictionaries(
    st.sampled_from(["timestamp", "role", "event", "level", "data", "schema_version", "x"]),
    _VALUES | st.dictionaries(_NAMES, _VALUES, max_size=6),
    max_size=6,
).map(lambda line: json.dumps(line).encode())
_ODD = st.sampled_from(
    [b"", b" ", b"[]", b"{}", b"{} {}", b'{"a":', b"{}}", b"\xff", b'{"event":"a","x":"\xff"}',
     b'{"event":"a","x":NaN}', b'{"event":"a","data":{},"x":"\\ud83d"}',
     b'{"event":"a","event":"b"}',
     b'{"event":"a","data":{},"x":' + b"9" * 4301 + b"}", b'{"event":"a","data":{},"x":"\x01"}',
     b'{"event":"a","data":{"level":"error"}}\r', b"\xef\xbb\xbf{}", b'{"event":"a","data":null}']
)  # fmt: skip


@given(_LINES | _ODD)
def test_a_head_read_fast_is_the_one_read_whole(raw: bytes) -> None:
    assert head_of(raw) == read_whole(raw)
    assert head_of(raw).malformed == read_whole(raw).malformed


@given(st.lists(_LINES | _ODD, max_size=6))
def test_heads_of_a_chunk_are_those_of_its_lines(lines: list[bytes]) -> None:
    assert heads_of(b"".join(line + b"\n" for line in lines)) == [head_of(line) for line in lines]


@given(_LINES)
def test_severity_is_that_of_the_event(raw: bytes) -> None:
    event = decode_event(raw)
    assert isinstance(event, Event)
    if "schema_version" not in event.raw:
        assert head_of(raw).severity is severity_of(event)


def test_a_value_over_two_lines_makes_two_malformed_lines() -> None:
    assert heads_of(b'{} {}\n{"a":\n{}}\n') == [MALFORMED, MALFORMED, MALFORMED]


@pytest.mark.parametrize("digits", [4300, 4301, 9000])
@pytest.mark.parametrize("before", [0, 1, 2149, 2150, 5000])
def test_a_number_that_python_refuses_is_found_wherever_it_stands(digits: int, before: int) -> None:
    raw = b'{"event":"a","data":{"y":"%s","x":%s}}' % (b"y" * before, b"9" * digits)
    assert head_of(raw).malformed is (digits > 4300)


def test_what_a_head_says_of_a_turn(line_of: Any) -> None:
    raw = line_of("turn_failed", session_id="34a2b001", issue_id="ISS-1", turn_index=2, error="x")
    head = head_of(raw[:-1])
    assert (head.session, head.issue, head.turn) == ("34a2b001", "ISS-1", 2)
    assert head.severity is Severity.ERROR
    assert head.at is not None


def test_names_are_shown_safely() -> None:
    assert named("a\x1b[2J\nb") == "a␛[2J ↵ b"
    assert len(named("x" * 500)) == 120


def test_an_empty_object_is_no_malformed_line() -> None:
    assert not head_of(b"{}").malformed
    assert head_of(b"{}") == Head()


def test_a_chunk_has_a_head_for_each_line() -> None:
    line = json.dumps({"event": "a", "role": "r", "data": {"runtime_event": {"session_id": "s"}}})
    heads = heads_of((line + "\n").encode() * 500)
    assert len(heads) == 500
    assert {head.session for head in heads} == {"s"}
