"""The filter language."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.errors import ExitCode
from orket_console.base.lines import Line
from orket_console.logs.filter import FilterError, Surroundings, parse_filter, term
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
    "list": [{"kind": "a"}, {"kind": "b"}],
    "numbers": [1, 2],
    "deep": {"ok": False, "none": None, "empty": "", "wide": 1000},
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
        ("event:turn_complete,turn_failed", True),
        ("event:turn_complete,turn_start", False),
        ('event:"turn_*"', False),
        ('event:"turn_failed",x', True),
        ("event:/^turn_(failed|retry)$/", True),
        ("event:/TURN/", False),
        ("event!=turn_complete", True),
        ("role!=system", False),
        ("session=34a2", False),
        ("session=34a2b001", True),
        ("source=root", False),
        ("source=root/orket.log", True),
        ("turn>=3", True),
        ("turn>3", False),
        ("turn<=3", True),
        ("turn:1,3", True),
        ("turn:*", True),
        ("level:warn,error", True),
        ("level:info,debug", False),
        ("type:tool_violation", True),
        ("type:tool_*", True),
        ("status:*", False),
        ("model:*", False),
        ("data.type:tool_violation", True),
        ("data.error:*", True),
        ("data.nothing:*", False),
        ("-data.nothing:*", True),
        ("data.turn_index:3", True),
        ("data.turn_index:3.0", True),
        ("data.turn_index>2.5", True),
        ("data.turn_index>3", False),
        ("data.error>3", False),
        ("data.error:größe*", True),
        ("data.list.kind:b", True),
        ("data.list.1.kind:b", True),
        ("data.list.0.kind:b", False),
        ("data.list.7.kind:b", False),
        ("data.numbers:2", True),
        ("data.numbers>2", False),
        ("data.deep:*", True),
        ("data.deep.ok:false", True),
        ("data.deep.ok:*", True),
        ("data.deep.ok:0", False),
        ("data.deep.none:*", False),
        ("data.deep.none:null", True),
        ("data.deep.empty:*", False),
        ("data.deep.wide:1e3", True),
        ("/tool.violation/", True),
        ("/Tool.violation/", False),
        ("/größe/", True),
        (r"/\bISS-\d+-\d\b/", True),
        ("/größe .bold.too/", True),
        ("after:2026-11-23", True),
        ("before:2026-11-23", False),
        ("after:2026-11-23T05:17:37Z", True),
        ("before:2026-11-23T05:17:37Z", False),
        ("before:2026-11-23T05:17:38Z", True),
        ("after:2026-11-23T07:17:37+02:00", True),
        ("@failures", True),
        ("@webhook", False),
        ("-@webhook @FAILURES", True),
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
        ("event:a,", 9, "missing after the comma"),
        ("level:warn,bad", 12, "unknown level bad"),
        ("level>=warn,error", 13, "one level"),
        ("turn>=a", 7, "wants a number"),
        ("turn>=1,2", 9, "one value"),
        ("data.x>a", 8, "wants a number"),
        ("after:then", 7, "then is no time"),
        ("after:-1h,-2h", 11, "takes one time"),
        ("after>-1h", 1, "knows no >"),
        ("x /a(b/", 3, "refused"),
        ("/(?=a)/", 1, "refused"),
        (r"/(a)\1/", 1, "refused"),
        ("event:/(/", 7, "refused"),
        ("/srv/orket", 1, "not closed"),
        ("x @nobody", 3, "no filter is called @nobody"),
        ("x @", 3, "wants a name"),
        ("data.:x", 1, "unknown key data."),
    ],
)
def test_an_error_points_at_its_column(expression: str, column: int, what: str) -> None:
    with pytest.raises(FilterError) as raised:
        parse_filter(expression)
    assert (raised.value.column, raised.value.exit_code) == (column, ExitCode.USAGE)
    assert what in str(raised.value)


def test_an_error_says_what_to_write() -> None:
    with pytest.raises(FilterError, match="did you mean event"):
        parse_filter("evnt:x")
    with pytest.raises(FilterError, match="such as -15m"):
        parse_filter("after:then")
    with pytest.raises(FilterError, match="@api-auth @failures"):
        parse_filter("@nobody")
    with pytest.raises(FilterError, match="look-around"):
        parse_filter("/(?<!x)a/")


def test_a_line_that_is_no_event_has_the_name_it_is_shown_with(record_of: RecordOf) -> None:
    record = record_of(b"Traceback (most recent call last):")
    assert parse_filter("event:malformed level:warn traceback").wants(record)
    assert parse_filter("event:*").wants(record)
    assert not parse_filter("role:* or session:* or turn:* or data.x:*").wants(record)
    assert not parse_filter("after:2020-01-01 or before:2100-01-01").wants(record)


def test_a_name_is_found_as_it_is_written_and_as_it_is_shown(record_of: RecordOf) -> None:
    record = record_of("a\x1b[2J\nb")
    assert parse_filter('event:"a␛[2J ↵ b"').wants(record)
    assert parse_filter('event:"a\x1b[2J\nb"').wants(record)
    assert parse_filter(term("event", record.event)).wants(record)


def test_a_path_may_be_written_with_escapes(record_of: RecordOf) -> None:
    record = record_of(rb'{"event": "x", "data": {"\u0074ype": 5, "st\u0061tus": 7}}')
    assert parse_filter("data.type:5 data.status>6 type:5 status:7").wants(record)


def test_a_bare_runtime_event_is_its_own_data(record_of: RecordOf) -> None:
    record = record_of(b'{"schema_version": "v1", "event": "x", "duration_ms": 12}')
    assert parse_filter("data.duration_ms>=12 data.runtime_event.duration_ms:12").wants(record)


def test_many_words_are_no_deep_nest(record_of: RecordOf) -> None:
    assert parse_filter("a " * 999).wants(record_of("a")) in (True, False)
    assert parse_filter(" or ".join(["zzz"] * 280 + ["turn_failed"])).wants(
        record_of("turn_failed")
    )


def test_it_is_pickled_as_what_it_says(record_of: RecordOf) -> None:
    around = Surroundings(datetime(2026, 11, 23, 5, 18, tzinfo=UTC), named={"mine": "event:a"})
    wanted = parse_filter("@mine after:-1m", around)
    again = pickle.loads(pickle.dumps(wanted))
    assert again == wanted
    assert again.wants(record_of("a"))
    assert not again.wants(record_of("a", -60.0))


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
