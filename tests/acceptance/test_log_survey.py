"""A survey of the samples: it agrees with the records, and finds what failed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from orket_console.base.severity import Severity
from orket_console.logs.filter import parse_filter
from orket_console.logs.heads import head_of
from orket_console.logs.sources import Source
from orket_console.logs.survey.facets import facets
from orket_console.logs.survey.patterns import patterns
from orket_console.logs.survey.surveyor import Surveyor
from orket_console.logs.survey.template import template_of
from orket_console.logs.survey.timeline import timeline

LOGS = ("orket.log", "workspace/default/orket.log")


def sources(samples: Path) -> list[Source]:
    return [Source(str(samples / "orket-0.3.16" / name), name) for name in LOGS]


def lines(samples: Path) -> list[bytes]:
    return [raw for s in sources(samples) for raw in Path(s.path).read_bytes().splitlines()]


def surveyed(samples: Path, expression: str = "") -> Surveyor:
    surveyor = Surveyor(parse_filter(expression))
    surveyor.read_on(sources(samples))
    assert surveyor.extent.whole and not surveyor.extent.problems
    return surveyor


def test_it_counts_what_the_lines_say(samples: Path) -> None:
    counts = surveyed(samples).counts
    raws = lines(samples)
    heads = [head_of(raw) for raw in raws]
    found = {facet.name: {v.value: v.count for v in facet.values} for facet in facets(counts)}
    assert counts.lines == counts.matched == len(raws)
    assert found["event"] == Counter(head.event for head in heads)
    assert found["level"] == Counter(head.severity.word for head in heads)
    assert found["session"] == Counter(head.session for head in heads if head.session)
    assert found["source"] == {
        name: len(lines(samples)) - other
        for name, other in (
            ("orket.log", found["source"]["workspace/default/orket.log"]),
            ("workspace/default/orket.log", found["source"]["orket.log"]),
        )
    }
    templates = Counter(template_of(h, raw) for h, raw in zip(heads, raws, strict=True))
    assert {each.template: each.count for each in patterns(counts, None)} == templates
    assert sum(bar.total for bar in timeline(counts, 60).bars) == len(raws)


def test_a_few_patterns_say_it_all(samples: Path) -> None:
    found = patterns(surveyed(samples).counts, None)
    assert len(found) < 80
    failures = [each for each in found if each.event == "turn_failed"]
    assert {each.template: each.count for each in failures} == {
        "turn_failed TimeoutError": 3,
        "turn_failed RuntimeError: model backend closed the connection: [Errno N] Connection reset"
        " by peer": 1,
        "turn_failed tool_violation: Tool validation failed: ['Governance Violation: Invalid"
        " transition for CardType.ISSUE: in_progress -> done']": 3,
    }
    assert all(each.severity is Severity.ERROR for each in failures)


def test_each_pattern_and_value_is_a_filter_for_just_its_lines(samples: Path) -> None:
    counts = surveyed(samples).counts
    for pattern in patterns(counts, None):
        assert surveyed(samples, pattern.term).counts.matched == pattern.count
    for facet in facets(counts):
        for value in facet.values:
            matched = surveyed(samples, value.term).counts.matched
            # A line may carry two names of a session, and is counted by the one it is shown with.
            assert matched >= value.count if facet.name == "session" else matched == value.count
