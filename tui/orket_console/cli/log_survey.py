"""`orket-console log --count` and `--patterns`: how many match, and what they come down to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.severity import Severity
from orket_console.base.state import GLYPHS
from orket_console.base.text import shorten
from orket_console.cli.invocation import Invocation
from orket_console.logs.filter import Filter
from orket_console.logs.select import Span
from orket_console.logs.sources import Source
from orket_console.logs.survey.facets import Facet, facets
from orket_console.logs.survey.patterns import (
    Pattern,
    example_of,
    has_earlier,
    lately,
    patterns,
)
from orket_console.logs.survey.sparks import sparkline
from orket_console.logs.survey.surveyor import Surveyor

_SPARKS: Final = 16


def refuse(asked: Mapping[str, bool], follow: bool, limit: int | None) -> None:
    """What says nothing together. Raises `ConsoleError` (exit 2)."""
    chosen = [option for option, given in asked.items() if given]
    others = ["--follow"] * follow + ["--limit"] * (limit is not None)
    if len(chosen) + len(others) > 1:
        raise ConsoleError(
            f"{' and '.join((chosen + others)[:2])} can't be had together",
            where="log",
            remedy="leave one out",
            exit_code=ExitCode.USAGE,
        )


def answer_count(
    invocation: Invocation, sources: Sequence[Source], wanted: Filter, span: Span
) -> ExitCode:
    """How many lines match, by severity and by log."""
    surveyor = _survey(sources, wanted, span)
    counts = surveyor.counts
    found = {facet.name: facet for facet in facets(counts)}
    levels = _by_value(found.get("level"))
    severities = {level.word: levels.get(level.word, 0) for level in reversed(Severity)}
    by_source = _by_value(found.get("source"))
    data = {
        "filter": wanted.expression,
        "scanned": counts.lines,
        "matched": sum(severities.values()),
        "severities": severities,
        "sources": {source.name: by_source.get(source.name, 0) for source in sources},
        "problems": surveyor.extent.problems,
    }
    lines = [f"{data['matched']} of {counts.lines} records"]
    lines.append(", ".join(f"{count} {word}" for word, count in severities.items()))
    lines += [f"{count:>8}  {name}" for name, count in by_source.items()]
    invocation.answer("log-count", data, lines)
    return _said(invocation, surveyor)


def answer_patterns(
    invocation: Invocation, sources: Sequence[Source], wanted: Filter, span: Span
) -> ExitCode:
    """What the records that match come down to, and which of it is new."""
    surveyor = _survey(sources, wanted, span)
    counts = surveyor.counts
    moment = span.since or lately(counts)
    found = patterns(counts, moment, _SPARKS)
    data = {
        "filter": wanted.expression,
        "scanned": counts.lines,
        "new_since": stamp(moment) if moment else None,
        "compared": has_earlier(counts, moment),
        "patterns": [_plain(pattern, sources) for pattern in found],
        "problems": surveyor.extent.problems,
    }
    invocation.answer("log-patterns", data, _table(invocation, found))
    if not found:
        invocation.narrate(f"none of {counts.lines} records matches")
    elif moment is not None:
        if has_earlier(counts, moment):
            invocation.narrate(f"! is new since {stamp(moment)}; --since T compares with another")
        else:
            invocation.narrate(f"nothing is older than {stamp(moment)}: what is new can't be told")
    return _said(invocation, surveyor)


def _survey(sources: Sequence[Source], wanted: Filter, span: Span) -> Surveyor:
    surveyor = Surveyor(wanted, span.since, span.until)
    surveyor.read_all(sources)
    return surveyor


def _said(invocation: Invocation, surveyor: Surveyor) -> ExitCode:
    extent = surveyor.extent
    for problem in extent.problems:
        invocation.narrate(problem)
    for source in extent.missing:
        invocation.narrate(f"{source.name} is not there")
    named = any(source.alone for source in extent.missing)
    return ExitCode.CANNOT_TELL if extent.problems or named or not extent.logs else ExitCode.OK


def _by_value(facet: Facet | None) -> dict[str, int]:
    return {value.value: value.count for value in facet.values} if facet else {}


def _plain(pattern: Pattern, sources: Sequence[Source]) -> dict[str, object]:
    record = example_of(pattern.example, sources) if pattern.example else None
    return {
        "pattern": pattern.template,
        "severity": pattern.severity.word,
        "event": pattern.event,
        "count": pattern.count,
        "before": pattern.before,
        "new": pattern.new,
        "first": _stamp(pattern.first),
        "last": _stamp(pattern.last),
        "filter": pattern.term,
        "over_time": pattern.sparks,
        "example": None
        if pattern.example is None
        else {
            "source": pattern.example.source,
            "offset": pattern.example.offset,
            "what": record.what if record else "",
        },
    }


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None


def _table(invocation: Invocation, found: Sequence[Pattern]) -> Iterator[str]:
    """A line each; cut to the terminal's width, whole where a program reads."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    local = invocation.target.settings.text("ui.time") == "local"
    for pattern in found:
        line = " ".join((
            "!" if pattern.new else " ",
            GLYPHS[pattern.severity.state],
            f"{pattern.count:>7}",
            _time(pattern.first, local=local),
            _time(pattern.last, local=local),
            sparkline(pattern.sparks).ljust(_SPARKS),
            pattern.template,
        ))  # fmt: skip
        yield shorten(line, width) if width else line


def _time(at: datetime | None, *, local: bool) -> str:
    if at is None:
        return " " * 14
    return f"{at.astimezone() if local else at:%m-%d %H:%M:%S}"
