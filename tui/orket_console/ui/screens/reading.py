"""What a screen reads in a thread: one thing at a time, with how far it is, until it is left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

from orket_console.base.errors import ConsoleError
from orket_console.runs.compare.runs import StoppedError
from orket_console.ui.crash import fault_line

Result = TypeVar("Result")
GoOn = Callable[[int, int], bool]
"""Told from the thread how far it is, of how much; False says that nobody waits any more."""


class Reading:
    """`busy` while something is read; `progress` how far it is, and of how much."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._stop = threading.Event()
        self.busy = False
        self.progress = (0, 0)

    def start(
        self,
        read: Callable[[GoOn], Result],
        then: Callable[[Result], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run `read` in a thread; its result goes to `then`, or why there is none to `failed`.

        What is under way is stopped, and what still comes of it dropped.
        """
        self.stop()
        stop = self._stop = threading.Event()
        self.busy, self.progress = True, (0, 0)

        def go_on(done: int, total: int) -> bool:
            if not stop.is_set():
                self.progress = (done, total)
            return not stop.is_set()

        async def run() -> None:
            result: Result | ConsoleError
            try:
                result = await asyncio.to_thread(read, go_on)
            except StoppedError:
                return
            except ConsoleError as error:
                result = error
            except Exception as error:  # else it would be busy for ever, and say nothing
                result = ConsoleError(fault_line(error))
            if stop.is_set() or not self._screen.is_attached:
                return
            self.busy = False
            if isinstance(result, ConsoleError):
                failed(str(result))
            else:
                then(result)

        self._screen.run_worker(run(), group="reading", exit_on_error=False)

    def stop(self) -> None:
        self._stop.set()
        self.busy = False
