"""`orket-console report`: the failure report of the runbook, and what that one does not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import typed_path, write_whole
from orket_console.base.jsontext import printed, shallow
from orket_console.base.text import one_line
from orket_console.cli.invocation import Invocation, target_command
from orket_console.logs.filter import surroundings_of
from orket_console.logs.report.build import build_five, build_report
from orket_console.logs.report.markdown import markdown
from orket_console.logs.report.model import Bucket, FailureReport, Five, LogRead
from orket_console.logs.report.tables import (
    Table,
    line_at,
    logs_read,
    malformed,
    overview,
    step,
    tables,
    upstream_counts,
    where,
)
from orket_console.logs.select import parse_moment

_MOST: Final = 10
_BARS: Final = "▁▂▃▄▅▆▇█"

_HELP = """The failure report on logs: by default on workspace/default/orket.log and, for what
the servers wrote, root/orket.log.

`data` begins with the five keys of the upstream script, with the same values as that has for
workspace/default/orket.log, or for the logs named with --log; beside them stands what it does
not see. Each row says which filter shows its lines in the log.

Exit status 3 when a log is missing or can't be read.
"""


@click.command("report", help=_HELP)
@click.option(
    "--log",
    "logs",
    metavar="PATH",
    multiple=True,
    help="A log, plain or .gz, from the current folder; may be repeated.",
)
@click.option("--since", metavar="T", help="Only what is as new: -15m, 2h, 10:11, 2026-02-27.")
@click.option("--upstream", "five", is_flag=True, help="Only the upstream script's five keys.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Markdown, for a ticket.")
@click.option("--out", metavar="PATH", help="Write the report's JSON to this file as well.")
@target_command
def command(
    invocation: Invocation,
    logs: tuple[str, ...],
    since: str | None,
    five: bool,
    as_markdown: bool,
    out: str | None,
) -> ExitCode:
    paths = [typed_path(log).absolute() for log in logs]
    if five and since is not None:
        raise click.UsageError("--upstream counts whole logs: it takes no --since")
    if five:
        return _upstream(invocation, paths, out)
    report = build_report(invocation.target.layout, paths, since=_since(since, invocation))
    lines = markdown(report) if as_markdown else _lines(report)
    invocation.answer("report", report, lines)
    _narrate(invocation, report.logs)
    if out is not None:
        _write(invocation, report, typed_path(out).absolute())
    return report.exit_code


def _upstream(invocation: Invocation, paths: list[Path], out: str | None) -> ExitCode:
    five, logs = build_five(invocation.target.layout, paths)
    invocation.answer("report", five, printed(msgspec.to_builtins(five)).split("\n"))
    _narrate(invocation, logs)
    if out is not None:
        _write(invocation, five, typed_path(out).absolute())
    return ExitCode.CANNOT_TELL if any(log.problem for log in logs) else ExitCode.OK


def _narrate(invocation: Invocation, logs: Sequence[LogRead]) -> None:
    for log in logs:
        said = [log.problem, log.upstream_says if log.problem else ""]
        if any(said):
            invocation.narrate("; ".join(filter(None, said)))


def _since(text: str | None, invocation: Invocation) -> datetime | None:
    if text is None:
        return None
    around = surroundings_of(invocation.target.settings, invocation.clock)
    return parse_moment(text, around.now, "--since", local=around.local)


def _write(invocation: Invocation, report: Five, path: Path) -> None:
    """The report alone, as upstream's `--out` has it; whole or not at all."""
    safe = invocation.target.redactor().redact_json(shallow(msgspec.to_builtins(report)))
    try:
        write_whole(path, printed(safe).encode() + b"\n")
    except OSError as error:
        raise ConsoleError(
            f"the report could not be written: {error.strerror or error}",
            where=one_line(str(path)),
            remedy="name another file with --out",
        ) from error
    invocation.narrate(f"written to {one_line(str(path))}")


def _lines(report: FailureReport) -> Iterator[str]:
    yield "Failure report"
    yield from _indented(logs_read(report))
    if all(log.problem for log in report.logs):
        return
    yield from _indented(overview(report))
    yield ""
    yield f"As upstream counts {', '.join(map(one_line, report.upstream_logs))}"
    yield from _indented(upstream_counts(report))
    for table in tables(report):
        yield from _table(table, report)
    yield from _rate(report)
    yield from _malformed(report)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _table(table: Table, report: FailureReport) -> Iterator[str]:
    yield ""
    yield table.title
    for row in table.rows[:_MOST]:
        yield f"{row.count:>6}  {row.what}  {where(row, report)}".rstrip()
    if len(table.rows) > _MOST:
        yield f"        … {len(table.rows) - _MOST} more: --json has them"


def _rate(report: FailureReport) -> Iterator[str]:
    if len(report.rate) < 2:
        return
    yield ""
    yield f"Errors over time, each bar {step(report.rate_seconds)}"
    most = max(bucket.errors for bucket in report.rate)
    bars = "".join(_bar(bucket, most) for bucket in report.rate)
    yield f"  {stamp(report.rate[0].at)} {bars} {stamp(report.rate[-1].at)}, at most {most}"


def _bar(bucket: Bucket, most: int) -> str:
    if not bucket.errors:
        return " " if not bucket.lines else "·"
    return _BARS[(bucket.errors * len(_BARS) - 1) // most]


def _malformed(report: FailureReport) -> Iterator[str]:
    if not report.malformed_count:
        return
    yield ""
    yield f"Malformed lines: {report.malformed_count}"
    faults = list(malformed(report))
    for log, place in faults[:_MOST]:
        yield f"        {log.name} {line_at(place)}"
    if report.malformed_count > _MOST:
        yield f"        … {report.malformed_count - _MOST} more"
