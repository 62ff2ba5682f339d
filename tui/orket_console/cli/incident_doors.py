"""What every `incident` command shares: the ledger, the operator, and which incident is meant."""

from __future__ import annotations

import re

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.invocation import Invocation
from orket_console.incidents.ledger.clocks import set_back
from orket_console.incidents.ledger.incidents import current_incident, find_incident
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.ledger.store import Store, open_ledger

_NUMBER = re.compile(r"(?:INC-)?([0-9]{1,9})", re.IGNORECASE)


class IncidentNumber(click.ParamType[int]):
    """`3` or `INC-3`."""

    name = "INC"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        match = _NUMBER.fullmatch(str(value))
        if match is None:
            self.fail(f"{value!r} is no incident: give 3 or INC-3", param, ctx)
        return int(match[1])


INCIDENT = click.option(
    "--incident", "number", type=IncidentNumber(), help="Which; else the open one."
)


def ledger_of(invocation: Invocation) -> Store:
    """The target's ledger; what one should know of it goes to stderr."""
    store = open_ledger(invocation.target, invocation.clock)
    for notice in (store.notice, set_back(store, invocation.clock.now())):
        if notice:
            invocation.narrate(notice)
    return store


def chosen_incident(store: Store, number: int | None) -> Incident:
    """The one of that number, else the open one. Raises `ConsoleError` (exit 2)."""
    if number is not None:
        return find_incident(store, number)
    if current := current_incident(store):
        return current
    raise ConsoleError(
        "no incident is open",
        remedy="orket-console incident open, or name one with --incident",
        exit_code=ExitCode.USAGE,
    )
