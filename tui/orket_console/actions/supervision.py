"""One action, watched by its supervisor to its end, whoever looks on or not.

A supervisor loads this while the action starts: what judges it comes later, see `ending`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from orket_console.actions.pump import Pump
from orket_console.actions.streams import Keeper, Name, Stream
from orket_console.base.secret import Redactor, Secret

CANCEL: Final = "cancel"
"""The file in an action's folder that asks for its end."""
_LOOK: Final = 0.1
"""Seconds between two looks for a request to stop."""


Pipes = Mapping[Name, int]
"""Where each stream is read: a descriptor."""


class Ending(Enum):
    EXITED = "exited"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    QUIT = "the supervisor was told to end"


def supervise(
    folder: Path,
    secrets: Iterable[str],
    timeout: float,
    job: bytes,
    pid: int,
    pipes: Pipes,
    began: float,
    writing: Sequence[int],
) -> None:
    """Stay with process `pid` to its end, for at most `timeout` seconds, and conclude it.

    `folder` is the action's, `job` is an encoded `Job`, `pipes` are where its streams are read.
    `began` is monotonic. `writing` are the locks that it holds as one that writes.
    """
    redactor = Redactor(Secret(value) for value in secrets)
    supervision = Supervision(folder, redactor, pid, pipes, began)
    # What it says first is seen before what its end will need is loaded, and that is loaded while
    # more is taken: who writes fast would have to wait.
    supervision.take(_LOOK)
    threading.Thread(target=_load_ending).start()
    ending = supervision.until_ending(timeout)
    from orket_console.actions.ending import concluded

    concluded(job, supervision, ending, writing)


def _load_ending() -> None:
    import orket_console.actions.ending  # noqa: F401  for who needs it next


class Supervision:
    """Keeps the output of a process; obeys requests to stop that are left in its folder.

    `status` is its exit status, negative for a signal, once it has exited. `quitting` tells that
    the supervisor itself was told to end: the machine goes down.
    """

    def __init__(
        self, folder: Path, redactor: Redactor, pid: int, pipes: Pipes, began: float
    ) -> None:
        self.own = os.getpid()
        self.pid = pid
        self.began = began
        self.status: int | None = None
        self.quitting = False
        self.keeper = Keeper(folder)
        self._cancel = folder / CANCEL
        self._streams = {name: Stream(name, redactor, self.keeper) for name in pipes}
        handlers: dict[int, Callable[[], None]] = {
            signal.SIGTERM: self._quit,
            # Handled, not ignored: one that comes ends a wait.
            signal.SIGCHLD: _nothing,
            signal.SIGHUP: _nothing,
            signal.SIGINT: _nothing,
        }
        self._pump = Pump({pipes[name]: stream for name, stream in self._streams.items()}, handlers)

    def _quit(self) -> None:
        self.quitting = True

    def has_exited(self) -> bool:
        while self.status is None:
            # Any child: one that lost its parent may have become ours.
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif not pid:
                return False
        return True

    def until_ending(self, timeout: float) -> Ending:
        """Wait for what ends the action, taking its output.

        Its own end counts, not that of its output, which a process that it leaves behind may
        hold open.
        """
        end = self.began + timeout
        while not self.has_exited():
            if self.quitting:
                return Ending.QUIT
            if self._cancel.exists():
                return Ending.CANCELLED
            if time.monotonic() >= end:
                return Ending.TIMED_OUT
            self.pause(min(_LOOK, end - time.monotonic()))
        return Ending.EXITED

    def pause(self, seconds: float) -> None:
        """Take output for so long, or until a signal comes: what waits to write can't end."""
        end = time.monotonic() + seconds
        while not self.take(end - time.monotonic()) and time.monotonic() < end:
            pass
        for stream in self._streams.values():
            stream.look()

    def take(self, seconds: float) -> bool:
        """Wait for output or a signal, at most so long, and keep it; whether a signal came."""
        return self._pump.take(seconds)

    def drained(self, seconds: float) -> bool:
        """Take what is still in the pipes, for a bounded time; whether all of it came."""
        end = time.monotonic() + seconds
        while self._pump.open and (left := end - time.monotonic()) > 0:
            self._pump.take(left)
        whole = not self._pump.open
        self._pump.close()
        self.keeper.close()
        return whole

    def tail(self, stream: Name) -> str:
        """The end of what it printed, by which it is judged."""
        return self._streams[stream].tail()


def _nothing() -> None:
    """A signal that only wakes."""
