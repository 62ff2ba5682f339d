"""Blocking looks in threads that can be given up.

The event loop's own pool is waited for when the loop ends, so one read that hangs on a dead
network mount would hang the exit too. These threads are daemons: a deadline leaves them
behind, and the same look is not started a second time while the first still hangs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """Runs functions, at most one at a time under each name."""

    def __init__(self) -> None:
        self._running: set[str] = set()

    async def run(self, name: str, function: Callable[[], T]) -> T:
        """The function's result. Raises `TimeoutError` if the last call of `name` still runs."""
        if name in self._running:
            raise TimeoutError(f"{name}: the last look has not come back")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = function()
            except BaseException as error:
                self._running.discard(name)
                deliver(_fail, error)
            else:
                self._running.discard(name)
                deliver(_succeed, result)

        def deliver(how: Callable[[asyncio.Future[T], object], None], what: object) -> None:
            # The loop may be gone by now: nobody waits for this answer any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(how, future, what)

        self._running.add(name)
        threading.Thread(target=work, name=f"look {name}", daemon=True).start()
        return await future


def _succeed(future: asyncio.Future[T], result: object) -> None:
    if not future.done():
        future.set_result(result)  # type: ignore[arg-type]  # it is the function's own T


def _fail(future: asyncio.Future[T], error: object) -> None:
    if not future.done() and isinstance(error, BaseException):
        future.set_exception(error)
