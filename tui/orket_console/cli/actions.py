"""`orket-console actions`: the runbook's commands, listed, explained, run, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import termios
from collections.abc import Iterator
from typing import Final

import click

from orket_console.actions.audit import record_refusal
from orket_console.actions.catalogue import find
from orket_console.actions.overview import ActionDetail, Overview, described, moment, overview
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import History, Record, folder_of, history, load, took
from orket_console.actions.runner import ASKED, BY_OPTION, UNASKED, Run, end, start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.state import GLYPHS, State
from orket_console.base.text import shorten
from orket_console.cli.invocation import Invocation, target_command

_EXIT_CODES: Final = {
    Verdict.PASSED: ExitCode.OK,
    Verdict.FAILED: ExitCode.WRONG,
    Verdict.UNKNOWN: ExitCode.CANNOT_TELL,
    Verdict.TIMED_OUT: ExitCode.TIMED_OUT,
    Verdict.CANCELLED: ExitCode.INTERRUPTED,
    Verdict.INTERRUPTED: ExitCode.INTERRUPTED,
}
_param = click.option(
    "--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter (repeatable)."
)


@click.group("actions", help="The runbook's commands: list, show, run, attach, cancel, history.")
def command() -> None:
    """A group: its commands do the work."""


@command.command("list", help="Every action: what it does, and how it went last.")
@target_command
def _list(invocation: Invocation) -> ExitCode:
    found = overview(invocation.target)
    invocation.answer("actions-list", found, _list_lines(invocation, found))
    return _told(invocation, found.unreadable)


@command.command("show", help="One action as it would run now, or one run of the history.")
@click.argument("name", metavar="NAME|ID")
@_param
@target_command
def _show(invocation: Invocation, name: str, given: tuple[str, ...]) -> ExitCode:
    target = invocation.target
    kept = history(target)
    if record := next((record for record in kept.records if record.id == name), None):
        invocation.answer("actions-record", record, _record_lines(invocation, record))
        return ExitCode.OK
    shown = described(target, plan(target, find(name), _pairs(given)), kept)
    invocation.answer("actions-show", shown, _detail_lines(shown))
    return ExitCode.OK


@command.command("run", help="Run an action. Its output goes to stderr, its result to stdout.")
@click.argument("name")
@_param
@click.option("--yes", is_flag=True, help="Run it though it writes, without asking.")
@target_command
def _run(invocation: Invocation, name: str, given: tuple[str, ...], yes: bool) -> ExitCode:
    made = _planned(invocation, name, _pairs(given))
    confirmation = BY_OPTION if yes else UNASKED
    if made.effect.writes and not yes and not made.blocked:
        _ask(invocation, made)
        confirmation = ASKED
    return _answered(invocation, asyncio.run(_started(invocation, made, confirmation)))


@command.command("attach", help="All output of a run, and what it still prints, to its end.")
@click.argument("record_id", metavar="ID")
@target_command
def _attach(invocation: Invocation, record_id: str) -> ExitCode:
    record = load(invocation.target, record_id)
    return _answered(invocation, asyncio.run(_watched(invocation, record)))


@command.command("cancel", help="Stop a run with everything it started, whoever started it.")
@click.argument("record_id", metavar="ID")
@target_command
def _cancel(invocation: Invocation, record_id: str) -> ExitCode:
    target = invocation.target
    record = asyncio.run(end(target, load(target, record_id), invocation.clock))
    invocation.answer("actions-run", record, _record_lines(invocation, record))
    return ExitCode.OK


@command.command("history", help="What was run, newest first.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, metavar="N")
@target_command
def _history(invocation: Invocation, limit: int) -> ExitCode:
    kept = history(invocation.target, limit)
    invocation.answer("actions-history", kept, _history_lines(kept))
    if kept.older:
        invocation.narrate(f"{kept.older} older ones were left out: --limit {limit}")
    return _told(invocation, kept.unreadable)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    """`--param` as a mapping; a name alone means yes. Raises for one that is given twice."""
    pairs: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if name in pairs:
            raise click.UsageError(f"--param {name} is given twice")
        pairs[name] = value if equals else "yes"
    return pairs


def _planned(invocation: Invocation, name: str, given: dict[str, str]) -> Plan:
    """What is to be run. A refusal is audited, since it was asked for."""
    target = invocation.target
    try:
        return plan(target, find(name), given)
    except ConsoleError as error:
        record_refusal(target, name, given, str(error), invocation.clock.now())
        raise


def _ask(invocation: Invocation, made: Plan) -> None:
    """Show what will be done and ask. Raises where nobody can answer, or the answer is no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConsoleError(
            f"{made.action.title} {made.effect}",
            remedy="add --yes to run it without being asked",
            exit_code=ExitCode.USAGE,
        )
    invocation.narrate(f"{made.action.title}: {made.effect}")
    for line in _plan_lines(described(invocation.target, made, History((), ()))):
        invocation.narrate(line)
    # What was typed or pasted before the question was seen is no answer to it.
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    if not click.confirm("Run it?", default=False, err=True):
        raise click.Abort


