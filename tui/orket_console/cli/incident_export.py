"""`orket-console incident export`: all that concerns an incident in one archive, redacted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orket_console.base.clock import size
from orket_console.base.errors import ExitCode
from orket_console.base.files import typed_path
from orket_console.cli.incident_doors import INCIDENT, chosen_incident, ledger_of
from orket_console.cli.invocation import Invocation, target_command

if TYPE_CHECKING:
    from orket_console.incidents.bundle.export import Bundle


@click.command("export", help="One redacted archive of it: orket-console open shows it anywhere.")
@click.option("--out", metavar="FILE", help="The file, instead of one in the state folder.")
@INCIDENT
@target_command
def export(invocation: Invocation, out: str | None, number: int | None) -> int:
    store = ledger_of(invocation)
    one = chosen_incident(store, number)
    # Here, so that the other commands need not wait for it.
    from orket_console.incidents.bundle.export import export_incident, place_for
    from orket_console.incidents.looking import Looker

    target, clock = invocation.target, invocation.clock
    path = place_for(target, one, clock) if out is None else typed_path(out).absolute()
    looked = Looker(target, clock).look()
    made = export_incident(target, clock, store, one.id, looked, path)
    invocation.answer("incident-export", made, _lines(made))
    return ExitCode.OK


def _lines(made: Bundle) -> Iterator[str]:
    yield f"{made.incident} exported: {made.files} files, {size(made.size)}"
    yield f"  secrets   {made.removed} removed; redaction.json in it says where"
    yield f"  audit     {made.records} records, {made.proved} proved by their lines; {made.audit}"
    if made.left_out:
        yield f"  left out  {made.left_out[0]}{_others(made.left_out)}"
    yield f"  kept in   {made.path}"
    yield f"  open it   orket-console open {made.path}"


def _others(left_out: tuple[str, ...]) -> str:
    more = len(left_out) - 1
    return f", and {more} more: MANIFEST.json in it says which" if more else ""
