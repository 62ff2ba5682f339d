"""Logs that an operator names by hand: any file, and standard input."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from orket_console.base.clock import size
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.files import UnreadableError, typed_path
from orket_console.base.text import one_line
from orket_console.logs.forms import form_of
from orket_console.logs.packed import open_log
from orket_console.logs.sources import Form, Source, Sources

STDIN: Final = "-"
STDIN_CAP: Final = 4 << 30
"""Bytes of standard input that are kept while they are read through."""
_SAMPLE: Final = 1 << 16


def given(paths: Sequence[str], here: Path) -> Sources:
    """The named files as the logs to read, in that order, each alone; each told by its content."""
    named = dict.fromkeys(here / typed_path(path) for path in paths if path != STDIN)
    return Sources(
        tuple(
            Source(str(path), one_line(_shown(path, here)), _form(path), alone=True)
            for path in named
        ),
        (),
    )


def input_source(spool: IO[bytes]) -> Source:
    """What was kept of standard input, as one more log."""
    sample = os.pread(spool.fileno(), _SAMPLE, 0)
    path = f"/dev/fd/{spool.fileno()}"
    return Source(path, "standard input", form_of(sample), alone=True)


def keep_input(fd: int, cap: int = STDIN_CAP) -> IO[bytes]:
    """All of standard input in a file without a name. Raises `ConsoleError`."""
    # Kept because the last lines are wanted, and only the end tells which those are.
    spool = tempfile.TemporaryFile(prefix="orket-console-", buffering=0)  # noqa: SIM115 (it is kept)
    kept = 0
    last = b""
    try:
        while chunk := os.read(fd, 1 << 18):
            kept += len(chunk)
            if kept > cap:
                raise ConsoleError(
                    f"more than {size(cap)} came",
                    where="standard input",
                    remedy="use --follow, which keeps none of it, or name the file",
                    exit_code=ExitCode.CANNOT_TELL,
                )
            spool.write(chunk)
            last = chunk
        if last and not last.endswith(b"\n"):
            # Nothing can follow it any more, so it is a line.
            spool.write(b"\n")
    except OSError as error:
        spool.close()
        raise ConsoleError(
            f"can't be read or kept: {error.strerror}",
            where="standard input",
            remedy="name the file instead",
            exit_code=ExitCode.CANNOT_TELL,
        ) from error
    except BaseException:
        spool.close()
        raise
    return spool


def _form(path: Path) -> Form:
    try:
        with open_log(path) as file:
            return form_of(os.pread(file.fileno(), _SAMPLE, 0))
    except (UnreadableError, OSError):
        return Form.EVENTS


def _shown(path: Path, here: Path) -> str:
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
