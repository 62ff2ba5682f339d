"""`orket-console audit`: the record of every action, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from orket_console.actions.verification import Trail, Verification, trail, verify
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError
from orket_console.base.state import GLYPHS, State
from orket_console.cli.invocation import Invocation, target_command

_EXIT_CODES: Final = {State.OK: ExitCode.OK, State.FAILING: ExitCode.WRONG}
_TOLD: Final = ("confirmation", "verdict", "evidence", "reason", "ssh", "removed")


@click.group("audit", help="The record of every action: show it, verify it.")
def command() -> None:
    """A group: its commands do the work."""


@command.command("show", help="What was started, how it ended and what was refused, newest first.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@target_command
def _show(invocation: Invocation, limit: int) -> ExitCode:
    path = invocation.target.state.audit
    try:
        found = trail(path, limit)
    except UnreadableError as error:
        raise _unreadable(error) from error
    invocation.answer("audit-show", found, _show_lines(found))
    if found.older:
        invocation.narrate(f"{found.older} older ones were left out: --limit {limit}")
    for number in found.unreadable:
        invocation.narrate(f"orket-console: line {number} of {path} is no record")
    return ExitCode.CANNOT_TELL if found.unreadable else ExitCode.OK


@command.command("verify", help="Follow the chain of records; name the first bad one (exit 1).")
@target_command
def _verify(invocation: Invocation) -> ExitCode:
    try:
        found = verify(invocation.target.state.audit)
    except UnreadableError as error:
        raise _unreadable(error) from error
    invocation.answer("audit-verify", found, _verify_lines(invocation, found))
    return _EXIT_CODES.get(found.state, ExitCode.CANNOT_TELL)


def _unreadable(error: UnreadableError) -> ConsoleError:
    return ConsoleError(f"the audit trail can't be read: {error}")


def _show_lines(found: Trail) -> Iterator[str]:
    if not found.records:
        yield "nothing was recorded yet on this installation by this user"
    for record in found.records:
        head = f"{record.get('seq')}  {record.get('at')}  {record.get('kind')}"
        who = f"{record['user']}@{record.get('host')}  " if "user" in record else ""
        what = "  ".join(f"{name}: {record[name]}" for name in _TOLD if record.get(name))
        yield f"{head}  {record.get('action')}  {who}{what}".rstrip()


def _verify_lines(invocation: Invocation, found: Verification) -> Iterator[str]:
    yield f"{GLYPHS[found.state]} {found.what}"
    yield f"  records   {found.whole} whole{' before it' if found.bad else ''}"
    yield f"  kept in   {invocation.target.state.audit}"