async def _started(invocation: Invocation, made: Plan, confirmation: str) -> Record:
    """Run it with its output on stderr; the first signal cancels it, the second kills it.

    It goes on where the line drops.
    """
    run = await start(invocation.target, made, _to_stderr, invocation.clock, confirmation)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, run.cancel)
    loop.add_signal_handler(signal.SIGHUP, run.leave)
    return await _ending(run)


async def _watched(invocation: Invocation, record: Record) -> Record:
    """Its output on stderr; a signal ends the watching and not the action."""
    run = Run(invocation.target, record, _to_stderr, invocation.clock)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, run.leave)
    return await _ending(run)


async def _ending(run: Run) -> Record:
    """The record of an action that has ended. Raises where the watching was ended."""
    try:
        return await run.ended()
    except asyncio.CancelledError as error:
        raise ConsoleError(
            f"{run.record.title} goes on",
            remedy=f"`orket-console actions attach {run.record.id}` watches it",
            exit_code=ExitCode.INTERRUPTED,
        ) from error


def _answered(invocation: Invocation, record: Record) -> ExitCode:
    """The record of an action that has ended, as the answer, and its verdict as exit status."""
    invocation.answer("actions-run", record, _record_lines(invocation, record))
    return _EXIT_CODES[record.verdict or Verdict.UNKNOWN]


def _to_stderr(piece: Piece) -> None:
    # A reader that went away is no reason to stop: the output is kept in any case.
    with contextlib.suppress(OSError, ValueError):
        click.echo(piece.text, nl=False, err=True)


def _told(invocation: Invocation, unreadable: tuple[str, ...]) -> ExitCode:
    for record in unreadable:
        where = folder_of(invocation.target, record)
        invocation.narrate(f"orket-console: a record can't be read: {where}")
    return ExitCode.CANNOT_TELL if unreadable else ExitCode.OK


def _list_lines(invocation: Invocation, found: Overview) -> Iterator[str]:
    now = invocation.clock.now()
    names = max(len(row.name) for row in found.rows)
    for row in found.rows:
        at = moment(row.started, now) if row.started else ""
        last = row.last if row.last == "never" else f"{GLYPHS[row.state]} {row.last} {at}"
        yield f"{row.name:<{names}}  {row.does:<17}  {last:<20}  {row.took:>7}".rstrip()
        if row.blocked:
            yield f"{'':{names}}  not now: {row.blocked}"


def _detail_lines(shown: ActionDetail) -> Iterator[str]:
    yield f"{shown.title}  {shown.effect}"
    yield f"  purpose   {shown.purpose}"
    yield f"  runbook   {shown.runbook}"
    yield from _plan_lines(shown)
    if shown.last:
        yield f"  last      {_ended(shown.last)}"


def _plan_lines(shown: ActionDetail) -> Iterator[str]:
    yield f"  command   {shown.command or 'none'}"
    yield f"  in        {shown.cwd}"
    for change in shown.environment:
        yield f"  with      {change}"
    for name, value in shown.parameters.items():
        yield f"  parameter {name}={value}"
    yield f"  changes   {shown.changes}"
    yield f"  stops     after {shown.timeout:g} s"
    for note in shown.notes:
        yield f"  note      {note}"
    yield f"  ready     {'yes' if shown.ready else f'no: {shown.blocked}'}"


def _record_lines(invocation: Invocation, record: Record) -> Iterator[str]:
    yield f"{record.title}  {_ended(record)}"
    for path in record.backups:
        yield f"  backup    {path}"
    for note in record.notes:
        yield f"  note      {note}"
    yield f"  kept in   {folder_of(invocation.target, record.id)}"


def _history_lines(kept: History) -> Iterator[str]:
    if not kept.records:
        yield "no action was run yet on this installation by this user"
        return
    titles = max(len(record.title) for record in kept.records)
    for record in kept.records:
        at = f"{record.started:%Y-%m-%d %H:%M:%S}"
        yield f"{at}  {record.title:<{titles}}  {shorten(_ended(record), 100)}  {record.id}"


def _ended(record: Record) -> str:
    state = record.verdict.state if record.verdict else State.INFO
    after = f" ({took(record.seconds)})" if record.seconds is not None else ""
    evidence = f": {record.evidence}" if record.evidence else ""
    return f"{GLYPHS[state]} {record.word}{after}{evidence}"
