"""`orket-console`: a command, or with none (or a folder) the console itself.

Commands are loaded when they are called, so that `--version` and `check` never pay for
textual.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from orket_console import __version__
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.text import one_line

COMMANDS: Final = {
    "check": "probe everything once and say what is wrong",
    "log": "print or follow records of all logs, merged by time",
    "report": "the failure report of the runbook",
    "webhooks": "deliveries, review cycles and failures",
    "runs": "sessions with their issues and turns",
    "replay": "one turn from its artifacts",
    "compare": "two turns or runs, and where they first differ",
    "actions": "the runbook's commands: list, show, run, attach, cancel, history",
    "audit": "the record of every action: show it, verify it",
    "incident": "recovery step by step: open, status, note, close",
    "open": "the bundle of an incident, with the same tabs, read-only",
    "config": "every setting in force and where it comes from",
    "demo": "an embedded installation with faults, and the console on it",
}
"""Each lives in the module of its name, as a click command `command`."""

_CONSOLE: Final = "console"
_BARE: Final = (click.MissingParameter, click.NoSuchOption)


class _Commands(click.Group):
    """Finds commands by name in their modules; takes a folder as the console's ROOT."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS and cmd_name != _CONSOLE:
            return None
        module = importlib.import_module(f"orket_console.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader of our output left, as `| head` does: nothing to tell it, and nothing
            # wrong.
            _let_go_of_stdout()
            return ExitCode.OK

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The summaries stand here, so that --help loads no command.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word in COMMANDS:
            return word, self.get_command(ctx, word), args[1:]
        if word != _CONSOLE and not _is_path(word):
            import difflib  # only here, as every start would pay for it

            close = difflib.get_close_matches(word, COMMANDS, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "see --help"
            raise click.UsageError(f"{word!r} is neither a command nor a folder: {hint}")
        rest = args[1:] if word == _CONSOLE else args
        return _CONSOLE, self.get_command(ctx, _CONSOLE), rest


def _is_path(word: str) -> bool:
    if "/" in word or word in (".", "..") or word.startswith("~"):
        return True
    try:
        return Path(word).is_dir()
    except OSError:
        return False


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[ROOT | COMMAND [ARGS]...]",
)
@click.option("--root", metavar="DIR", help="The installation, instead of finding it.")
@click.option("--read-only", is_flag=True, help="Offer and run nothing that writes.")
@click.option("--api-port", type=int, metavar="N", help="Port of the API server.")
@click.option("--webhook-port", type=int, metavar="N", help="Port of the webhook server.")
@click.option("--python", metavar="PATH", help="Interpreter that actions run with.")
@click.version_option(__version__, prog_name="orket-console")
@click.pass_context
def cli(ctx: click.Context, /, **_options: Any) -> None:
    """The incident console for Orket.

    With no command it opens on ROOT, on ORKET_ROOT, or on the installation around the
    current folder.
    """
    ctx.obj = {name: value for name, value in ctx.params.items() if _is_given(value)}
    if ctx.invoked_subcommand is None:
        console = ctx.command.get_command(ctx, _CONSOLE)  # type: ignore[attr-defined]  # a Group
        ctx.invoke(console)


def _is_given(value: object) -> bool:
    """Whether an option before the command says something; 0 does, if nothing sensible."""
    return value is not None and value is not False and value != ""


def main() -> None:
    """The entry point: errors are one line on stderr, exit status as `ExitCode` says."""
    _hold_standard_streams()
    try:
        status = cli.main(prog_name="orket-console", standalone_mode=False)
    except click.Abort:
        _end(ExitCode.INTERRUPTED, "interrupted")
    except click.exceptions.NoArgsIsHelpError as error:
        # A group without its command: which there are is the answer, and no single line.
        with contextlib.suppress(OSError):
            click.echo(error.format_message(), err=True)
        sys.exit(ExitCode.USAGE)
    except click.UsageError as error:
        _end(ExitCode.USAGE, _told(error))
    except click.ClickException as error:
        _end(ExitCode.CANNOT_TELL, error.format_message())
    except ConsoleError as error:
        _end(error.exit_code, str(error))
    except OSError as error:
        _end(ExitCode.CANNOT_TELL, str(error))
    except KeyboardInterrupt:
        _end(ExitCode.INTERRUPTED, "interrupted")
    sys.exit(status if isinstance(status, int) else ExitCode.OK)


def _told(error: click.UsageError) -> str:
    """What is wrong; where click says no more than that, also where it is told what is right."""
    message = error.format_message()
    if error.ctx is None or not isinstance(error, _BARE):
        return message
    return f"{message.rstrip('.')}: see `{error.ctx.command_path} --help`"


def _hold_standard_streams() -> None:
    """Put nothing in the place of a standard stream that was closed: no file is to be taken
    for it."""
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            # The lowest number that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)


def _end(code: ExitCode, message: str) -> None:
    # A terminal that is gone takes no word, and changes no exit status.
    with contextlib.suppress(OSError):
        click.echo(f"orket-console: {one_line(message)}", err=True)
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        _let_go_of_stdout()
    sys.exit(code)


def _let_go_of_stdout() -> None:
    """What is still buffered must not fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
