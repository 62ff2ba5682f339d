"""Holes in the timeline: lines that are no records, cycles that jump, a log that begins late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from orket_console.base.refs import LogRef
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries, search
from orket_console.webhooks.evidence import cycle_lines, gap_lines
from orket_console.webhooks.filters import Filter, parse_filter
from orket_console.webhooks.model import Gap
from orket_console.webhooks.reviews import cycles


def shapes(target: Target, site: Any) -> list[str]:
    """The timeline, newest first: `-` for a delivery, a gap's words."""
    found = deliveries(target, site.later).timeline
    return [row.why if isinstance(row, Gap) else "-" for row in found]


def test_nothing_is_missing_from_a_whole_log(target: Target, site: Any) -> None:
    site.review(cycle=1)
    site.review(cycle=2)
    assert shapes(target, site) == ["-", "-"]


def test_a_malformed_stretch_stands_where_it_is(target: Target, site: Any) -> None:
    site.webhook("Missing webhook signature")
    with site.log.open("ab") as log:
        log.write(b"\x00\x00\n{broken\n\xff\n")
    site.webhook("Missing webhook signature")
    with site.log.open("ab") as log:
        log.write(b"one\n")
    lost = "lines are no record: what the log told there is lost"
    assert shapes(target, site) == [
        "1 line is no record: what the log told there is lost", "-", f"3 {lost}", "-",
    ]  # fmt: skip
    gap = deliveries(target, site.later).timeline[2]
    assert isinstance(gap, Gap)
    assert isinstance(gap.refs[0], LogRef)
    assert gap.refs[0].line == 2
    assert gap_lines(gap, target.layout, str)[-1] == "  seen in root/orket.log:2"


def test_cycles_that_jump_are_marked(target: Target, site: Any) -> None:
    for cycle in (1, 2, 5):
        site.review(cycle=cycle)
    lost = "cycle 5 follows 2: cycles 3–4 left no trace"
    assert shapes(target, site) == ["-", lost, "-", "-"]
    (cycle,) = cycles(target).rows
    lines = cycle_lines(cycle, target.layout, str)
    assert lines[3] == "   –  gap: cycles 3–4 left no trace"


def test_a_log_that_begins_after_the_table_says_so(target: Target, site: Any) -> None:
    site.count(1)
    site.count(2)
    site.now += timedelta(hours=1)
    site.review(cycle=3)
    began = "the log begins here: 2 reviews are older, in the table"
    assert shapes(target, site) == ["-", began]
    site.log.with_name("orket.log.1").touch()
    assert shapes(target, site) == ["-", f"{began}; orket.log.1 lies beside it"]


def test_gaps_stay_in_place_over_pages_and_a_filter_has_none(target: Target, site: Any) -> None:
    for _ in range(5):
        site.webhook("Missing webhook signature")
        with site.log.open("ab") as log:
            log.write(b"broken\n")
    whole = shapes(target, site)
    assert whole.count("-") == 5
    assert len(whole) == 10
    keys: list[str] = []
    before = None
    while True:
        page = deliveries(target, site.later, limit=2, before=before)
        keys += [row.key for row in page.timeline if row.key not in keys]
        if page.older is None:
            break
        before = page.older
    assert keys == [row.key for row in deliveries(target, site.later).timeline]
    searched = search(target, site.later, wanted=Filter(), limit=50)
    assert [row.key for row in searched.timeline] == keys
    assert not search(target, site.later, wanted=parse_filter("missing"), limit=50).gaps
