"""Templates: what is taken out, what stays, and that no text breaks them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.text import clean
from orket_console.logs.filter import parse_filter, term
from orket_console.logs.heads import MALFORMED, head_of
from orket_console.logs.survey.said import SaidHead, said_heads, said_of
from orket_console.logs.survey.template import LONGEST, folded, template_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from([
    "message", "error", "reason", "type", "tool", "ok", "status", "traceback", "level",
    "contract_reasons", "review_payload", "error_type", "result", "runtime_event", "degraded",
])  # fmt: skip
DATA = st.dictionaries(FIELDS, JSON | st.lists(st.text(max_size=5), max_size=3), max_size=6)
LINES = st.builds(
    lambda event, data: json.dumps({"event": event, "role": "r", "data": data}).encode(),
    st.sampled_from(["turn_failed", "webhook", "", "x y"]) | st.text(max_size=8),
    DATA | JSON,
)
ALIKE = st.text(alphabet="abcdefN #/…'`\"*.-_:\\0123456789\u202e\u0663Çx", max_size=60)


def template(event: str = "turn_failed", **data: object) -> str:
    raw = json.dumps({"event": event, "data": data}).encode()
    return template_of(head_of(raw), raw)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("timed out after 30 s", "timed out after 7.5 s", "timed out after N s"),
        ("card ISS-02-0 gone", "card ISS-11-4 gone", "card ISS-N gone"),
        ("session 34a2b001", "session acc6fa78", "session #"),
        (
            "key 6b0f9b39-6d1c-4b5e-a7a2-6b7f5a1d3c44",
            "key 0b0f9b39-6d1c-4b5e-a7a2-6b7f5a1d3c45",
            "key #",
        ),
        ("at 2026-11-23T05:17:37.1+00:00", "at 2026-01-02T15:04:05.2+00:00", "at N"),
        ("no /srv/a/b.json", "no /tmp/x", "no /…"),
        ("no agent_output/a1.txt here", "no src/b.txt here", "no /… here"),
        (r"no C:\work\a.txt", r"no D:\x\y\b.txt", "no /…"),
        ("GET http://10.0.0.1:3000/api/v1", "GET https://git/x/y", "GET /…"),
        ("card 'Fix the login' is gone", "card 'Write a test' is gone", "card '…' is gone"),
        ("token a8Xk2Pq9 refused", "token zz9Y1abQ3 refused", "token # refused"),
        ('value "a1"', 'value "a22"', "value 'aN'"),
    ],
)
def test_what_changes_is_taken_out(one: str, other: str, common: str) -> None:
    assert folded(one) == folded(other) == common


@pytest.mark.parametrize(
    "text",
    [
        "Tool validation failed: ['Governance Violation: Invalid transition for CardType.ISSUE']",
        "RuntimeError('model backend closed the connection')",
        "and/or application/json",
        "No such file or directory: 'docker-compose'",
        "a cafe facade, decade",
    ],
)
def test_what_says_something_stays(text: str) -> None:
    assert folded(text) == text


def test_a_template_names_event_kind_and_what_was_said() -> None:
    said = template(type="tool_violation", error="Bad status 7", issue_id="ISS-1", turn_index=3)
    assert said == "turn_failed tool_violation: Bad status N"


def test_a_failed_tool_is_not_one_that_worked() -> None:
    assert template("tool_call_result", tool="read_file", ok=True) == "tool_call_result read_file"
    assert template("tool_call_result", tool="read_file", ok=False).endswith("read_file failed")


def test_without_an_error_the_tracebacks_end_tells() -> None:
    trace = "Traceback (most recent call last):\n  File \"/a/b.py\", line 3\nKeyError: 'head'\n"
    assert template(traceback=trace) == "turn_failed: KeyError: 'head'"


def test_an_error_that_only_repeats_its_type_is_said_once() -> None:
    assert template(type="TimeoutError", error="TimeoutError") == "turn_failed TimeoutError"


def test_a_guards_findings_tell_its_rejections_apart() -> None:
    payload = {"rationale": "x 1", "violations": ["missing acceptance criteria"]}
    said = template("guard_rejected", review_payload=payload)
    assert said == "guard_rejected: missing acceptance criteria"


def test_a_bare_runtime_event_is_its_own_data() -> None:
    raw = b'{"schema_version": "v1", "event": "turn_failed", "reason": "too long"}'
    assert template_of(head_of(raw), raw) == "turn_failed: too long"
    assert said_of(said_heads(raw + b"\n")[0], raw).reason == "too long"


def test_a_malformed_line_folds_too() -> None:
    assert template_of(MALFORMED, b"broken 17") == "malformed: broken N"
    assert template_of(MALFORMED, b"") == "malformed: an empty line"


@given(st.text() | ALIKE)
def test_folding_is_done_once(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert clean(once) == once and "\n" not in once
    assert not re.search(r'[0-9"*]', once)


@given(LINES | st.binary(max_size=80).map(lambda raw: raw.replace(b"\n", b"")))
def test_any_line_has_one_template_however_it_is_read(raw: bytes) -> None:
    head = head_of(raw)
    said = said_heads(raw + b"\n")[0]
    whole = said_heads(raw + b"\nno JSON\n" + raw + b"\n")
    expected = template_of(head, raw)
    assert 0 < len(expected) <= LONGEST
    assert template_of(said, raw) == expected
    assert template_of(whole[0], raw) == template_of(whole[2], raw) == expected
    assert whole[1] is MALFORMED
    assert (said is MALFORMED) == (head is MALFORMED)
    if isinstance(said, SaidHead):
        assert (said.event, said.severity, said.session) == (
            head.event,
            head.severity,
            head.session,
        )


@given(st.lists(LINES, max_size=6))
def test_a_chunk_reads_as_its_lines(lines: list[bytes]) -> None:
    heads = said_heads(b"".join(line + b"\n" for line in lines))
    assert [template_of(head, raw) for head, raw in zip(heads, lines, strict=True)] == [
        template_of(head_of(raw), raw) for raw in lines
    ]


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    for filler in ("a" * 10_000_000, "' " * 5_000_000, "/a" * 5_000_000, "1-" * 5_000_000):
        assert len(template(error=filler)) <= LONGEST


@given(LINES | st.binary(max_size=80).map(lambda raw: raw.replace(b"\n", b"")))
def test_a_filter_names_a_template_as_it_is(raw: bytes) -> None:
    head = head_of(raw)
    named = parse_filter(term("pattern", template_of(head, raw)))
    assert named.test("root/orket.log")(head, raw)
    other = b'{"event": "another", "data": {"message": "and nothing else"}}'
    assert not named.test("root/orket.log")(head_of(other), other)


def test_a_pattern_may_be_named_in_part() -> None:
    raw = b'{"event": "turn_failed", "data": {"error": "timed out after 30 s"}}'
    assert parse_filter("pattern:*after*N*").test("")(head_of(raw), raw)
    assert not parse_filter("pattern:after").test("")(head_of(raw), raw)
