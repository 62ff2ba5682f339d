"""An action that runs, as those who watch it have it: its output as it comes, its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import msgspec

from orket_console.actions import processes
from orket_console.actions.abandoned import concluded
from orket_console.actions.cancelling import ask_to_stop, requests
from orket_console.actions.following import Follower
from orket_console.actions.held import RUNNING, is_held
from orket_console.actions.launch import launch
from orket_console.actions.left_over import left_over
from orket_console.actions.origin import origin_of
from orket_console.actions.pieces import Listener, Piece
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record, folder_of, load
from orket_console.actions.verdicts import Verdict
from orket_console.base.clock import Clock, SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_LOOK: Final = 0.1
"""Seconds between two looks for more output, when none came for a while: less before."""
_FIRST_LOOK: Final = 0.01
SILENCE: Final = 60.0
"""Seconds without output after which that is told."""
UNASKED: Final = "not asked"
ASKED: Final = "asked, and agreed"
NAMED: Final = "asked, and typed the installation's name"
BY_OPTION: Final = "--yes"
BY_NAME: Final = "--confirm with the installation's name"
"""How an operator agreed."""
_SYSTEM_CLOCK: Final = SystemClock()


async def start(
    target: Target,
    plan: Plan,
    listener: Listener | None,
    clock: Clock = _SYSTEM_CLOCK,
    confirmation: str = UNASKED,
) -> Run:
    """Start the action under a supervisor of its own, and watch it.

    `listener` gets its output on the event loop as it comes, and must neither wait nor raise;
    without one the output is left to whoever reads the files.
    `confirmation` is how the operator agreed, for the audit trail. Raises `ConsoleError` with
    nothing started, as `launch` does.
    """
    record = await asyncio.to_thread(launch, target, plan, clock.now(), confirmation)
    return Run(target, record, listener, clock)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look at an action's folder. `stops` counts the requests to stop."""

    lives: bool
    stops: int
    pieces: list[Piece]


class Run:
    """One action that runs, or ran, under its supervisor, whoever started it.

    Watching hands all its output on, or the last `most` bytes of what it has printed so far:
    `skipped` are not. To give the watching up leaves the action running.
    """

    def __init__(
        self,
        target: Target,
        record: Record,
        listener: Listener | None,
        clock: Clock = _SYSTEM_CLOCK,
        most: int | None = None,
    ) -> None:
        self._target = target
        self._folder = folder_of(target, record.id)
        self._listener = listener
        self._clock = clock
        self._began = clock.monotonic() - max((clock.now() - record.started).total_seconds(), 0.0)
        self._printed = self._began
        self._asked = 0
        self.record = record
        self.skipped = 0
        self._task = asyncio.create_task(self._watch(most), name=f"action {record.id}")

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        if self.record.seconds is not None:
            return self.record.seconds
        return self._clock.monotonic() - self._began

    @property
    def quiet(self) -> float:
        """Seconds since it printed something, as far as was seen; 0 once it has ended."""
        return self._clock.monotonic() - self._printed if self.record.running else 0.0

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop, here or elsewhere, and has not yet."""
        return self._asked > 0 and self.record.running

    def cancel(self) -> None:
        """Stop it with everything it started: TERM, then KILL; asked twice, KILL at once.

        Raises `ConsoleError` where the request can't be left in its folder.
        """
        cancel(self._target, self.record)
        self._asked += 1

    async def ended(self) -> Record:
        """Wait for the end. Being cancelled while waiting ends neither action nor watching."""
        return await asyncio.shield(self._task)

    def leave(self) -> None:
        """Watch no longer; the action runs on."""
        self._task.cancel()

    async def _watch(self, most: int | None) -> Record:
        follower, listener = None, self._listener
        if listener is not None:
            follower = await asyncio.to_thread(Follower, self._folder, most)
            self.skipped = follower.skipped
        pause = _FIRST_LOOK
        while True:
            seen = await asyncio.to_thread(self._look, follower)
            self._asked = max(self._asked, seen.stops)
            if listener is not None and seen.pieces:
                for piece in seen.pieces:
                    listener(piece)
                self._printed = self._clock.monotonic()
                pause = _FIRST_LOOK
                continue
            if not seen.lives:
                break
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LOOK)
        self.record = await asyncio.to_thread(self._final)
        return self.record

    def _look(self, follower: Follower | None) -> _Seen:
        # Whether it lives comes first: what it wrote before it went is then surely read.
        lives = is_held(self._folder / RUNNING)
        pieces = follower.read() if follower is not None else []
        return _Seen(lives, len(requests(self._folder)), pieces)

    def _final(self) -> Record:
        """The record with its end; of one that is gone, what was known of it."""
        try:
            return load(self._target, self.record.id)
        except ConsoleError as error:
            return msgspec.structs.replace(
                self.record, verdict=Verdict.INTERRUPTED, evidence=f"its record is gone: {error}"
            )


async def end(target: Target, record: Record, clock: Clock = _SYSTEM_CLOCK) -> Record:
    """Stop an action from whichever console, and come back with its record when it has ended.

    One whose supervisor is gone is stopped from here, as long as its process lives, and its end
    is put on record. Raises `ConsoleError` as `cancel` does, and names what survives.
    """
    alive = await asyncio.to_thread(left_over, record)
    if record.running or not alive:
        run = Run(target, record, None, clock)
        run.cancel()
        return await run.ended()
    _check_may_stop(target, record)
    # A first process that is gone may have left its number to another's.
    first = record.pid if record.pid in alive else 0
    survivors = await asyncio.to_thread(
        processes.stop,
        lambda: processes.of_action(record.id, first or 0),
        lambda: False,
        processes.GRACE,
    )
    if survivors:
        raise ConsoleError(f"{record.title} is still alive: {'; '.join(survivors)}")
    return await asyncio.to_thread(concluded, target, record.id, clock.now())


def cancel(target: Target, record: Record) -> None:
    """Ask the supervisor of an action to stop it; asked twice, it kills at once.

    Raises `ConsoleError` for one that has ended, that writes though this console only reads, or
    whose folder can't be written.
    """
    _check_may_stop(target, record)
    if not record.running:
        raise ConsoleError(f"{record.title} has ended: {record.word}")
    try:
        ask_to_stop(folder_of(target, record.id), origin_of(target.environment).who)
    except OSError as error:
        raise ConsoleError(
            f"{record.title} can't be asked to stop: {error.strerror}",
            where=str(folder_of(target, record.id)),
            remedy=f"end its supervisor, process {record.supervisor}",
        ) from error


def _check_may_stop(target: Target, record: Record) -> None:
    if target.read_only and record.writes:
        raise ConsoleError(f"{record.title} is not stopped: {target.read_only_why}")
