"""The report as sheets of rows, each row a filter or a place: what the screen leafs through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from orket_console.base.clock import stamp
from orket_console.base.severity import Severity
from orket_console.logs.filter.tree import term
from orket_console.logs.report.kinds import TURN_FAILED
from orket_console.logs.report.model import Bucket, Example, FailureReport, Group
from orket_console.logs.report.tables import Table, malformed, tables

_SHORT = {
    "Failures by event": "failures",
    "Failures by what they say": "what they say",
    "Failures without a turn_failed, which upstream misses": "no turn_failed",
    "Failures by session": "sessions",
    "Failures by issue": "issues",
    "Failures by role": "roles",
    "Failures by model": "models",
    "Turns that got nowhere": "non-progress",
    "Retries": "retries",
    "Guard and policy": "guard",
    "Tools": "tools",
    "Model": "model",
    "Webhooks and pull requests": "webhooks",
    "Turns that began and did not end": "unended",
    "Warnings by event": "warnings",
}


def sheets(report: FailureReport) -> tuple[Table, ...]:
    """All that has rows: how bad, over time, each table, what upstream counts, malformed lines."""
    every = (
        Table("How bad", _severities(report)),
        Table("Over time", tuple(_rate(report))),
        *tables(report),
        Table("As upstream counts", tuple(_upstream(report))),
        Table("Malformed lines", tuple(_malformed(report))),
    )
    return tuple(table for table in every if table.rows)


def short(title: str) -> str:
    """A sheet's title in a word or two."""
    return _SHORT.get(title, title.lower())


def _severities(report: FailureReport) -> tuple[Group, ...]:
    levels = [
        Group(level.word, report.severities[level.word], (), None, None, term("level", level.word))
        for level in reversed(Severity)
    ]
    return tuple(levels) if report.lines else ()


def _rate(report: FailureReport) -> Iterator[Group]:
    width = timedelta(seconds=report.rate_seconds)
    for bucket in report.rate:
        wanted = " ".join(
            (
                "level>=warn",
                term("after", stamp(bucket.at)),
                term("before", stamp(bucket.at + width - timedelta(microseconds=1))),
            )
        )
        bad = bucket.warnings + bucket.errors
        yield Group(_bucket(bucket), bad, (), bucket.at, bucket.at, wanted)


def _bucket(bucket: Bucket) -> str:
    return f"error {bucket.errors}, warn {bucket.warnings}, lines {bucket.lines}"


def _upstream(report: FailureReport) -> Iterator[Group]:
    failed = term("event", TURN_FAILED)
    for name, count in report.failure_by_type.items():
        yield _counted(f"{TURN_FAILED} {name}", count, f"{failed} {term('type', name)}")
    for name, count in report.non_progress_by_role.items():
        wanted = f"{term('event', 'turn_non_progress')} {term('role', name)}"
        yield _counted(f"turn_non_progress {name}", count, wanted)
    for name, count in report.events.items():
        yield _counted(name, count, term("event", name) if name else "")


def _counted(what: str, count: int, wanted: str) -> Group:
    return Group(what, count, (), None, None, wanted)


def _malformed(report: FailureReport) -> Iterator[Group]:
    for log, place in malformed(report):
        where = (Example(log.name, place.line, place.offset),)
        yield Group(place.what, 1, where, None, None, "")
