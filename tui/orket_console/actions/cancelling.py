"""Asking an action to stop: a line in its folder, from any console, for its supervisor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from orket_console.actions.supervision import CANCEL
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import decode, one_line

_CAP: Final = 4096


def ask_to_stop(folder: Path, who: str) -> None:
    """Add a request to an action's folder: the first means TERM, the second KILL at once.

    A full disk takes the first one too, without its name. Raises `OSError`.
    """
    fd = os.open(folder / CANCEL, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, f"{one_line(who)}\n".encode("utf-8", "replace"))
    except OSError:
        if os.fstat(fd).st_size:
            raise
    finally:
        os.close(fd)


def requests(folder: Path) -> tuple[str, ...]:
    """Who asked, in order."""
    try:
        raw = read_bytes(folder / CANCEL, _CAP)
    except UnreadableError:
        return ()
    named = tuple(one_line(decode(line)) for line in raw.split(b"\n")[:-1])
    return named or ("someone",)
