"""`orket-console actions`: the runbook's commands, listed, explained, run, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Final

import click

from orket_console.actions.audit import record_refusal
from orket_console.actions.catalogue import find_in
from orket_console.actions.overview import described, overview
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import History, Record, folder_of, history, load
from orket_console.actions.runner import UNASKED, Run, end, start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.action_lines import (
    detail_lines,
    history_lines,
    list_lines,
    plan_lines,
    record_lines,
)
from orket_console.cli.actions_accept import accepting
from orket_console.cli.asking import agreed, confirm_options
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


command.add_command(accepting)


@command.command("list", help="Every action: what it does, and how it went last.")
@target_command
def _list(invocation: Invocation) -> ExitCode:
    found = overview(invocation.target)
    invocation.answer("actions-list", found, list_lines(invocation, found))
    for problem in found.problems:
        invocation.narrate(f"orket-console: a command of your own can't be used: {problem}")
    return _told(invocation, found.unreadable)


@command.command("show", help="One action as it would run now, or one run of the history.")
@click.argument("name", metavar="NAME|ID")
@_param
@target_command
def _show(invocation: Invocation, name: str, given: tuple[str, ...]) -> ExitCode:
    target = invocation.target
    kept = history(target)
    if record := next((record for record in kept.records if record.id == name), None):
        invocation.answer("actions-record", record, record_lines(invocation, record))
        return ExitCode.OK
    shown = described(target, plan(target, find_in(target, name), _pairs(given)), kept)
    invocation.answer("actions-show", shown, detail_lines(shown))
    return ExitCode.OK


@command.command("run", help="Run an action. Its output goes to stderr, its result to stdout.")
@click.argument("name")
@_param
@confirm_options
@target_command
def _run(
    invocation: Invocation, name: str, given: tuple[str, ...], yes: bool, confirm: str | None
) -> ExitCode:
    return run_action(invocation, name, _pairs(given), yes=yes, confirm=confirm)


def run_action(
    invocation: Invocation, name: str, given: dict[str, str], *, yes: bool, confirm: str | None
) -> ExitCode:
    """Run an action with these parameters; its verdict as exit status."""
    made = _planned(invocation, name, given)
    confirmation = _agreed(invocation, made, yes=yes, confirm=confirm)
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
    invocation.answer("actions-run", record, record_lines(invocation, record))
    return ExitCode.OK


@command.command("history", help="What was run, newest first.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, metavar="N")
@target_command
def _history(invocation: Invocation, limit: int) -> ExitCode:
    kept = history(invocation.target, limit)
    invocation.answer("actions-history", kept, history_lines(kept))
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
        return plan(target, find_in(target, name), given)
    except ConsoleError as error:
        record_refusal(target, name, given, str(error), invocation.clock.now())
        raise


def _agreed(invocation: Invocation, made: Plan, *, yes: bool, confirm: str | None) -> str:
    """How the operator agreed to a plan; one that can't be run needs no agreement."""
    if made.blocked:
        return UNASKED
    shown = described(invocation.target, made, History((), ()))
    title, asked = made.action.title, made.confirmation
    lines = (f"{title}: {made.effect}", *plan_lines(shown))
    return agreed(invocation, title, asked, lines, yes=yes, confirm=confirm)


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
    invocation.answer("actions-run", record, record_lines(invocation, record))
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
