"""What a record offers to filter on finds that record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orket_console.logs.filter import parse_filter
from orket_console.logs.filter.narrow import belongings_of, only, values_of, without
from orket_console.logs.records import Record

RecordOf = Callable[..., Record]
HOSTILE = '\x1b]52;c;eA==\x07[/b] "x" \\ *,'
FULL = {
    "session_id": HOSTILE,
    "issue_id": HOSTILE,
    "turn_index": 3,
    "type": HOSTILE,
    "status": "a b",
    "selected_model": HOSTILE,
}


@pytest.mark.parametrize("event", ["turn_failed", HOSTILE, "x" * 500, ""])
def test_every_value_finds_its_record(record_of: RecordOf, event: str) -> None:
    record = record_of(event, 0.0, HOSTILE, **FULL)
    anything = parse_filter("")
    offers = values_of(record)
    assert {offer.label for offer in offers} >= {
        "session",
        "issue",
        "turn",
        "role",
        "level",
        "type",
    }
    for offer in offers:
        assert parse_filter(only(anything, offer)).wants(record), offer
        assert not parse_filter(without(anything, offer)).wants(record), offer
    for offer in belongings_of(record):
        assert parse_filter(offer.expression).wants(record), offer
    assert [offer.label for offer in belongings_of(record)] == [
        "turn",
        "issue",
        "session",
        "minute",
    ]


def test_a_session_is_not_found_by_its_beginning(record_of: RecordOf) -> None:
    offers = {o.label: o for o in belongings_of(record_of("x", session_id="run-1", issue_id="I"))}
    assert not parse_filter(offers["session"].expression).wants(record_of("x", session_id="run-10"))
    assert set(offers) == {"issue", "session", "minute"}


def test_the_filter_in_force_is_kept_whole(record_of: RecordOf) -> None:
    record = record_of("a", 0.0, "coder")
    offer = values_of(record)[0]
    assert only(parse_filter("role:coder or role:guard"), offer) == (
        "(role:coder or role:guard) event:a"
    )
    assert without(parse_filter("role:coder"), offer) == "role:coder -event:a"
    assert only(parse_filter(""), offer) == "event:a"


def test_a_minute_around_is_of_all_logs(record_of: RecordOf) -> None:
    minute = belongings_of(record_of("a"))[-1]
    wanted = parse_filter(minute.expression)
    assert [wanted.wants(record_of("b", after)) for after in (-61.0, -60.0, 59.0, 60.0)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert belongings_of(record_of(b"no event")) == []
