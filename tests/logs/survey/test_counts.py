"""Counting: one pass, parts merged, bounds kept."""

from __future__ import annotations

import itertools
import json
import pickle
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orket_console.base.lines import Line
from orket_console.base.severity import Severity
from orket_console.logs.filter import parse_filter
from orket_console.logs.heads import head_of
from orket_console.logs.sources import Source
from orket_console.logs.survey import counts as counting
from orket_console.logs.survey.counts import MOST_BUCKETS, OTHERS, Cell, Counts, bounded
from orket_console.logs.survey.job import SurveyJob
from orket_console.logs.survey.ladder import LAST, STEPS, coarser, rung_of
from orket_console.logs.survey.template import template_of

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SOURCE = Source("/srv/orket/orket.log", "root/orket.log")
JOB = SurveyJob(parse_filter(""), SOURCE)

WRITTEN = st.builds(
    lambda at, zone, event, role, data: json.dumps(
        {
            "timestamp": at.replace(tzinfo=UTC).astimezone(zone).isoformat(),
            "role": role,
            "event": event,
            "data": data,
        }
    ).encode(),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
    st.timezones(),
    st.sampled_from(["turn_failed", "turn_start", "webhook", "x"]),
    st.sampled_from(["coder", "reviewer", ""]),
    st.fixed_dictionaries(
        {},
        optional={
            "session_id": st.sampled_from(["s1", "s2"]),
            "error": st.sampled_from(["bad 1", "bad 2", "worse"]),
            "level": st.sampled_from(["error", "debug"]),
            "model": st.sampled_from(["m1", "m2"]),
        },
    ),
)
LINE = (WRITTEN | st.sampled_from([b"no JSON", b"", b"[1]", b'{"event": "x"}'])).map(
    lambda raw: raw + b"\n"
)


def counted(chunks: list[bytes], job: SurveyJob = JOB) -> Counts:
    part = job.begin()
    offset = 0
    for chunk in chunks:
        part.take(chunk, offset)
        offset += len(chunk)
    return part.result()


def shape(counts: Counts) -> object:
    return (
        counts.lines, counts.matched, counts.rung, counts.bars, counts.names,
        {
            key: (cell.event, cell.kind, cell.count, cell.before, cell.buckets)
            for key, cell in counts.cells.items()
        },
    )  # fmt: skip


@given(st.lists(LINE, max_size=12), st.data())
def test_parts_merged_are_one_pass(lines: list[bytes], data: st.DataObject) -> None:
    """But for a line without a time at a part's beginning, which has no line before it there."""
    starts = [0, *(i for i, raw in enumerate(lines) if i and head_of(raw[:-1]).at is not None)]
    cuts = sorted(data.draw(st.sets(st.sampled_from(starts), max_size=3)))
    bounds = [0, *cuts, len(lines)]
    merged = JOB.begin().result()
    for first, last in itertools.pairwise(bounds):
        chunk = b"".join(lines[first:last])
        part = pickle.loads(pickle.dumps(counted([chunk] if chunk else [])))
        merged = JOB.merge(merged, part)
    whole = counted([b"".join(lines)] if lines else [])
    neutral = JOB.merge(JOB.begin().result(), whole)
    assert shape(merged) == shape(neutral)


@given(st.lists(LINE, max_size=12))
def test_every_line_is_counted_once(lines: list[bytes]) -> None:
    counts = counted(list(lines))
    heads = [head_of(raw[:-1]) for raw in lines]
    templates = Counter(
        (head.severity, template_of(head, raw[:-1])) for head, raw in zip(heads, lines, strict=True)
    )
    assert {key: cell.count for key, cell in counts.cells.items()} == templates
    assert counts.lines == counts.matched == len(lines)
    sessions = Counter(head.session for head in heads if head.session)
    assert counts.names["session"] == sessions
    assert counts.names["role"] == Counter(head.role for head in heads if head.role)
    assert counts.names["model"] == Counter(head.model for head in heads if head.model)
    times = [head.at for head in heads if head.at]
    if times:
        first = min(cell.first for cell in counts.cells.values() if cell.first is not None)
        assert datetime.fromtimestamp(first, UTC) == min(times).replace(microsecond=0)
    for key, cell in counts.cells.items():
        assert 0 <= cell.count - sum(cell.buckets.values()) <= len(lines)
        assert (key[0], cell.template) == cell.key


def test_a_line_without_a_time_stands_where_it_was_written(line: Callable[..., bytes]) -> None:
    counts = counted([b"early\n" + line(5) + b"late\n"])
    early = counts.cells[Severity.WARN, "malformed: early"]
    late = counts.cells[Severity.WARN, "malformed: late"]
    at = int(START.timestamp()) + 5
    assert (early.count, early.buckets, early.first) == (1, {}, None)
    assert (late.count, late.buckets, late.first) == (1, {at: 1}, at)


