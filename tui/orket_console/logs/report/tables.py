"""The report's tables in the order in which they are read, under their titles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from orket_console.base.clock import ago, size, stamp
from orket_console.base.text import one_line
from orket_console.logs.report.model import FailureReport, Group, LineAt, LogRead


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    rows: tuple[Group, ...]


def tables(report: FailureReport) -> tuple[Table, ...]:
    """All tables that have rows."""
    every = (
        Table("Failures by event", report.failures),
        Table("Failures by what they say", report.by_signature),
        Table("Failures without a turn_failed, which upstream misses", report.without_turn_failed),
        Table("Failures by session", report.by_session),
        Table("Failures by issue", report.by_issue),
        Table("Failures by role", report.by_role),
        Table("Failures by model", report.by_model),
        Table("Turns that got nowhere", report.non_progress),
        Table("Retries", report.retries),
        Table("Guard and policy", report.guard),
        Table("Tools", report.tool_failures),
        Table("Model", report.model_failures),
        Table("Webhooks and pull requests", report.webhook_failures),
        Table("Turns that began and did not end", report.unended_turns),
        Table("Warnings by event", report.warnings),
    )
    return tuple(table for table in every if table.rows)


def where(group: Group, report: FailureReport) -> str:
    """`lines 3, 4, …`, with the log's name where it is not the first one."""
    if not group.examples:
        return ""
    first = report.logs[0].name
    logs = {example.log for example in group.examples}
    more = ", …" if group.count > len(group.examples) else ""
    if len(logs) > 1:
        return ", ".join(f"{each.log}:{each.line}" for each in group.examples) + more
    numbers = ", ".join(str(line) for line in group.lines) + more
    word = "line" if group.count == 1 else "lines"
    return f"{word} {numbers}" + ("" if logs == {first} else f" of {group.examples[0].log}")


def overview(report: FailureReport) -> Iterator[str]:
    """What was read, when it happened, how bad it is: a sentence a line."""
    if report.first_at and report.last_at:
        window = f"{_second(report.first_at)} to {_second(report.last_at)}"
        span = ago((report.last_at - report.first_at).total_seconds())
        yield f"{report.lines:,} lines in {span}: {window}"
    else:
        yield f"{report.lines:,} lines, none with a time"
    if report.since:
        passed = sum(log.before for log in report.logs)
        yield f"since {stamp(report.since)}: {passed:,} older lines are not counted"
    levels = ", ".join(f"{count:,} {word}" for word, count in report.severities.items())
    yield f"{levels}, {report.malformed_count:,} malformed"


def _second(at: datetime) -> str:
    return f"{stamp(at)[:19]}Z"


def logs_read(report: FailureReport, *, briefly: bool = False) -> Iterator[str]:
    """Each log, and what is the matter with it; briefly, only where something is."""
    for log in report.logs:
        if not briefly or log.problem or log.upstream_says:
            yield log.problem or f"{log.name}: {log.lines:,} lines, {size(log.size)}"
        if log.upstream_stops:
            yield f"  {line_at(log.upstream_stops)}"
        if log.upstream_says:
            yield f"  {log.upstream_says}"


def upstream_counts(report: FailureReport) -> Iterator[str]:
    for title, counts in (
        ("turn_failed by type", report.failure_by_type),
        ("non-progress by role", report.non_progress_by_role),
        ("guard", report.guard_outcomes),
    ):
        said = ", ".join(f"{one_line(name)} {count}" for name, count in counts.items())
        yield f"{title}: {said or 'none'}"
    yield f"retry_triggered: {report.retry_triggered}"
    yield f"events: {sum(report.events.values())} of {len(report.events)} kinds"


def malformed(report: FailureReport) -> Iterator[tuple[LogRead, LineAt]]:
    """The first malformed lines of each log."""
    for log in report.logs:
        for place in log.malformed:
            yield log, place


def line_at(place: LineAt) -> str:
    return f"line {place.line} (byte {place.offset}): {place.what}"


def step(seconds: int) -> str:
    """The width of a bar: `1m`, `15m`, `3h`, `1d`."""
    for unit, word in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{word}"
    return f"{seconds}s"
