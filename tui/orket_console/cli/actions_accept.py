"""`orket-console actions accept`: let the commands that the installation declares be run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

from orket_console.actions.audit import record_acceptance
from orket_console.actions.catalogue import own_of
from orket_console.actions.confirmation import Ask, Confirmation
from orket_console.actions.own.acceptance import accept, is_accepted
from orket_console.actions.plan import plan
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.asking import agreed, confirm_options
from orket_console.cli.invocation import Invocation, target_command
from orket_console.target.declarations import Declarations
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Offered:
    """One command of the file: what it would run, and what its file says that it does."""

    name: str
    effect: str
    command: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A file of the installation that declares commands, by its SHA-256."""

    file: str
    digest: str
    commands: tuple[Offered, ...]


@click.command("accept", help="Let the commands that the installation's own file declares be run.")
@confirm_options
@target_command
def accepting(invocation: Invocation, yes: bool, confirm: str | None) -> ExitCode:
    declarations = _declared(invocation.target)
    shown = _shown(invocation.target, declarations)
    if not is_accepted(declarations):
        asked = Confirmation(Ask.NAME, "its commands will be run as you", invocation.target.name)
        how = agreed(invocation, shown.file, asked, _lines(shown), yes=yes, confirm=confirm)
        record_acceptance(invocation.target, shown.file, shown.digest, how, invocation.clock.now())
        accept(declarations)
    invocation.answer("actions-accept", shown, (*_lines(shown), "accepted"))
    return ExitCode.OK


def _declared(target: Target) -> Declarations:
    for declarations in target.settings.declarations:
        if declarations.in_root:
            return declarations
    raise ConsoleError(
        "there is nothing to accept: the installation declares no commands",
        where=str(target.path / "orket-console.toml"),
        exit_code=ExitCode.USAGE,
    )


def _shown(target: Target, declarations: Declarations) -> Acceptance:
    redact = target.redactor().redact
    own = (a for a in own_of(target).actions if a.source.startswith(f"{declarations.file},"))
    plans = (plan(target, action, {}) for action in own)
    commands = tuple(Offered(p.action.name, p.effect, redact(p.command)) for p in plans)
    return Acceptance(str(declarations.file), declarations.digest, commands)


def _lines(shown: Acceptance) -> Iterator[str]:
    yield f"{shown.file}  sha256 {shown.digest}"
    for each in shown.commands:
        yield f"  {each.name}  {each.effect}"
        yield f"    {each.command}"
