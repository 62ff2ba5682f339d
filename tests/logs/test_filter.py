"""The filter language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.errors import ExitCode
from orket_console.base.lines import Line
from orket_console.logs.filter import FilterError, parse_filter, term
from orket_console.logs.filter.values import like
from orket_console.logs.records import Record, read_record
from orket_console.logs.sources import Source

RecordOf = Callable[..., Record]

FAILED: dict[str, Any] = {
    "session_id": "34a2b001",
    "issue_id": "ISS-02-0",
    "turn_index": 3,
    "type": "tool_violation",
    "error": "Größe [bold]too large[/bold]",
}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("", True),
        ("   ", True),
        ("event:turn_failed", True),
        ("EVENT:Turn_Failed", True),
        ("event:turn_*", True),
        ("event:*_failed", True),
        ("event:t*n*f*d", True),
        ("event:turn", False),
        ("event:turn_complete", False),
        ("-event:turn_failed", False),
        ("not event:turn_failed", False),
        ("-event:turn_complete", True),
        ("role:system", True),
        ('role:"lead architect"', False),
        ("session:34a2", True),
        ("session:34a2b001", True),
        ("session:b001", False),
        ("issue:iss-02-0", True),
        ("issue:ISS-02", False),
        ("issue:ISS-02*", True),
        ("turn:3", True),
        ("turn=3", True),
        ("turn:4", False),
        ("source:root", True),
        ("source:workspace", False),
        ("level:error", True),
        ("level=error", True),
        ("level>=warn", True),
        ("level>=warning", True),
        ("level>error", False),
        ("level<error", False),
        ("level<=error", True),
        ("violation", True),
        ("VIOLATION größe", True),
        ("violation absent", False),
        ('"tool_violation\\", \\"error"', True),
        ("[bold]too", True),
        ("event:turn_complete or level:error", True),
        ("event:turn_complete or level:warn", False),
        ("event:turn_failed and level:warn", False),
        ("event:turn_failed level:error or absent", True),
        ("(event:turn_complete or event:turn_failed) role:system", True),
        ("(event:turn_complete or event:turn_failed) role:coder", False),
        ("-(role:coder or role:guard)", True),
        ('"or not"', False),
        ("10:15", False),
    ],
)
def test_expressions(record_of: RecordOf, expression: str, wanted: bool) -> None:
    assert parse_filter(expression).wants(record_of("turn_failed", **FAILED)) is wanted


@pytest.mark.parametrize(
    "data",
    [
        {"session_id": "34a2b001"},
        {"run_id": "34a2b001"},
        {"runtime_event": {"session_id": "34a2b001"}},
        {"session_id": "other", "run_id": "34a2b001"},
        {"session_id": "", "runtime_event": {"session_id": ""}, "run_id": "34a2b001"},
    ],
)
def test_a_session_is_found_by_each_of_its_names(record_of: RecordOf, data: dict[str, Any]) -> None:
    wants = parse_filter("session:34a2").wants
    assert wants(record_of("guard_approved", **data))
    assert not wants(record_of("guard_approved", session_id="99999999"))


@pytest.mark.parametrize(
    ("expression", "column", "what"),
    [
        ("evnt:turn_failed", 1, "unknown key evnt"),
        ("role:coder http://x", 12, "unknown key http"),
        ("event:", 7, "wants a value"),
        ("event: turn_failed", 7, "wants a value"),
        ("level>=bad", 8, "unknown level bad"),
        ("level>=", 8, "wants a value"),
        ("event>turn", 1, "event knows no >"),
        ("turn:one", 6, "turn wants a number"),
        ("turn:" + "9" * 5000, 2000, "longer than"),
        ("(event:x", 1, "not closed"),
        ("event:x)", 8, "not expected"),
        ('say "hello', 5, "quote is not closed"),
        ("event:x or", 11, "missing at the end"),
        ("or event:x", 1, "not expected"),
        ("not", 4, "missing at the end"),
        ("()", 2, "not expected"),
        ("-" * 60 + "x", 51, "nested deeper"),
        ("(" * 60, 51, "nested deeper"),
    ],
)
def test_an_error_points_at_its_column(expression: str, column: int, what: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse_filter(expression)
    assert (raised.value.column, raised.value.exit_code) == (column, ExitCode.USAGE)
    assert what in str(raised.value)


@given(st.text(max_size=80))
def test_any_text_is_a_filter_or_an_error_with_a_column_in_it(expression: str) -> None:
    raw = b'{"event": "turn_failed", "data": {"error": "x"}}'
    record = read_record(Line(raw, 0, len(raw)), Source("/l", "l"))
    try:
        wanted = parse_filter(expression)
    except FilterError as error:
        assert 1 <= error.column <= len(expression) + 1
    else:
        assert wanted.wants(record) in (True, False)


@given(st.text(alphabet='ab" ():*-_', min_size=1, max_size=20))
def test_a_value_becomes_a_term_that_finds_it(value: str) -> None:
    raw = b'{"event": "x", "role": "y"}'
    record = read_record(Line(raw, 0, len(raw)), Source("/l", value))
    assert parse_filter(term("source", value)).wants(record)


def test_a_pattern_of_many_stars_is_answered_at_once() -> None:
    assert not like("*a" * 200 + "*b")("a" * 20_000)
    assert like("*a" * 200 + "*")("a" * 20_000)
