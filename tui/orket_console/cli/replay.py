"""`orket-console replay`: one turn from its artifacts, as upstream's command prints it."""

from __future__ import annotations

import click

from orket_console.base.jsontext import printed
from orket_console.cli.invocation import Invocation, target_command
from orket_console.runs.key import parse_key
from orket_console.runs.replay import replay_turn


@click.command(
    "replay",
    help="One turn from its artifacts: SESSION:ISSUE:TURN[:ROLE], the issue as it is or lower"
    " case. Prints the JSON that Orket's --replay-turn prints; writes nothing.",
)
@click.argument("key")
@target_command
def command(invocation: Invocation, key: str) -> None:
    replay = replay_turn(invocation.target, parse_key(key))
    invocation.answer("replay", replay.document, iter([printed(replay.document)]))
