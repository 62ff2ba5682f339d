"""What every headless command shares: its target, its clock and the shape of its answer."""

from __future__ import annotations

import codecs
import functools
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import click
import msgspec

from orket_console.base.clock import Clock, SystemClock, stamp
from orket_console.base.errors import ConsoleError
from orket_console.base.jsontext import printed, shallow
from orket_console.base.locale import speaks_utf8
from orket_console.base.state import ASCII_GLYPHS, GLYPHS, State
from orket_console.base.text import clean
from orket_console.target.settings import Scalar
from orket_console.target.target import Target, open_target

_FLAGS: Final = {
    "read_only": "ui.read_only",
    "api_port": "api.port",
    "webhook_port": "webhook.port",
    "python": "target.python",
}


_EXPECTED: Final = (
    ConsoleError,
    click.ClickException,
    click.Abort,
    click.exceptions.Exit,
    BrokenPipeError,
)
"""What ends a command and has its own exit status: see `main`."""
_PLAIN: Final = "orket-console-plain"
_ASCII: Final = {
    **{GLYPHS[state]: ASCII_GLYPHS[state] for state in State},
    **dict(zip("…–—•↵", ".--*/", strict=True)),
}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Characters that the stream can't encode: glyphs keep their meaning, others become `?`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_ASCII.get(char, "?") for char in text), error.end


codecs.register_error(_PLAIN, _plainly)


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a headless command."""

    target: Target
    clock: Clock
    as_json: bool

    def answer(self, command: str, data: object, lines: Iterable[str]) -> None:
        """Print the answer: one JSON document with `--json`, else `lines`.

        `data` is anything that msgspec encodes; both forms are sanitised and redacted here,
        whatever their way. Lines are made only when they are shown. Raises `ConsoleError` where
        stdout takes no more, `BrokenPipeError` where its reader left.
        """
        if self.as_json:
            put(self._document(command, data))
            return
        redactor = self.target.redactor()
        for line in lines:
            put(for_terminal(redactor.redact(clean(line)), sys.stdout))

    def narrate(self, line: str) -> None:
        """Say something on stderr, which is for people: stdout is data."""
        shown = self.target.redactor().redact(clean(line))
        click.echo(for_terminal(shown, sys.stderr), err=True)

    def _document(self, command: str, data: object) -> str:
        document = {
            "schema": f"orket-console/{command}/v1",
            "target": self._target(),
            "at": stamp(self.clock.now()),
            "data": msgspec.to_builtins(data),
        }
        return printed(self.target.redactor().redact_json(shallow(document)))

    def _target(self) -> dict[str, str]:
        identity = self.target.identity
        return {
            "root": str(self.target.path),
            "version": identity.version,
            "generation": identity.generation,
            "commit": identity.commit,
        }


def open_chosen_target(
    argument: str | None = None, option: str | None = None, *, anywhere: bool = False
) -> Target:
    """The installation by the command line's words, here or before the command.

    With `anywhere` none is needed. Raises `ConsoleError`.
    """
    chosen: dict[str, Any] = click.get_current_context().find_root().obj or {}
    return open_target(
        argument=argument,
        option=option or chosen.get("root"),
        environment=os.environ,
        here=Path.cwd(),
        flags=chosen_flags(),
        anywhere=anywhere,
    )


def chosen_flags() -> dict[str, Scalar]:
    """The settings that flags before the command set, by key."""
    chosen: dict[str, Any] = click.get_current_context().find_root().obj or {}
    return {_FLAGS[name]: value for name, value in chosen.items() if name in _FLAGS}


def target_command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a click command `--root` and `--json`, and an `Invocation` as first argument.

    One that was given `files` to read needs no installation. Whatever error it did not expect
    is told in one line, with a report in a file: a trace of calls helps nobody at 3 a.m.
    """

    @click.option("--root", metavar="DIR", help="The installation, instead of finding it.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @functools.wraps(function)
    def wrapped(root: str | None, as_json: bool, **arguments: Any) -> Any:
        _encode_plainly()
        target = open_chosen_target(option=root, anywhere=bool(arguments.get("files")))
        invocation = Invocation(target, SystemClock(), as_json)
        try:
            return function(invocation, **arguments)
        except _EXPECTED:
            raise
        except Exception as error:
            from orket_console.ui.crash import write_crash

            raise ConsoleError(write_crash(target)) from error

    return wrapped


def _encode_plainly() -> None:
    """A stream that can't encode a glyph gets it in ASCII, never an exception."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN)


def put(text: str) -> None:
    """On stdout, which is data. Raises `ConsoleError` where that takes no more."""
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConsoleError(
            f"the answer can't be written: {error.strerror}",
            where="stdout",
            remedy="make room, or send it elsewhere",
        ) from error


def for_terminal(line: str, stream: TextIO | None) -> str:
    """A line in ASCII for a terminal without UTF-8, whatever Python and click encode themselves.

    A pipe gets UTF-8 whatever the locale: what reads JSON expects it.
    """
    if stream is None or not stream.isatty() or speaks_utf8(os.environ):
        return line
    return line.encode("ascii", _PLAIN).decode("ascii")
