"""One writing action at a time for an installation, whichever console or command runs it."""

from __future__ import annotations

import time
from typing import BinaryIO, Final

from orket_console.actions.held import hold
from orket_console.actions.records import Record, history, left_alive
from orket_console.base.clock import stamp
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_FILE: Final = "writing.lock"
_LETTING_GO: Final = 2.0
"""Seconds within which a supervisor that has written the end of its record is gone."""
_LOOK: Final = 0.02


def hold_writing(target: Target) -> BinaryIO:
    """The lock, for the supervisor to inherit and to hold until it is gone.

    Raises `ConsoleError` that names the holder, or says that the state folder can't be written.
    One whose supervisor was killed counts as long as its process lives.
    """
    end = time.monotonic() + _LETTING_GO
    while (lock := _tried(target)) is None:
        holder = _running(target)
        if holder or time.monotonic() >= end:
            raise _refusal(target, holder)
        time.sleep(_LOOK)
    if orphan := _orphan(target):
        lock.close()
        raise _refusal(target, orphan)
    return lock


def _tried(target: Target) -> BinaryIO | None:
    try:
        return hold(target.state.made() / _FILE)
    except BlockingIOError:
        return None
    except OSError as error:
        raise ConsoleError(
            f"nothing was started: the state folder can't be written: {error.strerror}",
            where=str(target.state.path),
            remedy="make room, or set state.dir to a folder that can be written",
        ) from error


def _refusal(target: Target, holder: Record | None) -> ConsoleError:
    named = _named(holder) if holder else "another writing action runs"
    way = f"`orket-console actions cancel {holder.id}`" if holder else "cancel it"
    return ConsoleError(
        f"not started: {named}, and only one action that writes runs at a time",
        where=str(target.path),
        remedy=f"wait for it, or {way}",
    )


def _named(record: Record) -> str:
    return f"{record.title} runs since {stamp(record.started)} ({record.origin.who})"


def _running(target: Target) -> Record | None:
    return next((r for r in history(target).records if r.running and r.writes), None)


def _orphan(target: Target) -> Record | None:
    return next((r for r in history(target).records if r.writes and left_alive(r)), None)
