"""`orket-console demo`: an embedded installation with a fault, and the console on it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final

import click
import msgspec

from orket_console.base.errors import ExitCode
from orket_console.cli.invocation import chosen_flags
from orket_console.demo.running import DemoInstallation, running
from orket_console.demo.scenarios import SCENARIOS
from orket_console.target.target import Target, open_target

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("demo", help="Run an embedded installation and open the console on it.")
@click.option(
    "--scenario",
    type=click.Choice(sorted(SCENARIOS)),
    default="stalled-run",
    show_default=True,
    help="What is wrong with it.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same story.")
@click.option("--dir", "directory", metavar="DIR", help="Lay it here and keep it.")
@click.option("--headless", is_flag=True, help="Run it without the console, until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="With --headless: say where as JSON.")
def command(scenario: str, seed: int, directory: str | None, headless: bool, as_json: bool) -> int:
    folder = Path(directory).expanduser().absolute() if directory else None
    if headless:
        with running(scenario, seed=seed, directory=folder) as demo:
            _announce(demo, as_json=as_json)
            number = _wait_for_end()
        return ExitCode.INTERRUPTED if number == signal.SIGINT else 128 + number
    # Not above: a headless demo needs no textual.
    from orket_console.ui.launch import require_terminal, run_console

    require_terminal()
    click.echo(f"starting the demo `{scenario}` …", err=True)
    with running(scenario, seed=seed, directory=folder) as demo:
        return run_console(_target(demo, kept=folder is not None))


def _target(demo: DemoInstallation, *, kept: bool) -> Target:
    """The demo as the console's target, with nothing of the operator's own Orket in it."""
    flags = chosen_flags()
    if not kept:
        # The console's state goes where the demo goes, so that nothing is left behind.
        flags["state.dir"] = str(demo.root / ".console-state")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ORKET_", "GITEA_"))
    }
    return open_target(option=str(demo.root), environment=environment, here=demo.root, flags=flags)


def _announce(demo: DemoInstallation, *, as_json: bool) -> None:
    if as_json:
        place = {
            "root": str(demo.root),
            "scenario": demo.scenario,
            "api_port": demo.api_port,
            "webhook_port": demo.webhook_port,
            "pid": os.getpid(),
        }
        click.echo(msgspec.json.encode(place))
        return
    click.echo(f"{demo.scenario}: {SCENARIOS[demo.scenario].summary}")
    click.echo(f"root      {demo.root}")
    click.echo(f"API       http://127.0.0.1:{demo.api_port}")
    click.echo(f"webhooks  http://127.0.0.1:{demo.webhook_port}")
    click.echo(f"open it   orket-console {demo.root}")
    click.echo("Ctrl-C ends it.", err=True)


def _wait_for_end() -> int:
    """Wait for an ending signal. One that comes before is fatal, and the demo goes all the same."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        return signal.sigwait(_ENDS)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