def test_older_lines_are_counted_apart_and_newer_ones_not(line: Callable[..., bytes]) -> None:
    since, until = START + timedelta(seconds=1.5), START + timedelta(seconds=3.5)
    job = SurveyJob(parse_filter(""), SOURCE, since, until)
    lines = [line(at) for at in (0, 1.4, 1.5, 1.6, 3.5, 3.6, 9)]
    (cell,) = counted([b"".join(lines)], job).cells.values()
    assert (cell.before, cell.count) == (2, 3)


def test_a_filter_is_asked(line: Callable[..., bytes]) -> None:
    job = SurveyJob(parse_filter("event:x or frost"), SOURCE)
    counts = counted([line(0, "x") + line(1, "y") + b"frost\n"], job)
    assert (counts.lines, counts.matched) == (3, 2)
    assert {cell.event for cell in counts.cells.values()} == {"x", "malformed"}
    assert counts.names["source"] == {"root/orket.log": 2}


def test_an_example_is_the_first_line_and_where_it_stands(line: Callable[..., bytes]) -> None:
    first, second, third = line(0, "a"), line(1, "b"), line(2, "b", n=1)
    counts = counted([first, second + third])
    example = counts.cells[Severity.INFO, "b"].example
    assert example is not None
    assert (example.offset, example.raw) == (len(first), second[:-1])


def test_a_line_of_great_length_is_counted(line: Callable[..., bytes]) -> None:
    part = JOB.begin()
    part.take(line(0), 0)
    part.take_long(Line(b"x" * 20_000, 99, 40_000_000))
    part.take_rest(Line(b"half", 100, 4))
    counts = part.result()
    (cell,) = [cell for cell in counts.cells.values() if cell.event == "malformed"]
    assert counts.lines == 2
    assert cell.example is not None and cell.example.raw == b""


def test_patterns_beyond_the_bound_are_others(
    line: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_CELLS", 3)
    lines = [line(i, f"event_{chr(97 + i)}") for i in range(20)]
    lines += [line(30, "turn_failed")] * 2
    counts = counted([*lines])
    counts.bound()
    others = counts.cells[Severity.INFO, OTHERS]
    assert sum(cell.count for cell in counts.cells.values()) == counts.matched == 22
    assert counts.cells[Severity.ERROR, "turn_failed"].count == 2
    assert others.count == 18
    assert sum(counts.bars[Severity.INFO].values()) == 20


def test_names_beyond_the_bound_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_NAMES", 2)
    assert bounded({"a": 1, "b": 5, "c": 3, OTHERS: 2}) == {"b": 5, "c": 3, OTHERS: 3}


@given(st.dictionaries(st.integers(-(10**12), 10**12), st.integers(1, 9), max_size=30))
def test_coarser_buckets_hold_the_same(buckets: dict[int, int]) -> None:
    for rung in range(LAST):
        wider = coarser(buckets, 0, rung)
        assert sum(wider.values()) == sum(buckets.values())
        for bucket in buckets:
            assert bucket // STEPS[rung] in wider
        assert coarser(wider, rung, rung + 1) == coarser(buckets, 0, rung + 1)


@given(st.sets(st.integers(-62_000_000_000, 253_000_000_000), max_size=60), st.integers(5, 40))
def test_the_step_is_as_fine_as_the_bound_lets_it(seconds: set[int], most: int) -> None:
    rung = rung_of(seconds, 0, most)
    assert len({second // STEPS[rung] for second in seconds}) <= most or rung == LAST
    assert rung == 0 or len({second // STEPS[rung - 1] for second in seconds}) > most


def test_each_step_is_a_whole_part_of_the_next() -> None:
    assert all(longer % shorter == 0 for shorter, longer in itertools.pairwise(STEPS))


def test_buckets_stay_bounded_however_long_the_log_is(line: Callable[..., bytes]) -> None:
    total = Counts()
    for day in range(40):
        part = counted([b"".join(line(day * 86_400 + 37 * i) for i in range(50))])
        total.add(part)
    assert total.matched == 2_000
    assert len({b for bars in total.bars.values() for b in bars}) <= MOST_BUCKETS
    (cell,) = total.cells.values()
    assert sum(cell.buckets.values()) == 2_000
    assert (cell.first, cell.last) == (
        int(START.timestamp()),
        int(START.timestamp()) + 39 * 86_400 + 37 * 49,
    )


def test_cells_of_another_severity_are_not_mixed() -> None:
    one, other = Cell(Severity.WARN, "e", "", "t"), Cell(Severity.ERROR, "e", "", "t")
    assert one.key != other.key
