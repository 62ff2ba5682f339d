"""`orket-console actions restore`: the copies of the databases there are, and putting one back."""

from __future__ import annotations

from collections.abc import Iterator

from orket_console.actions.copies import Backup, list_backups
from orket_console.base.clock import size
from orket_console.base.errors import ExitCode
from orket_console.cli.invocation import Invocation


def listed(invocation: Invocation) -> ExitCode:
    """Print every backup there is; a damaged copy is something wrong."""
    found = list_backups(invocation.target)
    invocation.answer("actions-restore", {"backups": found}, _lines(found))
    damaged = any(copy.problem for backup in found for copy in backup.copies)
    return ExitCode.WRONG if damaged else ExitCode.OK


def _lines(found: tuple[Backup, ...]) -> Iterator[str]:
    if not found:
        yield "no copies: an action that changes databases makes them before it begins"
    for backup in found:
        yield f"{backup.id}  {backup.at:%Y-%m-%d %H:%M:%S}  before {backup.title}"
        for copy in backup.copies:
            state = f"damaged: {copy.problem}" if copy.problem else "integrity ok"
            yield f"  {copy.database}  {size(copy.bytes)}  {state}"
