"""Asking before an action changes something: by option, or typed at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import click

from orket_console.actions.confirmation import Ask, Confirmation
from orket_console.actions.runner import ASKED, BY_NAME, BY_OPTION, NAMED, UNASKED
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.invocation import Invocation
from orket_console.cli.typed import typed

_YES: Final = frozenset({"y", "yes"})


def confirm_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a click command `--yes` and `--confirm NAME`, as `yes` and `confirm`."""
    yes = click.option("--yes", is_flag=True, help="Run it though it writes, without asking.")
    confirm = click.option(
        "--confirm",
        metavar="NAME",
        help="The installation's name: needed for what stops a process or changes a database.",
    )
    return yes(confirm(function))


def agreed(
    invocation: Invocation,
    title: str,
    asked: Confirmation,
    lines: Iterable[str],
    *,
    yes: bool,
    confirm: str | None,
) -> str:
    """How the operator agreed, for the audit trail; `lines` are shown before a question.

    Raises `ConsoleError` (exit 2) for a name that is not the one asked for, and where nobody
    can be asked; `click.Abort` for a no.
    """
    if confirm is not None:
        name = asked.name or invocation.target.name
        if objection := Confirmation(Ask.NAME, name=name).objection(confirm):
            raise ConsoleError(f"{title} was not run: {objection}", exit_code=ExitCode.USAGE)
        return BY_NAME
    if asked.ask is Ask.NOTHING:
        return UNASKED
    if yes and asked.ask is Ask.YES:
        return BY_OPTION
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise _unanswered(title, asked)
    for line in lines:
        invocation.narrate(line)
    return _typed_name(asked) if asked.ask is Ask.NAME else _typed_yes()


def _unanswered(title: str, asked: Confirmation) -> ConsoleError:
    way = f"--confirm {asked.name}" if asked.ask is Ask.NAME else "--yes"
    return ConsoleError(
        f"{title} was not run: {asked.reason}",
        remedy=f"add {way} to run it without being asked",
        exit_code=ExitCode.USAGE,
    )


def _typed_yes() -> str:
    if typed("Run it? [y/N]: ").strip().lower() not in _YES:
        raise click.Abort
    return ASKED


def _typed_name(asked: Confirmation) -> str:
    answer = typed(f"Run it? {asked.reason}. Type {asked.name} to go on: ")
    if objection := asked.objection(answer):
        click.echo(objection, err=True)
        raise click.Abort
    return NAMED
