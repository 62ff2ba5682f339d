"""An action watched from the command line: what signals do to it, and that it is silent."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Final

from orket_console.actions.pieces import Listener
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record
from orket_console.actions.runner import SILENCE, Run, start
from orket_console.base.clock import ago
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.cli.invocation import Invocation

_LOOK: Final = 0.5


class Hand:
    """What signals ask for, of an action that runs or is still being started."""

    def __init__(self, narrate: Callable[[str], None]) -> None:
        self._narrate = narrate
        self._run: Run | None = None
        self._stops = 0
        self._left = False

    def take(self, run: Run) -> None:
        """It runs: what was asked for meanwhile is done now."""
        self._run = run
        for _ in range(self._stops):
            self._cancel(run)
        if self._left:
            run.leave()

    def stop(self) -> None:
        """The first time end it, the second time kill it."""
        self._stops += 1
        if self._run:
            self._cancel(self._run)

    def leave(self) -> None:
        """Watch no longer; it goes on."""
        self._left = True
        if self._run:
            self._run.leave()

    def _cancel(self, run: Run) -> None:
        try:
            run.cancel()
        except ConsoleError as error:
            self._narrate(f"orket-console: {error}")


async def started(
    invocation: Invocation, made: Plan, confirmation: str, listener: Listener
) -> Record:
    """Run it; the first signal cancels it, the second kills it. It goes on where the line drops."""
    hand = Hand(invocation.narrate)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, hand.stop)
    loop.add_signal_handler(signal.SIGHUP, hand.leave)
    run = await start(invocation.target, made, listener, invocation.clock, confirmation)
    hand.take(run)
    return await _ending(invocation, run)


async def watched(invocation: Invocation, record: Record, listener: Listener) -> Record:
    """Its output from its beginning on; a signal ends the watching and not the action."""
    run = Run(invocation.target, record, listener, invocation.clock)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, run.leave)
    return await _ending(invocation, run)


async def _ending(invocation: Invocation, run: Run) -> Record:
    """The record of an action that has ended. Raises where the watching was ended."""
    telling = asyncio.create_task(_tell_of_silence(invocation, run))
    try:
        return await run.ended()
    except asyncio.CancelledError as error:
        raise ConsoleError(
            f"{run.record.title} goes on",
            remedy=f"`orket-console actions attach {run.record.id}` watches it",
            exit_code=ExitCode.INTERRUPTED,
        ) from error
    finally:
        telling.cancel()


async def _tell_of_silence(invocation: Invocation, run: Run) -> None:
    """Once it has lasted, and again each time that it has doubled."""
    due = SILENCE
    # A terminal that is gone takes no word, and that is no reason to stop.
    with contextlib.suppress(OSError, ValueError):
        while True:
            await asyncio.sleep(_LOOK)
            if run.quiet < SILENCE:
                due = SILENCE
            elif run.quiet >= due:
                due *= 2
                invocation.narrate(
                    f"orket-console: nothing printed for {ago(run.quiet)}, "
                    f"process {run.record.pid} runs on"
                )
