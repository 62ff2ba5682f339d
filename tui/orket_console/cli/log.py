"""`orket-console log`: records of all logs, merged by time; once, or going on."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import click
import msgspec

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli import log_follow, log_survey
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.log_lines import plain, text_lines
from orket_console.logs.filter import Filter, Surroundings, parse_filter, surroundings_of
from orket_console.logs.given import STDIN, given, input_source, keep_input
from orket_console.logs.pipe import Piped
from orket_console.logs.select import Selection, Span, parse_moment, select
from orket_console.logs.sources import Sources, SourceState, SourceStatus, find_sources

_ONCE: Final = 1_000
_BEFORE_FOLLOWING: Final = 20

_HELP = """Records of all logs, merged by time: the last ones that match.

\b
EXPR  event:turn_failed role:coder session:34a2 level>=warn turn>=3
      keys   event role session issue turn level type status model source
             pattern after before, and data.x.y for any value of a record
      values * is anything, a,b either, "as it is", /regex/ (RE2), data.x:*
      words  "exact words" and /regex/ are looked for in the whole line
      -event:x leaves out, `or` takes either, ( ) group, @failures is kept:
      @guard @webhook @model @api-auth and those of [log.filters]
T     -15m is 15 minutes ago (s, m, h, d, w), 10:11 the last one, 2026-11-23,
      2026-11-23T05:17:37Z; in the zone of ui.time if it names none

FILE  any log instead of the installation's (.gz too), - is standard input;
      text without JSON is read as well, line by line

With --follow --json it is a stream of JSON lines, which ends with its reader.
Exit status 3 when a log is there and can't be read, or when there is none.
"""


@click.command("log", help=_HELP)
@click.argument("files", nargs=-1, metavar="[FILE… | -]")
@click.option("--follow", "-f", is_flag=True, help="Go on with what is written from now on.")
@click.option("--filter", "expression", default="", metavar="EXPR", help="Only what matches.")
@click.option("--since", metavar="T", help="Not what is older.")
@click.option("--until", metavar="T", help="Not what is newer.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help=f"The last N at most ({_ONCE}; with --follow {_BEFORE_FOLLOWING} to begin with).",
)
@click.option("--count", "counting", is_flag=True, help="How many match, by severity and log.")
@click.option(
    "--patterns",
    "folding",
    is_flag=True,
    help="What they come down to: lines alike as one, with those new since T (10 minutes) first.",
)
@target_command
def command(
    invocation: Invocation,
    counting: bool,
    folding: bool,
    files: tuple[str, ...],
    follow: bool,
    expression: str,
    since: str | None,
    until: str | None,
    limit: int | None,
) -> ExitCode:
    around = surroundings_of(invocation.target.settings, invocation.clock)
    wanted = parse_filter(expression, around)
    span = _span(since, until, around)
    layout, here = invocation.target.layout, Path.cwd()
    find = partial(given, files, here) if files else partial(find_sources, layout)
    if counting or folding:
        log_survey.refuse({"--count": counting, "--patterns": folding}, follow, limit)
    if follow:
        piped = Piped(_standard_input(), invocation.clock) if STDIN in files else None
        log_follow.follow(invocation, find, piped, wanted, span, limit or _BEFORE_FOLLOWING)
        return ExitCode.OK
    with ExitStack() as kept:
        found = find()
        if STDIN in files:
            spool = kept.enter_context(keep_input(_standard_input()))
            found = Sources((*found.chosen, input_source(spool)), ())
        if counting or folding:
            answer = log_survey.answer_count if counting else log_survey.answer_patterns
            return answer(invocation, found.chosen, wanted, span)
        selected = select(found, wanted, span, limit or _ONCE, invocation.clock)
        lines = text_lines(invocation.target, selected.items)
        invocation.answer("log", _data(selected, wanted), lines)
    _narrate(invocation, selected)
    missing = files and any(each.status is not SourceStatus.READ for each in selected.sources)
    return ExitCode.CANNOT_TELL if missing or selected.partial else ExitCode.OK


def _standard_input() -> int:
    """Its descriptor. Raises `ConsoleError` where it is closed."""
    stdin: TextIO | None = sys.stdin
    if stdin is None:
        raise ConsoleError(
            "it is closed", where="standard input", remedy="pipe something in, or name a file"
        )
    return stdin.fileno()


def _span(since: str | None, until: str | None, around: Surroundings) -> Span:
    now, local = around.now, around.local
    span = Span(
        parse_moment(since, now, "--since", local=local) if since is not None else None,
        parse_moment(until, now, "--until", local=local) if until is not None else None,
    )
    if span.since and span.until and span.since > span.until:
        raise ConsoleError(
            "--since is later than --until",
            where=f"{stamp(span.since)} to {stamp(span.until)}",
            remedy="swap them",
            exit_code=ExitCode.USAGE,
        )
    return span


def _narrate(invocation: Invocation, found: Selection) -> None:
    for state in found.sources:
        if state.status in (SourceStatus.WAITING, SourceStatus.UNREADABLE):
            invocation.narrate(_problem(state))
    if found.more:
        invocation.narrate(f"the last {len(found.items)}; older ones match too: --limit N")
    if not found.items:
        invocation.narrate(f"none of {found.scanned} records matches")


def _problem(state: SourceState) -> str:
    if state.status is SourceStatus.WAITING:
        return f"{state.name} is not there"
    return state.sentence()


def _data(found: Selection, wanted: Filter) -> dict[str, object]:
    return {
        "filter": wanted.expression,
        "scanned": found.scanned,
        "more": found.more,
        "sources": [msgspec.to_builtins(state) for state in found.sources],
        "records": [plain(item) for item in found.items],
    }
