"""One writing action at a time for an installation, whichever console or command runs it."""

from __future__ import annotations

import fcntl
from typing import BinaryIO, Final

from orket_console.actions.records import history
from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_FILE: Final = "writing.lock"


def hold_writing(target: Target) -> BinaryIO:
    """The lock, held until it is closed or this process is gone.

    Raises `ConsoleError` that names the holder, or says that the state folder can't be written.
    """
    try:
        file = (target.state.made() / _FILE).open("ab")
    except OSError as error:
        raise ConsoleError(
            f"nothing was started: the state folder can't be written: {error.strerror}",
            where=str(target.state.path),
            remedy="make room, or set state.dir to a folder that can be written",
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConsoleError(
            f"not started: {_holder(target)}, and only one action that writes runs at a time",
            remedy="wait for it, or cancel it where it was started",
        ) from error
    return file


def _holder(target: Target) -> str:
    for record in history(target).records:
        if record.running and record.writes:
            who = record.origin
            place = f"{who.user} on {who.host}" + (f" from {who.ssh}" if who.ssh else "")
            return f"{record.title} runs since {stamp(record.started)} ({place})"
    return "another writing action runs"
