"""What is read just now because the operator asked, so that looking by itself can wait for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Reads:
    """Two threads that compute share one interpreter: what was asked for would take twice as
    long beside a round. Entered on the event loop, waited for in any thread."""

    def __init__(self) -> None:
        self._under_way = 0
        self._over = threading.Event()
        self._over.set()

    @property
    def under_way(self) -> bool:
        return not self._over.is_set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """While the block runs, something is read for the operator."""
        self._under_way += 1
        self._over.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._over.set()

    def wait(self, seconds: float) -> None:
        """Block this thread until nothing is read for the operator, so many seconds at most."""
        self._over.wait(seconds)
