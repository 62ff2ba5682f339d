"""`orket-console actions`: the runbook's commands, listed, explained, run, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import click
import msgspec

from orket_console.actions.after import after
from orket_console.actions.audit import record_refusal
from orket_console.actions.bundles import RESUME
from orket_console.actions.catalogue import Action, catalogue_of, find_in
from orket_console.actions.durations import expected, known_tests
from orket_console.actions.overview import described, overview
from orket_console.actions.parameters import Kind
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import History, Record, folder_of, history, load
from orket_console.actions.restoring import BOTH, DATABASES, RESTORE
from orket_console.actions.runner import UNASKED, end
from orket_console.actions.selection import Wanted, selected
from orket_console.actions.selection import again as parameters_again
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
from orket_console.cli.actions_restore import listed
from orket_console.cli.asking import agreed, confirm_options
from orket_console.cli.invocation import Invocation, target_command
from orket_console.cli.progress_line import ProgressLine
from orket_console.cli.watching import started, watched
from orket_console.logs.select import parse_moment

_EXIT_CODES: Final = {
    Verdict.PASSED: ExitCode.OK,
    Verdict.FAILED: ExitCode.WRONG,
    Verdict.UNKNOWN: ExitCode.CANNOT_TELL,
    Verdict.TIMED_OUT: ExitCode.TIMED_OUT,
    Verdict.CANCELLED: ExitCode.INTERRUPTED,
    Verdict.INTERRUPTED: ExitCode.INTERRUPTED,
}
_WORDS: Final = ("running", *(verdict.value for verdict in Verdict))
_param = click.option(
    "--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter (repeatable)."
)


@click.group("actions", help="The runbook's commands and your own.")
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
    if name[:1].isdigit():
        # No action is called so, and every run is, however long ago it was.
        _answer(invocation, "actions-record", load(target, name), kept)
        return ExitCode.OK
    action = find_in(target, name)
    _check_values(action, given)
    shown = described(target, plan(target, action, _pairs(given)), kept)
    invocation.answer("actions-show", shown, detail_lines(shown))
    return ExitCode.OK


@command.command(
    "run",
    help="Run an action or a bundle. Its output goes to stderr, its result to stdout.",
)
@click.argument("name", required=False)
@_param
@click.option("--again", metavar="ID", help="As that run of the history, --param otherwise.")
@click.option("--resume", is_flag=True, help="Of a bundle: leave out what passed and still holds.")
@click.option("--progress", is_flag=True, help="How far pytest has come, instead of its output.")
@confirm_options
@target_command
def _run(
    invocation: Invocation,
    name: str | None,
    given: tuple[str, ...],
    again: str | None,
    resume: bool,
    progress: bool,
    yes: bool,
    confirm: str | None,
) -> ExitCode:
    pairs = {**_pairs(given), **({RESUME: "yes"} if resume else {})}
    chosen, values = _chosen(invocation, name, again, pairs)
    for action in catalogue_of(invocation.target):
        if action.name == chosen:
            _check_values(action, given)
    return run_action(invocation, chosen, values, yes=yes, confirm=confirm, progress=progress)


def _chosen(
    invocation: Invocation, name: str | None, again: str | None, given: dict[str, str]
) -> tuple[str, dict[str, str]]:
    """What is to be run, and with which parameters. Raises for both or neither of the ways."""
    if again is None:
        if name is None:
            raise click.UsageError("name the action, or the run: --again ID")
        return name, given
    if name is not None:
        raise click.UsageError("--again ID names the action already")
    record = load(invocation.target, again)
    return record.action, parameters_again(record, given)


def run_action(
    invocation: Invocation,
    name: str,
    given: dict[str, str],
    *,
    yes: bool,
    confirm: str | None,
    progress: bool = False,
) -> ExitCode:
    """Run an action with these parameters; its verdict as exit status."""
    made = _planned(invocation, name, given)
    confirmation = _agreed(invocation, made, yes=yes, confirm=confirm)
    line = _progress_line(invocation, made) if progress else None
    listener = line.take if line else _to_stderr
    record = asyncio.run(started(invocation, made, confirmation, listener))
    if line:
        line.end()
    return _answered(invocation, record)


def _progress_line(invocation: Invocation, made: Plan) -> ProgressLine:
    kept, action = history(invocation.target), made.action.name
    return ProgressLine(
        invocation.clock,
        known_tests(kept, action, made.values),
        expected(kept, action, made.values),
    )


@command.command("attach", help="All output of a run, and what it still prints, to its end.")
@click.argument("record_id", metavar="ID")
@target_command
def _attach(invocation: Invocation, record_id: str) -> ExitCode:
    record = load(invocation.target, record_id)
    return _answered(invocation, asyncio.run(watched(invocation, record, _to_stderr)))


@command.command("cancel", help="Stop a run with everything it started, whoever started it.")
@click.argument("record_id", metavar="ID")
@target_command
def _cancel(invocation: Invocation, record_id: str) -> ExitCode:
    target = invocation.target
    record = asyncio.run(end(target, load(target, record_id), invocation.clock))
    invocation.answer("actions-run", record, record_lines(invocation, record))
    return ExitCode.OK


@command.command("restore", help="Put databases back as they were before a run; list what can be.")
@click.argument("record_id", metavar="[ID]", required=False)
@click.option(
    "--database",
    type=click.Choice(DATABASES),
    default=BOTH,
    show_default=True,
    help="Which to put back.",
)
@confirm_options
@target_command
def _restore(
    invocation: Invocation, record_id: str | None, database: str, yes: bool, confirm: str | None
) -> ExitCode:
    if record_id is None:
        return listed(invocation)
    given = {"id": record_id, "database": database}
    return run_action(invocation, RESTORE.name, given, yes=yes, confirm=confirm)


@command.command("history", help="What was run, newest first.")
@click.option("--action", "name", metavar="NAME", default="", help="Only runs of that action.")
@click.option("--verdict", type=click.Choice(_WORDS), help="Only those with it.")
@click.option("--since", metavar="T", help="Only those since then.")
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=50,
    show_default=True,
    metavar="N",
    help="So many at most.",
)
@target_command
def _history(
    invocation: Invocation, name: str, verdict: str | None, since: str | None, limit: int
) -> ExitCode:
    local = invocation.target.settings.text("ui.time") == "local"
    now = invocation.clock.now()
    start_of = parse_moment(since, now, "--since", local=local) if since is not None else None
    wanted = Wanted(name, verdict or "", start_of)
    kept = selected(invocation.target, wanted, limit)
    if name and not kept.records:
        # One that was never run, or a name that is none.
        find_in(invocation.target, name)
    invocation.answer("actions-history", kept, history_lines(kept, wanted))
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


def _check_values(action: Action, given: tuple[str, ...]) -> None:
    """Raises for a parameter that is named alone and is no flag: what it is to be, nobody said."""
    valued = {p.name for p in action.parameters if p.kind is not Kind.FLAG}
    if alone := next((name for name in given if name in valued), ""):
        raise click.UsageError(f"--param {alone} has no value: --param {alone}=…")


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


def _answered(invocation: Invocation, record: Record) -> ExitCode:
    """The record of an action that has ended, as the answer, and its verdict as exit status."""
    _answer(invocation, "actions-run", record, history(invocation.target))
    return _EXIT_CODES[record.verdict or Verdict.UNKNOWN]


def _answer(invocation: Invocation, command: str, record: Record, kept: History) -> None:
    """A record with what follows from it, and of a bundle the ids of its steps."""
    follows = after(invocation.target, record, kept)
    steps = [step for step in reversed(kept.records) if step.bundle == record.id]
    data = {
        **msgspec.to_builtins(record),
        "after": follows,
        "steps": [step.id for step in steps],
    }
    invocation.answer(command, data, record_lines(invocation, record, follows, steps))


def _to_stderr(piece: Piece) -> None:
    # A reader that went away is no reason to stop: the output is kept in any case.
    with contextlib.suppress(OSError, ValueError):
        click.echo(piece.text, nl=False, err=True)


def _told(invocation: Invocation, unreadable: tuple[str, ...]) -> ExitCode:
    for record in unreadable:
        where = folder_of(invocation.target, record)
        invocation.narrate(f"orket-console: a record can't be read: {where}")
    return ExitCode.CANNOT_TELL if unreadable else ExitCode.OK
