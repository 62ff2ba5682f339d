"""Follows one log through everything that can happen to a file under its reader.

Each complete line comes out once, in order; the half-written last line is held back until
its newline arrives. What happens to the file itself comes out as a `Notice` at its place
among the lines. Nothing here waits: `poll` reads what there is and returns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from orket_console.base.clock import Clock
from orket_console.base.files import Unreadable, UnreadableError, open_regular
from orket_console.base.lines import CHUNK
from orket_console.base.text import clean
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.opened import Notice, Opened, Step, identity_of_file
from orket_console.logs.pages import count_lines, end_of_lines
from orket_console.logs.records import MarkKind
from orket_console.logs.rotation import Identity, identity_of, successor
from orket_console.logs.sources import SourceStatus

GRACE: Final = 2.0
"""Seconds that a renamed or deleted file is kept open for what its writer still has to say."""
_SWITCHES: Final = 32
"""Rotated files that one poll goes through at most."""
AT_ONCE: Final = 4 << 20
"""Bytes that one poll reads at most, so that a burst in one log keeps no other waiting."""


_REPLACED: Final = Notice(MarkKind.REPLACED, "the file before it is gone, and what it held unread")


@dataclass(frozen=True, slots=True)
class _Left:
    """A file that was let go: what tells it again, where to go on, and its unfinished line."""

    identity: Identity
    print: Fingerprint
    start: int
    number: int | None
    rest: list[Step]


class Follower:
    """One log, followed. Reads only; a FIFO, folder or device in its place is a state."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._open: Opened | None = None
        self._left: _Left | None = None
        self._away_since: float | None = None
        self._missed = False
        self.unread = False
        """Whether more was there to read than one poll takes."""
        self.status = SourceStatus.WAITING
        self.detail = ""

    @property
    def size(self) -> int | None:
        """Bytes of the file that is being read; None while there is none."""
        return self._open.size if self._open else None

    @property
    def restless(self) -> bool:
        """Whether something may come of looking again soon, though nothing is written."""
        return self._open is not None and (self._away_since is not None or self.unread)

    def start_at_end(self) -> None:
        """Open the log behind its last complete line, so that `poll` gives what comes after.

        A log that can't be read yet is read from its start once it can.
        """
        file = self._opened(self._path)
        if file is None:
            self._missed = True
            return
        fd = file.fileno()
        end = end_of_lines(fd, os.fstat(fd).st_size)
        lines = count_lines(fd, end)
        self._take_up(Opened(file, end, None if lines is None else lines + 1, final=False))

    def place(self) -> tuple[int, int, int | None] | None:
        """Where `poll` goes on: a descriptor (the caller's), the offset of the next line, and
        how many lines stand before it where that is known; None while no file is open."""
        if self._open is None:
            return None
        number = self._open.number
        lines = None if number is None else number - 1
        return os.dup(self._open.file.fileno()), self._open.splitter.offset, lines

    def number(self, count: Callable[[int, int], int | None]) -> None:
        """Number what comes from now on, if it isn't: `count` tells of a descriptor how many
        lines begin before an offset, None where that isn't known either."""
        if self._open is not None and self._open.number is None:
            lines = count(self._open.file.fileno(), self._open.splitter.offset)
            self._open.number = None if lines is None else lines + 1

    def poll(self) -> list[Step]:
        """What was written since the last call, in order."""
        steps: list[Step] = []
        for _ in range(_SWITCHES):
            if self._open is None:
                steps += self._appear()
            opened = self._open
            if opened is None:
                break
            # Looked at before reading: what a file held when it was renamed is then all read.
            there = identity_of(self._path)
            try:
                read, whole = self._drain(opened)
            except OSError as error:
                self._broken(opened, error, there)
                break
            steps += read
            self.unread = not whole
            if there == opened.identity and whole:
                self._away_since = None
                self.status, self.detail = SourceStatus.FOLLOWING, ""
            if there == opened.identity or not whole:
                break
            steps += self._move_on(opened, wrote=bool(read))
            if self._open is opened:
                break
        return steps

    def close(self) -> None:
        """Let the file go. A later `poll` would go on where this one stopped."""
        if self._open is None:
            return
        opened, self._open = self._open, None
        start, number = opened.splitter.offset, opened.number
        self._left = _Left(opened.identity, opened.print, start, number, opened.rest())
        opened.file.close()

    def _appear(self) -> list[Step]:
        """Open the log if it is there by now; what was rotated away unread comes first."""
        if self._left is not None:
            return self._follow_on(self._left.identity)
        file = self._opened(self._path)
        if file is None:
            self._missed = True
            return []
        self._take_up(Opened(file, 0, 1, final=False))
        return [Notice(MarkKind.APPEARED, "")] if self._missed else []

    def _opened(self, path: Path) -> BinaryIO | None:
        try:
            return open_regular(path)
        except UnreadableError as error:
            missing = error.reason is Unreadable.MISSING
            self.status = SourceStatus.WAITING if missing else SourceStatus.UNREADABLE
            self.detail = "" if missing else " ".join((error.reason, error.detail)).strip()
            return None

    def _take_up(self, opened: Opened) -> None:
        self._open = opened
        self._left = None
        self._away_since = None
        self.status, self.detail = SourceStatus.FOLLOWING, ""

    def _drain(self, opened: Opened) -> tuple[list[Step], bool]:
        """Read on, as much as one poll may; whether that was all there is."""
        steps: list[Step] = []
        fd = opened.file.fileno()
        left = AT_ONCE
        while left > 0:
            if opened.size < opened.print.offset:
                steps.append(self._cleared(opened))
                continue
            chunk = os.pread(fd, min(CHUNK, left), opened.print.offset)
            # Asked after reading: a file cleared before it was read is not read on.
            if not opened.print.holds(fd):
                steps.append(self._cleared(opened))
                continue
            if not chunk:
                return steps, True
            left -= len(chunk)
            steps += opened.take(chunk)
        return steps, False

    def _broken(self, opened: Opened, error: OSError, there: Identity | None) -> None:
        """A descriptor that can't be read is tried again, until another file has the name."""
        self.status, self.detail = SourceStatus.UNREADABLE, clean(str(error))
        if there is not None and there != opened.identity:
            opened.file.close()
            self._open = None
            self._missed = True

    def _cleared(self, opened: Opened) -> Notice:
        dropped = opened.restart()
        lost = f"{dropped} bytes of an unfinished line lost, " if dropped else ""
        return Notice(MarkKind.CLEARED, f"{lost}read from its start again")

    def _move_on(self, opened: Opened, *, wrote: bool) -> list[Step]:
        """The log's name leads elsewhere and the file that was read is at its end."""
        if opened.final:
            return self._follow_on(opened.identity)
        now = self._clock.monotonic()
        if self._away_since is None or wrote:
            self._away_since = now
            return []
        waited = now - self._away_since
        if opened.splitter.pending and waited < GRACE:
            return []
        if identity_of(self._path) is not None:
            return self._follow_on(opened.identity)
        self.status, self.detail = SourceStatus.WAITING, "deleted or renamed"
        if waited >= GRACE:
            # Not kept open for ever: a deleted log would go on filling its disk.
            self.close()
        return []

    def _follow_on(self, followed: Identity) -> list[Step]:
        """Open what was written after `followed`: the next rotated file, or the log itself."""
        following = successor(self._path, followed)
        if following is None:
            return self._same_again(followed)
        file = self._opened(following.generation.path)
        if file is None:
            return []
        if identity_of_file(file) != following.generation.identity:
            file.close()
            return []
        self.close()
        rest = self._left.rest if self._left else []
        self._take_up(Opened(file, 0, 1, final=not following.last))
        return [*rest, Notice(MarkKind.ROTATED, "0 lost") if following.found else _REPLACED]

    def _same_again(self, followed: Identity) -> list[Step]:
        """Nothing follows: the log may be back under its name, or be no file any more."""
        there = identity_of(self._path)
        if there is None:
            return []
        file = self._opened(self._path)
        if file is None:
            return []
        left = self._left
        if left is None or there != followed or identity_of_file(file) != followed:
            file.close()
            return []
        same = os.fstat(file.fileno()).st_size >= left.print.offset and left.print.holds(
            file.fileno()
        )
        if same:
            self._take_up(Opened(file, left.start, left.number, final=False))
            return []
        # The file system gave the new file the old one's inode.
        self._take_up(Opened(file, 0, 1, final=False))
        return [*left.rest, _REPLACED]
