"""Making the failure report of an installation, or of any logs.

Source: `workspace/default/orket.log`, which upstream's script reads, and `<root>/orket.log`,
where the API and webhook servers write; or the logs that are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.base.files import Unreadable, UnreadableError
from orket_console.base.severity import Severity
from orket_console.base.text import shorten
from orket_console.logs.report.five import FiveJob
from orket_console.logs.report.found import Fault, Found
from orket_console.logs.report.kinds import Section
from orket_console.logs.report.model import FailureReport, Five, LineAt, LogRead
from orket_console.logs.report.rate import rate_of
from orket_console.logs.report.rows import Named, section_rows, unannounced_rows, unended_rows
from orket_console.logs.report.span import ReportJob
from orket_console.logs.report.times import Times
from orket_console.logs.report.upstream import GUARD, Counts, add, as_json, unwritable
from orket_console.logs.scan.job import Job
from orket_console.logs.scan.scan import ProgressOf, Stop, scan
from orket_console.logs.scan.spans import Log, open_log
from orket_console.logs.sources import Source, source_at
from orket_console.target.layout import Layout

_SILENT: Final = "upstream's script answers with an empty report and exit status 0"
_RAISES: Final = "upstream's script ends with an exception"


def build_report(
    layout: Layout,
    logs: Sequence[Path] = (),
    *,
    since: datetime | None = None,
    progress: ProgressOf | None = None,
    stop: Stop | None = None,
) -> FailureReport:
    """The report on `logs`, or on the installation's run log and server log.

    Of lines that have a time only those at or after `since` count. Never raises for a log
    that can't be read: it says so. Raises `StoppedError` when `stop` says so, and
    `ConsoleError` where a scan's process failed.
    """
    chosen = [source_at(path, layout) for path in logs or (layout.run_log, layout.server_log)]
    read = _scanned(chosen, ReportJob(since), progress, stop)
    return _report(read, read if logs else read[:1], since)


def build_five(layout: Layout, logs: Sequence[Path] = ()) -> tuple[Five, tuple[LogRead, ...]]:
    """What upstream counts alone, of `logs` or of the run log, and how reading them went.

    Raises as `build_report`.
    """
    chosen = [source_at(path, layout) for path in logs or (layout.run_log,)]
    read = _scanned(chosen, FiveJob(), None, None)
    return _five(read), tuple(_log(each) for each in read)


def _scanned(
    sources: Sequence[Source], job: Job[Found], progress: ProgressOf | None, stop: Stop | None
) -> list[_Read]:
    """Each log once, in order, with what the job found in it."""
    read: dict[Source, _Read] = {}
    opened: dict[Source, Log] = {}
    sources = list(dict.fromkeys(sources))
    with ExitStack() as stack:
        for source in sources:
            try:
                log = stack.enter_context(open_log(Path(source.path), source.name))
            except UnreadableError as error:
                read[source] = _unread(source, error)
            else:
                opened[source] = log
        scanned = scan(list(opened.values()), job, progress, stop)
    for source, one in zip(opened, scanned, strict=True):
        read[source] = _Read(source, one.log, one.result, one.problem)
    return [read[source] for source in sources]


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of one log; `log` is None where it could not be opened."""

    source: Source
    log: Log | None
    found: Found
    problem: str
    upstream_says: str = ""

    @property
    def named(self) -> Named:
        return Named(self.source.name, self.found)


def _unread(source: Source, error: UnreadableError) -> _Read:
    if error.reason is Unreadable.MISSING:
        problem = f"{source.name} is missing: nothing could be counted"
        return _Read(source, None, Found(), problem, _SILENT)
    problem = f"{source.name}: {' '.join((error.reason, error.detail)).strip()}"
    return _Read(source, None, Found(), problem, _RAISES)


def _report(read: list[_Read], asked: list[_Read], since: datetime | None) -> FailureReport:
    logs = [each.named for each in read]
    severities = dict.fromkeys(reversed(Severity), 0)
    times = Times()
    for each in read:
        for level, count in each.found.severities.items():
            severities[level] += count
        times.merge(each.found.times)
    rate, seconds = rate_of(times)
    five = _five(asked)
    tables = {section.value: section_rows(logs, section) for section in Section}
    return FailureReport(
        events=five.events,
        failure_by_type=five.failure_by_type,
        non_progress_by_role=five.non_progress_by_role,
        guard_outcomes=five.guard_outcomes,
        retry_triggered=five.retry_triggered,
        upstream_logs=tuple(each.source.name for each in asked),
        since=since,
        logs=tuple(_log(each) for each in read),
        lines=sum(each.found.lines - each.found.passed for each in read),
        first_at=parse_time(times.first),
        last_at=parse_time(times.last),
        malformed_count=sum(each.found.malformed_count for each in read),
        severities={level.word: count for level, count in severities.items()},
        without_turn_failed=unannounced_rows(logs),
        unended_turns=unended_rows(logs),
        rate=rate,
        rate_seconds=seconds,
        **tables,
    )


def _five(read: Iterable[_Read]) -> Five:
    events: Counts = {}
    types: Counts = {}
    roles: Counts = {}
    for each in read:
        add(events, each.found.events.items())
        add(types, each.found.types.items())
        add(roles, each.found.roles.items())
    named = as_json(events)
    return Five(
        events=named,
        failure_by_type=as_json(types),
        non_progress_by_role=as_json(roles),
        guard_outcomes={event: count for event, count in named.items() if event in GUARD},
        retry_triggered=named.get("retry_triggered", 0),
    )


def _log(read: _Read) -> LogRead:
    found = read.found
    return LogRead(
        name=read.source.name,
        path=read.source.path,
        problem=read.problem,
        size=read.log.size if read.log else 0,
        lines=found.lines,
        before=found.passed,
        first_at=parse_time(found.times.first),
        last_at=parse_time(found.times.last),
        malformed_count=found.malformed_count,
        malformed=tuple(_line_at(fault) for fault in found.malformed),
        upstream_stops=_line_at(found.stops) if found.stops else None,
        upstream_says=read.upstream_says or _upstream_says(read),
    )


def _upstream_says(read: _Read) -> str:
    """What upstream's script would have done with a log that was read here."""
    if read.log and read.log.packed:
        return "upstream's script can't read a packed log: it ends with an exception"
    if read.found.stops:
        return "upstream's script ends with an exception there, and prints nothing"
    key = unwritable((read.found.events, read.found.types, read.found.roles))
    if key:
        return f"upstream's script ends with an exception when it prints {key}"
    return ""


def _line_at(fault: Fault) -> LineAt:
    return LineAt(fault.line + 1, fault.offset, shorten(fault.what, 300))
