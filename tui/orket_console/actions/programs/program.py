"""The base of every program of the console's own: its target, its words, its verdict.

A program runs as `python -I -u -m orket_console.actions.programs.NAME ARGUMENTS` in the root of
the installation, under the supervisor of its action. It prints plain lines as it goes; its last
line says the result, and its exit status the verdict. It imports no textual and no click.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from orket_console.actions.verdicts import PROGRAM_STATUS, Judgement, Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.text import one_line
from orket_console.target.target import Target, open_target

Work = Callable[[Target, Sequence[str]], Judgement]
"""Takes the target and the program's arguments; its verdict's evidence is the last line.

Raises `ConsoleError` for what failed.
"""

_STATUS: Final = {verdict: status for status, verdict in PROGRAM_STATUS.items()}


def run(work: Work) -> int:
    """Do `work` on the installation of the working folder; the exit status of its verdict."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        ended = work(own_target(), sys.argv[1:])
    except ConsoleError as error:
        ended = Judgement(Verdict.FAILED, str(error))
    say(ended.evidence)
    return _STATUS[ended.verdict]


def own_target() -> Target:
    """The installation of the working folder, with the settings that the console has.

    What the console was given as options comes as `ORKET_CONSOLE_*` of its plan. Raises
    `ConsoleError`.
    """
    here = Path.cwd()
    return open_target(option=str(here), environment=dict(os.environ), here=here, flags={})


def say(line: str) -> None:
    """Print one line.

    A reader that is gone, as when the supervisor was killed, is no reason to stop half way.
    """
    with contextlib.suppress(OSError, ValueError):
        print(one_line(line), flush=True)  # noqa: T201  what a program prints is its output
