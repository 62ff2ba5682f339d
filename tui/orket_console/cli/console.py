"""The console itself: `orket-console [ROOT]`."""

from __future__ import annotations

import click

from orket_console.cli.invocation import open_chosen_target
from orket_console.ui.launch import require_terminal, run_console


@click.command("console", hidden=True)
@click.argument("root", required=False)
def command(root: str | None = None) -> int:
    require_terminal()
    return run_console(open_chosen_target(argument=root))
