"""What findings say in lines of text, the same on screen and in the command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from orket_console.base.errors import ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.health.reading import Reading
from orket_console.health.verdict import exit_code as exit_of_readings
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.finding import RED, Evidence, FailureClass, Finding
from orket_console.incidents.diagnosis.rule import Rule
from orket_console.incidents.diagnosis.signature import explain

FOLDED = "↳"


def headline(diagnosis: Diagnosis) -> str:
    """`1 API unavailable · 2 webhook failures`, of what follows from nothing else."""
    counts = Counter(one.failure for one in diagnosis.leading if one.state in RED)
    if not counts:
        return "no failure found"
    return " · ".join(f"{counts[kind]} {kind.words}" for kind in FailureClass if counts[kind])


def glyph(one: Finding) -> str:
    """What follows from another is not counted, so it is shown as that."""
    return GLYPHS[State.INFO] if one.follows else GLYPHS[one.state]


def when(one: Finding) -> str:
    """`certain · 3 times · 2026-11-23 05:14:47 to 05:18:59 UTC`; empty parts left out."""
    times = "" if one.count < 2 else f"{one.count} times"
    parts = (str(one.confidence), times, _span(one.since, one.last))
    return " · ".join(part for part in parts if part)


def _span(since: datetime | None, last: datetime | None) -> str:
    if since is None and last is None:
        return ""
    if since is None or last is None or since == last:
        return f"since {since or last:%Y-%m-%d %H:%M:%S} UTC"
    end = f"{last:%H:%M:%S}" if since.date() == last.date() else f"{last:%Y-%m-%d %H:%M:%S}"
    return f"{since:%Y-%m-%d %H:%M:%S} to {end} UTC"


def proof(each: Evidence) -> str:
    return f"{each.what} ({each.ref})"


def told(one: Finding) -> Iterator[tuple[str, str]]:
    """All of a finding but its conclusion, each line with its label."""
    yield "", when(one)
    for each in one.evidence:
        yield "seen", proof(each)
    for step in one.next:
        yield "next", f"{step.text} ({step.ref})" if step.ref else step.text
    yield "wrong if", one.wrong_if
    if one.follows:
        yield "follows", f"from {one.follows}"
    yield "runbook", one.runbook
    yield "signature", one.signature


def explained(rule: Rule, diagnosis: Diagnosis) -> Iterator[str]:
    """A rule, and what it found here: with what went into each signature."""
    yield f"{rule.id}: {rule.title}"
    yield f"  class      {rule.failure.words}"
    yield f"  runbook    {rule.failure.runbook}"
    yield f"  looks at   {rule.wants}"
    yield f"  wrong if   {rule.wrong_if}"
    if rule.under:
        yield f"  folds      under {', '.join(rule.under)}"
    found = [one for one in diagnosis.findings if one.rule == rule.id]
    if not found:
        yield "not found here"
    for one in found:
        yield f"{glyph(one)} {one.conclusion}"
        yield from (f"  {label:<9}  {text}" for label, text in told(one))
        for text, normal in explain(one).went_in:
            yield f"  went in    {text!r} as {normal!r}"


def exit_code(readings: tuple[Reading, ...], diagnosis: Diagnosis) -> ExitCode:
    """By the worst finding: 1 for what is wrong, 4 where all of that has merely timed out.

    Where nothing is wrong: 3 when something that matters could not be told, else 0.
    """
    if red := _exit_of(diagnosis.leading):
        return red
    # Reds that no finding counts are noise.
    return exit_of_readings([one for one in readings if one.state not in RED])


def exit_code_of(rule: Rule, diagnosis: Diagnosis) -> ExitCode:
    """By what one rule found, whatever it follows from: 0 where that is nothing wrong."""
    return _exit_of([one for one in diagnosis.findings if one.rule == rule.id])


def _exit_of(findings: Iterable[Finding]) -> ExitCode:
    red = [one for one in findings if one.state in RED]
    if not red:
        return ExitCode.OK
    return ExitCode.TIMED_OUT if all(one.late for one in red) else ExitCode.WRONG
