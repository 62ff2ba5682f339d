"""The pipes of a child, read as they fill, by one thread that signals wake."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
from collections.abc import Callable, Mapping
from typing import Final

from orket_console.actions.streams import Stream

_AT_ONCE: Final = 64 << 10
_WIDE: Final = 1 << 20
"""Bytes that a child may be ahead of who reads, where the system allows that many."""


class Pump:
    """Hands on what comes out of pipes. `streams` are by the descriptors that they are read from.

    To be made in the main thread: `handlers` are called there when their signal comes, which
    ends a wait.
    """

    def __init__(
        self, streams: Mapping[int, Stream], handlers: Mapping[int, Callable[[], None]]
    ) -> None:
        self._streams = dict(streams)
        self._poll = select.poll()
        self._woken, waker = os.pipe()
        for descriptor in (self._woken, waker):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number, handler in handlers.items():
            signal.signal(number, _handling(handler))
        for descriptor in (*self._streams, self._woken):
            self._poll.register(descriptor, select.POLLIN)
        for descriptor in self._streams:
            _widen(descriptor)

    @property
    def open(self) -> bool:
        """Whether someone still holds the other end of a pipe."""
        return bool(self._streams)

    def take(self, seconds: float) -> bool:
        """Wait for output or a signal, at most so long, and hand on what is there.

        Whether a signal came.
        """
        woken = False
        for descriptor, _ in self._poll.poll(max(seconds, 0.0) * 1000):
            if descriptor == self._woken:
                woken = True
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, _AT_ONCE)
            elif part := os.read(descriptor, _AT_ONCE):
                self._streams[descriptor].received(part)
            else:
                self._close(descriptor)
        return woken

    def close(self) -> None:
        """Read no more, whoever still writes; a last line without its end is handed on."""
        for descriptor in list(self._streams):
            self._close(descriptor)

    def _close(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        os.close(descriptor)
        self._streams.pop(descriptor).flush()


def _widen(pipe: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _WIDE)


def _handling(handler: Callable[[], None]) -> Callable[[int, object], None]:
    return lambda number, frame: handler()
