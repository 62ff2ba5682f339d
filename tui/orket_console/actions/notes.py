"""Who writes on an installation, told to every account of the machine.

A console's own state is for its user alone, so one of another account, or with another state
folder, could not name who holds the lock. Each account leaves a note of what it runs, in a folder
that nobody else can write: `/tmp/orket-console-<uid>/<device>-<inode of the root>.json`. A note
is a courtesy: the lock itself is the kernel's, and one that can't be written or read costs only
the name.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psutil

from orket_console.base.clock import stamp
from orket_console.base.files import UnreadableError, read_bytes
from orket_console.base.text import clean_json, one_line

if TYPE_CHECKING:
    from orket_console.actions.records import Record

_PLACE: Final = Path("/tmp")  # noqa: S108  the one folder that all accounts share; checked below
_PREFIX: Final = "orket-console-"
_CAP: Final = 16 << 10
_BORN_WITHIN: Final = 5.0
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What writes: its title, since when, by whom.

    `watcher` is the process that holds the lock for it, `process` the action's own first, 0 as
    long as there is none. Both began near `born`, in seconds since the epoch.
    """

    title: str
    since: datetime
    who: str
    watcher: int
    process: int
    born: float
    id: str = ""

    @property
    def text(self) -> str:
        return one_line(f"{self.title} runs since {stamp(self.since)} ({self.who})")


def note_of(record: Record) -> Note:
    """What is told of an action that runs."""
    return Note(
        title=record.title,
        since=record.started,
        who=record.origin.who,
        watcher=record.supervisor or 0,
        process=record.pid or 0,
        born=record.started.timestamp(),
        id=record.id,
    )


def leave(root: Path, note: Note) -> None:
    """Tell of it, and forget what this account told of actions that are over."""
    folder = _PLACE / f"{_PREFIX}{os.geteuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        if not _is_of(folder, os.geteuid()):
            return
        folder.chmod(0o755)
        for old in folder.iterdir():
            if not is_alive(_read(old)):
                old.unlink(missing_ok=True)
        _replace(folder / _name(root), msgspec.json.encode(note))


def writer_of(root: Path) -> Note | None:
    """What writes on the installation, by the note of any account; None for what is over."""
    with contextlib.suppress(OSError):
        name = _name(root)
        notes = (_read(folder / name) for folder in _folders())
        living = [note for note in notes if note and is_alive(note)]
        return max(living, key=lambda note: note.since, default=None)
    return None


def _folders() -> Iterator[Path]:
    """Those in which only the account that they are named after can write."""
    for folder in _PLACE.glob(f"{_PREFIX}*"):
        user = folder.name.removeprefix(_PREFIX)
        with contextlib.suppress(OSError, ValueError):
            if user.isascii() and _is_of(folder, int(user)):
                yield folder


def _replace(path: Path, content: bytes) -> None:
    """At once, or not at all. It need not outlive a crash: what it tells of would not either."""
    fd, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, 0o644)
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_alive(note: Note | None) -> bool:
    return note is not None and any(
        _lives(pid, note.born) for pid in (note.watcher, note.process) if pid
    )


def is_orphan(note: Note) -> bool:
    """Whether its own process lives though nobody watches it any more."""
    return bool(note.process) and _lives(note.process, note.born)


def _is_of(folder: Path, user: int) -> bool:
    """Whether it is a folder, no link, in which that user alone can write."""
    info = folder.lstat()
    mine = stat.S_ISDIR(info.st_mode) and info.st_uid == user
    return mine and not info.st_mode & _OTHERS_WRITE


def _name(root: Path) -> str:
    info = root.stat()
    return f"{info.st_dev}-{info.st_ino}.json"


def _read(path: Path) -> Note | None:
    try:
        return msgspec.convert(clean_json(msgspec.json.decode(read_bytes(path, _CAP))), Note)
    except (UnreadableError, msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _lives(pid: int, born: float) -> bool:
    try:
        process = psutil.Process(pid)
        near = abs(process.create_time() - born) < _BORN_WITHIN
        return near and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False
