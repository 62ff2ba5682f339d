"""The failure report as Markdown, to be put into a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from orket_console.base.clock import stamp
from orket_console.base.text import clean, one_line
from orket_console.logs.report.model import FailureReport, Group
from orket_console.logs.report.tables import (
    line_at,
    logs_read,
    malformed,
    overview,
    step,
    tables,
    upstream_counts,
    where,
)

_ROWS: Final = 25
_FAULTS: Final = 25
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")


def markdown(report: FailureReport) -> Iterator[str]:
    """Its lines. Whatever comes from a log is escaped: it is text, never Markdown or HTML."""
    yield "# Failure report"
    yield ""
    yield from _list([*logs_read(report), *overview(report)])
    yield "## As upstream counts"
    yield ""
    yield from _list([f"log: {', '.join(report.upstream_logs)}", *upstream_counts(report)])
    for table in tables(report):
        yield f"## {_escaped(table.title)}"
        yield ""
        yield "| count | what | lines | last |"
        yield "|---:|---|---|---|"
        for row in table.rows[:_ROWS]:
            yield _row(row, report)
        if len(table.rows) > _ROWS:
            yield ""
            yield f"… and {len(table.rows) - _ROWS} more rows"
        yield ""
    yield from _rate(report)
    yield from _malformed(report)


def _row(row: Group, report: FailureReport) -> str:
    last = stamp(row.last_at) if row.last_at else ""
    cells = (str(row.count), _escaped(row.what), _escaped(where(row, report)), last)
    return f"| {' | '.join(cells)} |"


def _rate(report: FailureReport) -> Iterator[str]:
    bad = [bucket for bucket in report.rate if bucket.errors or bucket.warnings]
    if not bad:
        return
    yield f"## Over time, by {step(report.rate_seconds)}"
    yield ""
    yield "| from | lines | warnings | errors |"
    yield "|---|---:|---:|---:|"
    for bucket in bad:
        yield f"| {stamp(bucket.at)} | {bucket.lines} | {bucket.warnings} | {bucket.errors} |"
    yield ""


def _malformed(report: FailureReport) -> Iterator[str]:
    if not report.malformed_count:
        return
    yield f"## Malformed lines: {report.malformed_count}"
    yield ""
    faults = [f"{log.name} {line_at(place)}" for log, place in malformed(report)]
    yield from _list(faults[:_FAULTS])


def _list(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"- {_escaped(line.strip())}"
    yield ""


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(clean(text)))
