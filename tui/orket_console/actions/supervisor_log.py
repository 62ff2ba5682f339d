"""Where a supervisor that fails says why: a file in the action's folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import decode, one_line

_LOG: Final = "supervisor.log"
_CAP: Final = 64 << 10


@contextlib.contextmanager
def opened_log(folder: Path) -> Iterator[BinaryIO]:
    """To be its stderr."""
    fd = os.open(folder / _LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        yield file


def last_word(folder: Path) -> str:
    """The last line that it said, which for an error is what went wrong; empty for none."""
    try:
        said = decode(read_bytes(folder / _LOG, _CAP)).strip()
    except UnreadableError:
        return ""
    return one_line(said.rsplit("\n", 1)[-1])
