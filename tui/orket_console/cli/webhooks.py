"""`orket-console webhooks`: deliveries, review cycles and review failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from orket_console.base.errors import ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import one_line
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.webhook_delivery import send, verify_signature
from orket_console.cli.webhook_queries import query, sql
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.filters import parse_filter
from orket_console.webhooks.model import Cycle, Cycles, Deliveries, Delivery, Failures, Gap
from orket_console.webhooks.reviews import cycles, failures

_FILTER = click.option(
    "--filter",
    "expression",
    default="",
    metavar="TEXT",
    help="Words that a row must hold; also outcome:refused and pr:acme/shop#7.",
)
_LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    metavar="N",
    help="So many at most.",
)


@click.group("webhooks", help="Deliveries, review cycles and review failures; test deliveries.")
def command() -> None:
    pass


command.add_command(send)
command.add_command(verify_signature)


command.add_command(query)
command.add_command(sql)


@command.command("deliveries", help="What was delivered and what became of it, newest first.")
@_FILTER
@_LIMIT
@target_command
def show_deliveries(invocation: Invocation, expression: str, limit: int) -> int:
    found = search(
        invocation.target, invocation.clock, wanted=parse_filter(expression), limit=limit
    )
    invocation.answer("webhooks-deliveries", found, _delivery_lines(found))
    return _end(invocation, found)


@command.command("cycles", help="Review cycles with their reasons; stuck ones first.")
@_FILTER
@_LIMIT
@target_command
def show_cycles(invocation: Invocation, expression: str, limit: int) -> int:
    found = cycles(invocation.target, wanted=parse_filter(expression), limit=limit)
    invocation.answer("webhooks-cycles", found, _cycle_lines(found))
    return _end(invocation, found)


@command.command("failures", help="Why reviewers asked for changes, newest first.")
@_FILTER
@_LIMIT
@target_command
def show_failures(invocation: Invocation, expression: str, limit: int) -> int:
    found = failures(invocation.target, wanted=parse_filter(expression), limit=limit)
    invocation.answer("webhooks-failures", found, _failure_lines(found))
    return _end(invocation, found)


def _end(invocation: Invocation, found: Deliveries | Cycles | Failures) -> ExitCode:
    """Say on stderr what one should know; exit 3 where a part could not be read."""
    if found.empty and not invocation.as_json:
        invocation.narrate(found.empty)
    for note in found.notes:
        invocation.narrate(note)
    if found.older is not None:
        invocation.narrate("there are older ones: raise --limit, or narrow with --filter")
    for problem in found.problems:
        invocation.narrate(f"not read: {problem}")
    return ExitCode.CANNOT_TELL if found.problems else ExitCode.OK


def _delivery_lines(found: Deliveries) -> Iterator[str]:
    rows = [_delivery_cells(row) for row in found.timeline]
    return _table(("time (UTC)", "event", "repo#pr", "outcome", "why"), rows)


def _delivery_cells(row: Delivery | Gap) -> tuple[str, ...]:
    if isinstance(row, Gap):
        return _time(row.at), "gap", row.pr_key or "–", GLYPHS[State.DEGRADED], row.why
    outcome = f"{GLYPHS[row.state]} {row.label}"
    return _time(row.at), row.event or "–", row.pr_key or "–", outcome, row.summary


def _cycle_lines(found: Cycles) -> Iterator[str]:
    for row in found.rows:
        mark = "STUCK: " if row.stuck else ""
        yield (
            f"{GLYPHS[row.state]} {row.pr_key}  {row.label}  {row.status}  {mark}{row.why}"
            f"  since {_time(row.created_at)}"
        )
        yield from _reasons(row)


def _reasons(cycle: Cycle) -> Iterator[str]:
    for failure in cycle.failures:
        number = "?" if failure.cycle is None else failure.cycle
        yield (
            f"  {number:>3}  {_time(failure.at)}  {failure.reviewer}  {one_line(failure.reason)}"
        )


def _failure_lines(found: Failures) -> Iterator[str]:
    rows = [
        (
            _time(row.at),
            row.pr_key,
            "?" if row.cycle is None else str(row.cycle),
            row.reviewer,
            one_line(row.reason),
        )
        for row in found.rows
    ]
    return _table(("time (UTC)", "repo#pr", "cycle", "reviewer", "reason"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their content; the last one is whole, for `less -S` or `grep`."""
    if not rows:
        return
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    for row in (head, *rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "–"
