"""Locks that the kernel lets go of when their holder is gone, however it went."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO, Final

from orket_console.actions.supervisor import NOTE_LENGTH
from orket_console.base.files import UnreadableError, read_bytes

RUNNING: Final = "running.lock"
"""In an action's folder, held from before its record is seen until its supervisor is gone."""


def hold(path: Path) -> BinaryIO:
    """The lock at `path`, held until every copy of the file is closed.

    A process that inherits it holds it too. Raises `BlockingIOError` where another holds it,
    `OSError` where it can't be made.
    """
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


def noted(path: Path) -> tuple[int, int] | None:
    """The supervisor's process and the action's first, as noted in `RUNNING`; None before that."""
    try:
        supervisor, pid = read_bytes(path, NOTE_LENGTH).split()
        return int(supervisor), int(pid)
    except (UnreadableError, ValueError):
        return None


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock; one that is not there is held by nobody."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
