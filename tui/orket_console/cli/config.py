"""`orket-console config`: every value in force and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

import click

from orket_console.base.secret import DOTS
from orket_console.cli.invocation import Invocation, target_command
from orket_console.target.effective import Effective, effective


@click.command("config", help="Every setting in force and where it comes from.")
@target_command
def command(invocation: Invocation) -> None:
    found = effective(invocation.target)
    invocation.answer("config", found, _lines(found))


def _lines(found: Effective) -> Iterator[str]:
    rows = [(item.name, item.value, item.origin) for item in found.items]
    names = max(len(name) for name, _, _ in rows)
    values = min(max(len(value) for _, value, _ in rows), 48)
    for name, value, origin in rows:
        yield f"{name:<{names}}  {value:<{values}}  {origin}"
    yield ""
    yield f".env  {found.env_file}  {found.env_problem or f'{len(found.env)} keys'}"
    for entry in found.env:
        yield f"  {entry.name}  {DOTS}  #{entry.digest}  line {entry.line}"
    for warning in found.warnings:
        yield f"warning: {warning}"
