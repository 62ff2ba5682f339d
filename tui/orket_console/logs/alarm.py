"""What a thread waits at: to be rung from another thread, or until a descriptor has news."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from typing import Self


class Alarm:
    """Rung from any thread, waited at by one. Closed by the one that waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open = False
            os.close(self._out)
            os.close(self._in)

    def ring(self) -> None:
        """End the wait that goes on, or else the next one; once closed, nothing."""
        with self._lock:
            if self._open:
                # A pipe that is full has a ring in it already.
                with contextlib.suppress(BlockingIOError):
                    os.write(self._in, b"!")

    def wait(self, seconds: float, news: int | None = None) -> bool:
        """Until it is rung, `news` (a descriptor) can be read, or for so long; whether one was."""
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if news is not None:
            poll.register(news, select.POLLIN)
        ready = poll.poll(seconds * 1000)
        with contextlib.suppress(BlockingIOError):
            os.read(self._out, 4096)
        return bool(ready)
