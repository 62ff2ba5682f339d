"""`orket-console report`: the failure report of the runbook, and what that one does not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import write_whole
from orket_console.base.text import clean_json, one_line
from orket_console.cli.invocation import Invocation, target_command
from orket_console.logs.report import FailureReport, build_report
from orket_console.logs.tally import Group, LineAt

_MOST: Final = 10

_HELP = """The failure report on a log, by default workspace/default/orket.log.

`data` begins with the five keys of the upstream script, with the same values; beside them
stands what it does not see. Webhook failures are read from root/orket.log, unless --log
names a log.

Exit status 3 when the log is missing or can't be read.
"""


@click.command("report", help=_HELP)
@click.option("--log", "log", metavar="PATH", help="The log, from the current folder.")
@click.option("--out", metavar="PATH", help="Write the report's JSON to this file as well.")
@target_command
def command(invocation: Invocation, log: str | None, out: str | None) -> ExitCode:
    path = Path(log).expanduser().absolute() if log else None
    report = build_report(invocation.target.layout, path)
    invocation.answer("report", report, _lines(report))
    for problem in (report.problem, report.webhook_problem):
        if problem:
            invocation.narrate(problem)
    if out is not None:
        _write(invocation, report, Path(out).expanduser().absolute())
    return report.exit_code


def _write(invocation: Invocation, report: FailureReport, path: Path) -> None:
    """The report alone, as upstream's `--out` has it; whole or not at all."""
    redactor = invocation.target.redactor()
    safe = redactor.redact_json(clean_json(msgspec.to_builtins(report)))
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(safe), indent=2) + b"\n")
    except OSError as error:
        raise ConsoleError(
            f"the report could not be written: {error.strerror or error}",
            where=one_line(str(path)),
            remedy="name another file with --out",
        ) from error
    invocation.narrate(f"written to {one_line(str(path))}")


def _lines(report: FailureReport) -> Iterator[str]:
    yield f"Failure report on {report.log}"
    if report.problem:
        yield f"  {report.problem}"
        return
    yield f"  {report.lines} lines, {_moment(report.first_at)} to {_moment(report.last_at)}"
    levels = ", ".join(f"{count} {word}" for word, count in report.severities.items())
    yield f"  {levels}, {report.malformed_count} malformed"
    yield from _upstream(report)
    yield from _section("Failures by kind", report.failures)
    yield from _section("The same failures by what they say", report.by_signature)
    yield from _section("By session", report.by_session)
    yield from _section("By issue", report.by_issue)
    yield from _section("Non-progress", report.non_progress)
    yield from _section("Retries", report.retries)
    yield from _section("Tools", report.tool_failures)
    yield from _section("Turns that began and did not end", report.unended_turns)
    yield from _section(f"Webhooks ({report.webhook_log})", report.webhook_failures)
    yield from _malformed(report)


def _upstream(report: FailureReport) -> Iterator[str]:
    yield ""
    yield "As upstream counts"
    for title, counts in (
        ("turn_failed by type", report.failure_by_type),
        ("non-progress by role", report.non_progress_by_role),
        ("guard", report.guard_outcomes),
    ):
        said = ", ".join(f"{one_line(name)} {count}" for name, count in counts.items())
        yield f"  {title}: {said or 'none'}"
    yield f"  retry_triggered: {report.retry_triggered}"
    yield f"  events: {sum(report.events.values())} of {len(report.events)} kinds"
    if report.upstream_stops:
        yield f"  upstream's own script stops at {_at(report.upstream_stops)}"


def _section(title: str, groups: tuple[Group, ...]) -> Iterator[str]:
    if not groups:
        return
    yield ""
    yield title
    for group in groups[:_MOST]:
        lines = ", ".join(map(str, group.lines))
        more = ", …" if group.count > len(group.lines) else ""
        where = f"  line{'s' if group.count > 1 else ''} {lines}{more}" if lines else ""
        yield f"{group.count:>6}  {one_line(group.what)}{where}"
    if len(groups) > _MOST:
        yield f"        … {len(groups) - _MOST} more: --json has them"


def _malformed(report: FailureReport) -> Iterator[str]:
    if not report.malformed:
        return
    yield ""
    yield f"Malformed lines: {report.malformed_count}"
    for place in report.malformed[:_MOST]:
        yield f"        {_at(place)}"
    if report.malformed_count > _MOST:
        yield f"        … {report.malformed_count - _MOST} more"


def _at(place: LineAt) -> str:
    return f"line {place.line} (byte {place.offset}): {one_line(place.what)}"


def _moment(at: datetime | None) -> str:
    return stamp(at) if at else "no time"
