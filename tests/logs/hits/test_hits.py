"""Lines found in chunks and spans equal those that a test of each line finds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.lines import LINE_CAP
from orket_console.logs.filter import parse_filter
from orket_console.logs.heads import MALFORMED, head_of
from orket_console.logs.hits import hitmap as hitmap_module
from orket_console.logs.hits.candidates import candidates_of
from orket_console.logs.hits.hitmap import BLOCK, HitMap, Stretch
from orket_console.logs.hits.job import HitJob, hits_in
from orket_console.logs.scan import scan as scanning
from orket_console.logs.scan.scan import scan
from orket_console.logs.scan.spans import open_log

TEXTS = ["error", "k", "İx", "a b", 'say "no"', "a/b", "c\\d", "Kelvin", "tab\there", "é", "", "i"]
EXPRESSIONS = [
    *(json.dumps(text, ensure_ascii=False) for text in TEXTS if text),
    "error event:b",
    "error or kelvin",
    "(error or event:b) -k",
    "-error",
    "/err.r/",
    "level>=error",
    "event:b",
    "@failures",
    "",
]


@st.composite
def lines(draw: st.DrawFn) -> list[bytes]:
    """Lines in any spelling: escapes of any kind, any case, odd bytes, no JSON at all."""
    return draw(st.lists(_line(), max_size=40))


@st.composite
def _line(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=30)).replace(b"\n", b"")
    said = "".join(draw(st.lists(st.sampled_from([*TEXTS, "K", "x", "\U0001f600"]), max_size=4)))
    said = draw(st.sampled_from([said, said.upper(), said.title()]))
    event = {"role": "r", "event": draw(st.sampled_from("ab")), "data": {"m": said}}
    raw = json.dumps(event, ensure_ascii=draw(st.booleans()))
    for sign in draw(st.lists(st.sampled_from("erKkiI/ab"), max_size=2)):
        raw = raw.replace(f'"{said}', f'"{said}'.replace(sign, f"\\u{ord(sign):04x}"))
    return raw.replace("/", draw(st.sampled_from(["/", "\\/"]))).encode()


@settings(max_examples=400, deadline=None)
@given(lines=lines(), expression=st.sampled_from(EXPRESSIONS))
def test_hits_of_a_chunk_are_those_of_its_lines(lines: list[bytes], expression: str) -> None:
    wanted = parse_filter(expression)
    test = wanted.test("log")
    chunk = b"".join(line + b"\n" for line in lines)
    starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    expected = [at for at, raw in zip(starts, lines, strict=True) if test(head_of(raw), raw)]
    assert list(hits_in(chunk, test, candidates_of(wanted.tree))) == expected
    dense = candidates_of(wanted.tree)
    if dense is not None:
        found = dense.lines(chunk, most=len(lines))
        assert found is not None
        assert set(expected) <= {start for start, _ in found}


def test_many_hits_in_a_chunk_are_found_line_by_line() -> None:
    line = b'{"event": "a", "data": {"m": "Timeout"}}\n'
    wanted = parse_filter("timeout")
    candidates = candidates_of(wanted.tree)
    assert candidates is not None
    assert candidates.lines(line * 1000, most=10) is None
    assert len(list(hits_in(line * 1000, wanted.test("log"), candidates))) == 1000


def test_a_line_over_the_cap_is_seen_as_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "log"
    start = b'{"event": "a", "data": {"m": "needle '
    long = start + b"x" * LINE_CAP + b' pin"}}\n'
    path.write_bytes(long + start + b'"}}\n')
    with open_log(path, "log") as log:
        for expression, count in (
            ("needle", 2),
            ("pin", 0),
            ("event:malformed", 1),
            ("event:a", 1),
        ):
            found = scan([log], HitJob(parse_filter(expression), "log"))[0].result
            assert sum(found.values()) == count, expression
    assert parse_filter("needle").test("log")(MALFORMED, long[:LINE_CAP])


@pytest.mark.parametrize("expression", ["word", "event:e3", "level>=error", "word -event:e3"])
def test_a_log_of_many_spans_has_the_hits_of_its_lines(tmp_path: Path, expression: str) -> None:
    path = tmp_path / "log"
    rows = [
        {"event": f"e{n % 7}", "level": "error" if n % 97 == 0 else "info",
         "data": {"m": "word" if n % 31 == 0 else "x" * (n % 900)}}
        for n in range(60_000)
    ]  # fmt: skip
    raw = [json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(raw) + b'\n{"event": "e3", "data": {"m": "word')
    wanted = parse_filter(expression)
    test = wanted.test("log")
    expected: Counter[int] = Counter()
    at = 0
    for line in raw:
        expected[at // BLOCK] += bool(test(head_of(line), line))
        at += len(line) + 1
    with open_log(path, "log") as log:
        found = scan([log], HitJob(wanted, "log"))[0].result
    assert Counter(found) == +expected


# -- the map ------------------------------------------------------------------------------


def test_text_alone_is_looked_for_without_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SMALL", -1)
    monkeypatch.setattr(scanning, "Pool", None)
    path = tmp_path / "log"
    path.write_bytes(b'{"event": "a"}\n' * 3)
    text, event = (HitJob(parse_filter(each), "log") for each in ("event", "event:a"))
    assert (text.small, event.small) == (256 << 20, None)
    with open_log(path, "log") as log:
        (found,) = scan([log], text, small=text.small)
        assert found.result == {0: 3}
        with pytest.raises(TypeError):
            scan([log], event, small=event.small)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), size=st.integers(0, 100))
def test_the_map_leads_to_every_hit_that_is_known(data: st.DataObject, size: int) -> None:
    hits = data.draw(st.sets(st.integers(0, size - 1), max_size=8)) if size else set()
    at = data.draw(st.integers(0, size))
    low, high = data.draw(st.integers(0, at)), data.draw(st.integers(at, size))
    known = {hit for hit in hits if low <= hit < high}
    before, hitmap_module.BLOCK = hitmap_module.BLOCK, 10
    try:
        found = HitMap(size, at)
        for start, end in ((low, at), (at, high)):
            found.add(start, end, Counter(hit // 10 for hit in hits if start <= hit < end))
        assert (found.hits, found.searched) == (len(known), high - low)
        assert found.whole == (low == 0 and high == size)
        down = walked(found.below, high, 0, lambda stretch: stretch.start)
        up = walked(found.above, low, size, lambda stretch: stretch.end)
    finally:
        hitmap_module.BLOCK = before
    for way, end in ((down, low), (up, high)):
        assert known <= {byte for stretch in way for byte in range(stretch.start, stretch.end)}
        assert all(low <= stretch.start and stretch.end <= high for stretch in way)
        assert all(any(s.start // 10 == hit // 10 for hit in known) for s in way if not s.empty)
        assert not way or end in (way[-1].start, way[-1].end)


def walked(
    following: Callable[[int], Stretch | None], at: int, last: int, end: Callable[[Stretch], int]
) -> list[Stretch]:
    """The stretches that lead on from a place until nothing is known, or the log ends."""
    way: list[Stretch] = []
    while at != last and (stretch := following(at)) is not None:
        way.append(stretch)
        at = end(stretch)
    return way


def test_what_was_written_after_the_search_began_is_always_read() -> None:
    found = HitMap(100, 100)
    found.add(0, 100, {})
    assert found.below(150) == Stretch(100, 150)
    assert found.below(100) == Stretch(0, 0)
    assert found.above(100) == Stretch(100, 100 + BLOCK)
    assert found.covers(120)


def test_a_search_that_was_given_up_has_the_rest_read() -> None:
    found = HitMap(10 * BLOCK, 5 * BLOCK)
    assert found.below(5 * BLOCK) is None
    assert found.above(5 * BLOCK) is None
    found.abandon()
    assert found.below(5 * BLOCK) == Stretch(4 * BLOCK, 5 * BLOCK)
    assert found.above(5 * BLOCK) == Stretch(5 * BLOCK, 6 * BLOCK)


def test_only_neighbouring_stretches_are_added() -> None:
    found = HitMap(100, 50)
    found.add(20, 50, {0: 1})
    with pytest.raises(ValueError, match="not beside"):
        found.add(0, 10, {})
