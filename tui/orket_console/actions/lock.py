"""One writing action at a time for an installation, whoever runs it, from whichever console.

The lock is the kernel's, on the installation's own folder: nothing is written there, and every
account and every state folder that leads to the same folder meets at the same lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from types import TracebackType
from typing import Final, Self

import psutil

from orket_console.actions.held import hold
from orket_console.actions.left_over import left_alive
from orket_console.actions.notes import Note, is_orphan, leave, note_of, writer_of
from orket_console.actions.origin import origin_of
from orket_console.actions.records import history, unfinished
from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_FILE: Final = "writing.lock"
_LETTING_GO: Final = 2.0
"""Seconds within which a supervisor that has written the end of its record is gone."""
_LOOK: Final = 0.02
_RULE: Final = "and only one action that writes runs at a time"


class Held:
    """A lock that is held until every copy of its descriptor is closed."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def hold_writing(target: Target, title: str) -> Held:
    """The lock, for the supervisor to inherit and to hold until it is gone.

    `title` is what is told of it to other consoles meanwhile. Raises `ConsoleError` that names
    the holder. One whose supervisor was killed counts as long as its process lives.
    """
    end = time.monotonic() + _LETTING_GO
    while (lock := _tried(target)) is None:
        if (own := _own(target)) or time.monotonic() >= end:
            raise _refusal(target, own or _told(target))
        time.sleep(_LOOK)
    if orphan := _orphan(target):
        lock.close()
        raise _refusal(target, orphan)
    leave(target.path, _beginning(target, title))
    return lock


def obstacle(target: Target) -> str:
    """Why no writing action could start now: another runs, who, since when; empty if none does."""
    # Asked often, so one that lost its supervisor is looked for in no history here.
    holder = _own(target) or _told(target) if _is_held(target) else _told_orphan(target)
    return f"{holder.text}, {_RULE}: {_way(target, holder)}" if holder else ""


def _tried(target: Target) -> Held | None:
    """The lock, unless another holds it."""
    try:
        fd = os.open(target.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ConsoleError(
            f"nothing was started: the installation can't be read: {error.strerror}",
            where=str(target.path),
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except OSError:
        # A file system that locks no folders, such as NFS.
        os.close(fd)
        return _of_state_folder(target)
    return Held(fd)


def _of_state_folder(target: Target) -> Held | None:
    """The lock that consoles of this account and state folder have together, and no other."""
    try:
        with hold(target.state.made() / _FILE) as file:
            return Held(os.dup(file.fileno()))
    except BlockingIOError:
        return None
    except OSError as error:
        raise ConsoleError(
            f"nothing was started: the state folder can't be written: {error.strerror}",
            where=str(target.state.path),
            remedy="make room, or set state.dir to a folder that can be written",
        ) from error


def _is_held(target: Target) -> bool:
    if lock := _tried(target):
        lock.close()
    return lock is None


def _beginning(target: Target, title: str) -> Note:
    """What is told until the action runs, when its own processes are known."""
    own = psutil.Process()
    who = origin_of(target.environment).who
    now = SystemClock().now()
    return Note(title=title, since=now, who=who, watcher=own.pid, process=0, born=own.create_time())


def _refusal(target: Target, holder: Note | None) -> ConsoleError:
    named = holder.text if holder else "another writing action runs"
    return ConsoleError(
        f"not started: {named}, {_RULE}", where=str(target.path), remedy=_way(target, holder)
    )


def _way(target: Target, holder: Note | None) -> str:
    # One of another account or state folder is not there to be cancelled.
    here = holder and any(record.id == holder.id for record in history(target).records)
    way = f"`orket-console actions cancel {holder.id}`" if holder and here else "have it cancelled"
    return f"wait for it, or {way}"


def _own(target: Target) -> Note | None:
    """What runs and writes, by this state folder's records."""
    found = next((r for r in unfinished(target) if r.running and r.writes), None)
    return note_of(found) if found else None


def _told(target: Target) -> Note | None:
    """What runs and writes, by the note of another console.

    Of what this state folder has a record, the record knows better: it has ended, and its
    supervisor is about to let go.
    """
    note = writer_of(target.path)
    known = note and any(record.id == note.id for record in history(target).records)
    return None if known else note


def _orphan(target: Target) -> Note | None:
    if own := next((r for r in unfinished(target) if r.writes and left_alive(r)), None):
        return note_of(own)
    return _told_orphan(target)


def _told_orphan(target: Target) -> Note | None:
    note = writer_of(target.path)
    return note if note and is_orphan(note) else None
