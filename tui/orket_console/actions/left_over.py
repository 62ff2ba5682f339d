"""What lives of an action though its supervisor is gone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import psutil

from orket_console.actions.processes import MARK, of_action

if TYPE_CHECKING:
    from orket_console.actions.records import Record

_BORN_WITHIN: Final = 5.0
"""Seconds between a record's start and the birth of its first process."""


def left_alive(record: Record) -> bool:
    """Whether something of the action lives though nobody supervises it any more."""
    return bool(left_over(record))


def left_over(record: Record) -> tuple[int, ...]:
    """Processes of an action that has no end: its first, else what that left behind."""
    if record.ended is not None or record.pid is None:
        return ()
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(record.pid)
        if _is_of(process, record) and process.status() != psutil.STATUS_ZOMBIE:
            return (record.pid,)
    if record.started.timestamp() < psutil.boot_time():
        return ()
    return tuple(process.pid for process in of_action(record.id, 0))


def _is_of(process: psutil.Process, record: Record) -> bool:
    """Whether it is the action's own, and not a later one of its number.

    By the mark that it carries; where that can't be read, by its birth, which was the record's.
    """
    with contextlib.suppress(psutil.Error, OSError):
        if mark := process.environ().get(MARK):
            return mark == record.id
    return abs(process.create_time() - record.started.timestamp()) < _BORN_WITHIN
