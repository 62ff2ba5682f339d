"""`orket-console webhooks send` and `verify-signature`: deliveries made, captured ones checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.state import GLYPHS, State
from orket_console.cli.actions import run_action
from orket_console.cli.asking import confirm_options
from orket_console.cli.invocation import Invocation, target_command
from orket_console.target.signing import known_secrets
from orket_console.webhooks.signature import Checked, check_signature

_BODY_CAP: Final = 8 << 20


@click.command("send", help="Send a signed test delivery, and follow it to its line and row.")
@click.argument(
    "event",
    type=click.Choice(["push", "opened", "approved", "changes_requested"]),
    default="push",
)
@click.option("--repo", metavar="OWNER/NAME", help="The repository it is about.")
@click.option("--number", type=click.IntRange(1, 999_999), help="The pull request.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A captured body to send instead, byte for byte.",
)
@confirm_options
@target_command
def send(
    invocation: Invocation,
    event: str,
    repo: str | None,
    number: int | None,
    file: Path | None,
    yes: bool,
    confirm: str | None,
) -> ExitCode:
    given = {"event": event}
    given |= {"repo": repo} if repo else {}
    given |= {"number": str(number)} if number else {}
    given |= {"file": str(file.absolute())} if file else {}
    return run_action(invocation, "test-delivery", given, yes=yes, confirm=confirm)


@click.command(
    "verify-signature", help="Whether a captured body and signature match the server's secret."
)
@click.argument("body", type=click.Path(allow_dash=True))
@click.argument("signature")
@click.option("--event", default="", metavar="NAME", help="The X-Gitea-Event that came with it.")
@target_command
def verify_signature(invocation: Invocation, body: str, signature: str, event: str) -> ExitCode:
    target = invocation.target
    generation = target.identity.generation
    checked = check_signature(_read(body), signature, event, known_secrets(target), generation)
    invocation.answer("webhooks-signature", checked, _lines(checked))
    return ExitCode.OK if checked.accepted and not checked.event else ExitCode.WRONG


def _read(body: str) -> bytes:
    """The body from a file, or from stdin for `-`."""
    if body == "-":
        return sys.stdin.buffer.read(_BODY_CAP)
    try:
        return read_bytes(body, _BODY_CAP)
    except UnreadableError as error:
        raise ConsoleError(f"the body can't be read: {error}", exit_code=ExitCode.USAGE) from error


def _lines(checked: Checked) -> Iterator[str]:
    if checked.accepted:
        yield f"{GLYPHS[State.OK]} accepted: it matches the secret of {checked.origin}"
    else:
        yield f"{GLYPHS[State.FAILING]} refused: {checked.mistake}"
        yield f"  do        {checked.remedy}"
        if checked.origin:
            yield f"  matches   the secret of {checked.origin}, apart from that"
    if checked.event:
        yield f"{GLYPHS[State.DEGRADED]} event: {checked.event}"
    for one in checked.tried:
        yield f"  tried     {one}"
