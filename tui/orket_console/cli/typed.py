"""An answer that was typed at the terminal, key by key: what comes in one go is a paste."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Iterator
from typing import Final

import click

_PASTES_MARKED: Final = "\x1b[?2004h"
_PASTES_PLAIN: Final = "\x1b[?2004l"
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
_MOST: Final = 1024
_END: Final = frozenset("\r\n")
_ERASE: Final = frozenset("\b\x7f")
_KILL: Final = "\x15"
_HANG_UP: Final = "\x04"
_ESCAPE: Final = "\x1b"
_PASTED: Final = "\na paste never confirms: type it"


def typed(question: str) -> str:
    """Ask on stderr, and read one line from the terminal that is stdin.

    Keys that come together, as those of a paste do, count for nothing, and what stood there
    goes with them. What was typed before the question is shown is no answer to it. Raises
    `click.Abort` where the input ends.
    """
    fd = sys.stdin.fileno()
    line = ""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with _keys(fd):
        termios.tcflush(fd, termios.TCIFLUSH)
        click.echo(question, nl=False, err=True)
        while True:
            raw = os.read(fd, _MOST)
            came = decoder.decode(raw)
            if not raw or came == _HANG_UP:
                raise click.Abort
            if came in _END:
                click.echo(err=True)
                return line
            if len(came) > 1:
                # An arrow or a function key is no paste; both start like an escape sequence.
                if came.startswith(_ESCAPE) and "[200" not in came:
                    continue
                line = ""
                click.echo(f"{_PASTED}\n{question}", nl=False, err=True)
                continue
            line = _edited(line, came)


def _edited(line: str, key: str) -> str:
    """The line after one more key, and the terminal brought up to it."""
    if key in _ERASE:
        _wipe(line[-1:])
        return line[:-1]
    if key == _KILL:
        _wipe(line)
        return ""
    if not key.isprintable():
        return line
    click.echo(key, nl=False, err=True)
    return line + key


def _wipe(text: str) -> None:
    click.echo("\b \b" * len(text), nl=False, err=True)


@contextlib.contextmanager
def _keys(fd: int) -> Iterator[None]:
    """The terminal gives each key as it is pressed, unechoed, and says which are pasted.

    It is left as it was found, also by a process that is told to end. Raises `click.Abort` then.
    """
    before = termios.tcgetattr(fd)
    during = [*before]
    during[3] &= ~(termios.ICANON | termios.ECHO)
    handlers = {number: signal.signal(number, _abort) for number in _ENDING}
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, during)
        click.echo(_PASTES_MARKED, nl=False, err=True)
        yield
    finally:
        # One that is gone, as after a hang-up, needs nothing put right.
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
            click.echo(_PASTES_PLAIN, nl=False, err=True)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _abort(_number: int, _frame: object) -> None:
    raise click.Abort
