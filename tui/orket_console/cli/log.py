"""`orket-console log`: records of all logs, merged by time; once, or going on."""

from __future__ import annotations

import select as polling
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import click
import msgspec

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import GLYPHS
from orket_console.base.text import clean, clean_json, shorten
from orket_console.cli import log_survey
from orket_console.cli.invocation import Invocation, target_command
from orket_console.logs.filter import Filter, Surroundings, parse_filter, surroundings_of
from orket_console.logs.records import Item, Marker, Record
from orket_console.logs.select import (
    Selection,
    Span,
    last_items,
    parse_moment,
    select,
    wants,
)
from orket_console.logs.sources import SourceState, SourceStatus, find_sources
from orket_console.logs.stream import Stream
from orket_console.target.target import Target

_ONCE: Final = 1_000
_BEFORE_FOLLOWING: Final = 20
_INTERVAL: Final = 0.1

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

Exit status 3 when a log is there and can't be read, or when there is none.
"""


@click.command("log", help=_HELP)
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
    follow: bool,
    expression: str,
    since: str | None,
    until: str | None,
    limit: int | None,
) -> ExitCode:
    around = surroundings_of(invocation.target.settings, invocation.clock)
    wanted = parse_filter(expression, around)
    span = _span(since, until, around)
    if counting or folding:
        sources = find_sources(invocation.target.layout).chosen
        answer = log_survey.answer_count if counting else log_survey.answer_patterns
        return answer(invocation, sources, wanted, span)
    if follow:
        _follow(invocation, wanted, span, limit or _BEFORE_FOLLOWING)
        return ExitCode.OK
    found = select(invocation.target.layout, wanted, span, limit or _ONCE, invocation.clock)
    invocation.answer("log", _data(found, wanted), _lines(invocation.target, found.items))
    _narrate(invocation, found)
    return ExitCode.CANNOT_TELL if found.partial else ExitCode.OK


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


# -- following ------------------------------------------------------------------------


def _follow(invocation: Invocation, wanted: Filter, span: Span, limit: int) -> None:
    """Print until interrupted, until the reader of the output leaves, or `--until` is over."""
    stream = Stream(invocation.target.layout, invocation.clock)
    printer = _Printer(invocation)
    try:
        stream.open()
        history = stream.past()
        try:
            printer.print(last_items(history, wanted, span, limit).items)
        finally:
            history.close()
        for state in stream.states():
            if state.status in (SourceStatus.WAITING, SourceStatus.UNREADABLE):
                invocation.narrate(state.sentence())
        while not _reader_left() and not (span.until and invocation.clock.now() > span.until):
            items = stream.poll()
            printer.print([item for item in items if _fits(item, wanted, span)])
            if not items:
                time.sleep(_INTERVAL)
    finally:
        stream.close()


def _fits(item: Item, wanted: Filter, span: Span) -> bool:
    # What has no time was written now, which is inside.
    return wants(wanted, item) and (item.at is None or span.holds(item.at))


def _reader_left() -> bool:
    """Whether a pipe that we write to has nobody at its other end any more."""
    try:
        poll = polling.poll()
        poll.register(sys.stdout.fileno(), 0)
        return any(event & polling.POLLERR for _, event in poll.poll(0))
    except (OSError, ValueError):
        return False


class _Printer:
    """Prints items as lines of text or of JSON, sanitised and redacted, at once."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._columns = _Columns(invocation.target)

    def print(self, items: Iterable[Item]) -> None:
        batch = list(items)
        if not batch:
            return
        redactor = self._invocation.target.redactor()
        for item in batch:
            if self._invocation.as_json:
                safe = redactor.redact_json(clean_json(_plain(item)))
                click.echo(msgspec.json.encode(safe).decode())
                continue
            for line in self._columns.lines(item):
                click.echo(redactor.redact(clean(line)))
        sys.stdout.flush()


# -- how items are written --------------------------------------------------------------


def _data(found: Selection, wanted: Filter) -> dict[str, object]:
    return {
        "filter": wanted.expression,
        "scanned": found.scanned,
        "more": found.more,
        "sources": [msgspec.to_builtins(state) for state in found.sources],
        "records": [_plain(item) for item in found.items],
    }


def _plain(item: Item) -> dict[str, object]:
    """An item as JSON has it; `record` is the whole line, or its text if it is malformed."""
    if isinstance(item, Marker):
        return {
            "type": "marker",
            "at": stamp(item.at) if item.at else None,
            "source": item.source,
            "kind": item.kind,
            "what": item.what,
        }
    return {
        "type": "record",
        "at": stamp(item.at) if item.at else None,
        "severity": item.severity.word,
        "role": item.role,
        "event": item.event,
        "session": item.session,
        "issue": item.issue,
        "turn": item.turn,
        "what": item.what,
        "source": item.source,
        "line": item.ref.line,
        "offset": item.ref.offset,
        "problem": item.problem,
        "record": item.content(),
    }


def _lines(target: Target, items: Iterable[Item]) -> Iterator[str]:
    columns = _Columns(target)
    for item in items:
        yield from columns.lines(item)


class _Columns:
    """Time, severity, role, event and what happened; a line of its own for each new day."""

    def __init__(self, target: Target) -> None:
        self._local = target.settings.text("ui.time") == "local"
        self._day = ""
        # Cut to the terminal's width; whole where a program reads.
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0

    def lines(self, item: Item) -> Iterator[str]:
        at = self._zoned(item.at)
        day = f"{at:%Y-%m-%d}" if at else self._day
        if day != self._day:
            self._day = day
            yield f"━━ {day} ━━"
        time_of_day = f"{at:%H:%M:%S}" if at else "--:--:--"
        if isinstance(item, Marker):
            yield self._cut(f"━━ {item.sentence(time_of_day)} ━━")
        else:
            yield self._cut(self._row(item, time_of_day))

    def _zoned(self, at: datetime | None) -> datetime | None:
        if at is None:
            return None
        return at.astimezone() if self._local else at.astimezone(UTC)

    def _cut(self, line: str) -> str:
        return shorten(line, self._width) if self._width else line

    def _row(self, record: Record, time_of_day: str) -> str:
        glyph = GLYPHS[record.severity.state]
        said = f"{record.what} [{record.problem}]" if record.problem else record.what
        role, event = self._name(record.role, 14), self._name(record.event, 18)
        return f"{time_of_day} {glyph} {role} {event} {said}".rstrip()

    def _name(self, name: str, width: int) -> str:
        """In its column on a terminal; never cut where a program reads."""
        return (shorten(name, width) if self._width else name).ljust(width)
