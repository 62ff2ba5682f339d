"""What may be meant: keys, values that were seen, and filters kept under a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.logs.filter import parse_filter
from orket_console.logs.filter.completion import complete
from orket_console.logs.filter.named import BUILT_IN
from orket_console.logs.filter.seen import Seen, seen_in
from orket_console.logs.records import Record

RecordOf = Callable[..., Record]
SEEN = Seen(
    {
        "event": [("turn_start", 9), ("turn_failed", 2), ("say it", 1)],
        "role": [("coder", 5)],
        "level": [("error", 2), ("info", 7)],
        "data.tool": [("write_file", 3)],
        "data.tokens.total": [("12", 3)],
    }
)


def texts(expression: str, cursor: int | None = None) -> list[str]:
    at = len(expression) if cursor is None else cursor
    return [c.text for c in complete(expression, at, SEEN, BUILT_IN).candidates]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("ev", "event:"),
        ("lev", "level>="),
        ("event:", "event:turn_start"),
        ("event:turn_f", "event:turn_failed"),
        ("event:it", 'event:"say it"'),
        ('event:"say', 'event:"say it"'),
        ("event:turn_start,turn_f", "event:turn_start,turn_failed"),
        ("-event:turn_f", "event:turn_failed"),
        ("role:coder (event:turn_f", "event:turn_failed"),
        ("level>=", "level>=debug"),
        ("level:e", "level:error"),
        ("EVENT:turn_f", "EVENT:turn_failed"),
        ("turn_f", "event:turn_failed"),
        ("data.to", "data.tool:"),
        ("data.tokens.", "data.tokens.total:"),
        ("data.tool:", "data.tool:write_file"),
        ("after:", "after:-5m"),
        ("@fa", "@failures"),
        ("role:coder @g", "@guard"),
        ("event:guard_t", "event:guard_terminal_failure"),
    ],
)
def test_the_likeliest_comes_first(expression: str, first: str) -> None:
    assert texts(expression)[0] == first


@pytest.mark.parametrize("expression", ["event:nothing_like", "/turn", '"event:', "zzz", "@zz"])
def test_nothing_is_made_up(expression: str) -> None:
    assert texts(expression) == []


def test_how_often_a_value_was_seen_is_said() -> None:
    candidates = complete("event:turn", 10, SEEN, {}).candidates
    assert [(c.label, c.note) for c in candidates[:2]] == [
        ("turn_start", "9×"),
        ("turn_failed", "2×"),
    ]


def test_a_candidate_takes_the_words_place() -> None:
    expression = "role:coder -event:turn_f level>=warn"
    completion = complete(expression, 24, SEEN, {})
    text, cursor = completion.taken(expression, 0)
    assert text == "role:coder -event:turn_failed level>=warn"
    assert text[:cursor].endswith("turn_failed")


@given(st.text(alphabet='ab:="@,/()- \\dt.', max_size=30), st.integers(0, 30))
def test_any_text_is_completed_without_harm(expression: str, cursor: int) -> None:
    cursor = min(cursor, len(expression))
    completion = complete(expression, cursor, SEEN, BUILT_IN)
    for index in range(len(completion.candidates)):
        text, at = completion.taken(expression, index)
        assert text.startswith(expression[: completion.start])
        assert text[at:] == expression[cursor:]


@given(st.text(min_size=1, max_size=20))
def test_a_value_of_any_kind_is_completed_to_what_finds_it(value: str) -> None:
    candidates = complete("event:", 6, Seen({"event": [(value, 1)]}), {}).candidates
    if candidates[0].label == value:
        assert parse_filter(candidates[0].text)


def test_values_are_gathered_from_records(record_of: RecordOf) -> None:
    records = [
        record_of(
            "turn_failed", 0.0, "coder", type="E", session_id="34a2", deep={"n": 1}, ok=False
        ),
        record_of(
            "turn_failed", 1.0, "coder", error="x" * 500, runtime_event={"selected_model": "q"}
        ),
        record_of(b"no event"),
        record_of("long", 2.0, "", far=1, pad="x" * 20_000),
    ]
    seen = seen_in(records)
    assert seen.of("event") == [("turn_failed", 2), ("malformed", 1), ("long", 1)]
    # It would have to be decoded whole, while the operator waits for the bar.
    assert "data.far" not in seen.paths
    assert seen.of("role") == [("coder", 2)]
    assert seen.of("session") == [("34a2", 1)]
    assert seen.of("model") == [("q", 1)]
    assert seen.of("data.deep.n") == [("1", 1)]
    assert seen.of("data.ok") == [("false", 1)]
    assert seen.of("data.type") == [("E", 1)]
    assert "data.error" not in seen.paths
    assert seen.paths[-2:] == ["data.deep.n", "data.runtime_event.selected_model"]
    assert seen.of("source") == [("root/orket.log", 4)]


def test_values_that_were_seen_before_stay_known() -> None:
    merged = Seen({"event": [("b", 1)]}).with_those_of(SEEN)
    assert [value for value, _ in merged.of("event")] == [
        "b",
        "turn_start",
        "turn_failed",
        "say it",
    ]
    assert merged.of("role") == [("coder", 5)]
