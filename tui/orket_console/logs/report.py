"""The failure report: the upstream script's five counts, and what it does not see.

Source: one log for the five counts and the failures (by default `workspace/default/orket.log`,
as upstream), and beside it `<root>/orket.log`, where the webhook server writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.errors import ExitCode
from orket_console.base.files import Unreadable, UnreadableError, open_regular
from orket_console.base.lines import CHUNK, Line, LineSplitter
from orket_console.logs.sources import Source, source_at
from orket_console.logs.tally import Group, LineAt, Tally
from orket_console.target.layout import Layout

_CAP: Final = 16 << 20
"""Bytes of one line that are read: the counts must see what a reader without a cap sees."""


@dataclass(frozen=True, slots=True)
class FailureReport:
    """The first five are the upstream report's, by its names and with its values.

    `problem` says why the log could not be read; everything is empty then. Times are the
    earliest and the latest in the log. Groups are sorted by count, each with example lines.
    """

    events: dict[str, int]
    failure_by_type: dict[str, int]
    non_progress_by_role: dict[str, int]
    guard_outcomes: dict[str, int]
    retry_triggered: int
    log: str
    problem: str
    lines: int
    first_at: datetime | None
    last_at: datetime | None
    malformed_count: int
    malformed: tuple[LineAt, ...]
    upstream_stops: LineAt | None
    severities: dict[str, int]
    failures: tuple[Group, ...]
    non_progress: tuple[Group, ...]
    retries: tuple[Group, ...]
    tool_failures: tuple[Group, ...]
    by_session: tuple[Group, ...]
    by_issue: tuple[Group, ...]
    by_signature: tuple[Group, ...]
    unended_turns: tuple[Group, ...]
    webhook_log: str
    webhook_problem: str
    webhook_failures: tuple[Group, ...]

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode.CANNOT_TELL if self.problem else ExitCode.OK


def build_report(layout: Layout, log: Path | None = None) -> FailureReport:
    """The report on `log`, or on the installation's run log and its webhook server's log."""
    run, problem = _tally(log or layout.run_log, layout)
    if log is None:
        hooks, hook_problem = _tally(layout.server_log, layout)
    else:
        hooks, hook_problem = run, problem
    counts = run.upstream
    return FailureReport(
        events=counts.events(),
        failure_by_type=counts.failure_by_type(),
        non_progress_by_role=counts.non_progress_by_role(),
        guard_outcomes=counts.guard_outcomes(),
        retry_triggered=counts.retries,
        log=run.source.name,
        problem=problem,
        lines=run.lines,
        first_at=run.first_at,
        last_at=run.last_at,
        malformed_count=run.malformed_count,
        malformed=tuple(run.malformed),
        upstream_stops=run.upstream_stops,
        severities={severity.word: count for severity, count in run.severities.items()},
        failures=run.failures.groups(),
        non_progress=run.non_progress.groups(),
        retries=run.retries.groups(),
        tool_failures=run.tool_failures.groups(),
        by_session=run.by_session.groups(),
        by_issue=run.by_issue.groups(),
        by_signature=run.by_signature.groups(),
        unended_turns=run.unended(),
        webhook_log=hooks.source.name,
        webhook_problem=hook_problem,
        webhook_failures=hooks.webhook_failures.groups(),
    )


def _tally(path: Path, layout: Layout) -> tuple[Tally, str]:
    """Everything counted in one log, and why it could not be (or not to its end)."""
    source = source_at(path, layout)
    tally = Tally(source)
    try:
        for line in _lines(path):
            tally.add(line)
    except UnreadableError as error:
        return tally, _problem(source, error)
    except OSError as error:
        return tally, f"{source.name} could not be read to its end: {error}"
    return tally, ""


def _problem(source: Source, error: UnreadableError) -> str:
    if error.reason is Unreadable.MISSING:
        return f"{source.name} is missing: nothing could be counted"
    return f"{source.name}: {' '.join((error.reason, error.detail)).strip()}"


def _lines(path: Path) -> Iterator[Line]:
    """Every line, the last one too if its newline is missing: upstream reads it as well."""
    with open_regular(path) as file:
        splitter = LineSplitter(cap=_CAP)
        while chunk := file.read(CHUNK):
            yield from splitter.feed(chunk)
        if splitter.pending:
            yield from splitter.feed(b"\n")
