"""Running an action: on record before it starts, watched while it runs, judged at its end."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from orket_console.actions import processes
from orket_console.actions.environment import MARK
from orket_console.actions.lock import hold_writing
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record, completed, new_record, open_folder, save, took
from orket_console.actions.reports import Watch
from orket_console.actions.streams import Keeper, Listener, Stream
from orket_console.actions.verdicts import Judgement, Output, Verdict, judge
from orket_console.base.clock import Clock, SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

DRAIN: Final = 2.0
"""Seconds that output is awaited after the action's end: a child may hold the pipe for ever."""
_LOOK: Final = 0.02
_QUITTING_GRACE: Final = 0.5
_QUITTING_DRAIN: Final = 0.2
"""A console whose terminal is gone has little time left to end in."""
_SYSTEM_CLOCK: Final = SystemClock()


class _Ending(Enum):
    EXITED = "exited"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    QUIT = "the console ended"


@dataclass(frozen=True, slots=True)
class _Started:
    """What an action that runs consists of."""

    process: subprocess.Popen[bytes]
    keeper: Keeper
    streams: tuple[Stream, Stream]
    lock: BinaryIO | None
    watch: Watch


async def start(
    target: Target, plan: Plan, listener: Listener, clock: Clock = _SYSTEM_CLOCK
) -> Run:
    """Write the record, start the action, and come back while it runs.

    `listener` gets its output on the event loop as it comes, and must neither wait nor raise.
    Raises `ConsoleError`, with nothing started: when the plan is blocked, when another writing
    action runs, when the record can't be written, or the interpreter can't be executed.
    """
    if plan.blocked:
        raise ConsoleError(f"{plan.action.title} can't be run now: {plan.blocked}")
    lock = await asyncio.to_thread(hold_writing, target) if plan.effect.writes else None
    try:
        record = new_record(target, plan, clock.now())
        folder = await asyncio.to_thread(open_folder, target, record)
        watch = Watch(plan)
        try:
            keeper, process = _spawned(plan, record.id, folder)
        except (OSError, ValueError) as error:
            raise await _not_started(target, record, error, clock) from error
    except BaseException:
        if lock:
            lock.close()
        raise
    redactor = target.redactor()
    streams = (
        Stream("stdout", redactor, keeper, listener),
        Stream("stderr", redactor, keeper, listener),
    )
    return Run(target, plan, record, _Started(process, keeper, streams, lock, watch), clock)


class Run:
    """One action that was started. It is watched to its end, whoever waits for it or not."""

    def __init__(
        self, target: Target, plan: Plan, record: Record, started: _Started, clock: Clock
    ) -> None:
        self._target = target
        self._started = started
        self._clock = clock
        self._began = clock.monotonic()
        self._took: float | None = None
        self._asked = 0
        self._grace = processes.GRACE
        self._drain = DRAIN
        self.plan = plan
        self.record = record
        self._task = asyncio.create_task(self._watch(), name=f"action {record.id}")

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        if self._took is not None:
            return self._took
        return self._clock.monotonic() - self._began

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop, and has not yet."""
        return self._asked > 0 and self.record.running

    def cancel(self) -> None:
        """Stop it with everything it started: TERM, then KILL; asked twice, KILL at once."""
        self._asked += 1

    async def ended(self) -> Record:
        """Wait for the end. Being cancelled while waiting leaves the action running."""
        return await asyncio.shield(self._task)

    async def _watch(self) -> Record:
        started = self._started
        transports: list[asyncio.BaseTransport] = []
        try:
            ending = await self._until_ending(transports)
        except asyncio.CancelledError:
            # The event loop ends, and nothing is left behind unwatched.
            ending, self._grace, self._drain = _Ending.QUIT, _QUITTING_GRACE, _QUITTING_DRAIN
        self._took = self._clock.monotonic() - self._began
        try:
            survivors = await self._stopped(ending)
            notes = await self._drained(transports)
            judgement = await asyncio.to_thread(self._judge, ending)
            self.record = await self._recorded(judgement, survivors, notes)
        finally:
            if started.lock:
                started.lock.close()
        return self.record

    async def _until_ending(self, transports: list[asyncio.BaseTransport]) -> _Ending:
        """Connect the pipes and wait for what ends the action."""
        process, loop = self._started.process, asyncio.get_running_loop()
        end = loop.time() + self.plan.timeout
        pipes = (process.stdout, process.stderr)
        for stream, pipe in zip(self._started.streams, pipes, strict=True):
            transport, _ = await loop.connect_read_pipe(partial(_same, stream), pipe)
            transports.append(transport)
        self.record = msgspec.structs.replace(self.record, pid=process.pid)
        await self._save()
        # Looked at rather than awaited: asyncio's own wait also waits for the pipes, which a
        # process that the action leaves behind may hold open.
        while process.poll() is None:
            if self._asked:
                return _Ending.CANCELLED
            if loop.time() >= end:
                return _Ending.TIMED_OUT
            await asyncio.sleep(_LOOK)
        return _Ending.EXITED

    async def _stopped(self, ending: _Ending) -> tuple[str, ...]:
        """Stop what has to be stopped; the processes that are alive afterwards, named."""
        mark, process = self.record.id, self._started.process
        if ending is _Ending.EXITED:
            left = await asyncio.to_thread(processes.of_action, mark, process.pid)
            return processes.named(left)
        hurry = self._hurry
        survivors = await processes.stop(mark, process.pid, hurry, self._grace)
        process.poll()
        return tuple(survivors)

    def _hurry(self) -> bool:
        return self._asked > 1

    async def _drained(self, transports: list[asyncio.BaseTransport]) -> tuple[str, ...]:
        """Take what is still in the pipes, for a bounded time; what there is to note about it."""
        notes: list[str] = []
        try:
            async with asyncio.timeout(self._drain):
                for stream in self._started.streams[: len(transports)]:
                    await stream.closed.wait()
        except TimeoutError:
            notes.append("its output is still held open by a process that it left behind")
        for transport in transports:
            transport.close()
        process = self._started.process
        for pipe in (process.stdout, process.stderr)[len(transports) :]:
            if pipe:
                pipe.close()
        for stream in self._started.streams:
            stream.flush()
        self._started.keeper.close()
        if problem := self._started.keeper.problem:
            notes.append(problem)
        return tuple(notes)

    def _judge(self, ending: _Ending) -> Judgement:
        """The verdict of how it ended."""
        after = took(self.seconds)
        match ending:
            case _Ending.CANCELLED:
                return Judgement(Verdict.CANCELLED, f"cancelled after {after}")
            case _Ending.TIMED_OUT:
                return Judgement(Verdict.TIMED_OUT, f"stopped: no end within {after}")
            case _Ending.QUIT:
                return Judgement(Verdict.INTERRUPTED, f"the console ended after {after}")
            case _Ending.EXITED:
                return judge(self.plan.action.verdict, self._output())

    def _output(self) -> Output:
        started = self._started
        stdout, stderr = (stream.tail() for stream in started.streams)
        status = started.process.returncode
        return Output(status, stdout, stderr, started.watch.report())

    async def _recorded(
        self, judgement: Judgement, survivors: tuple[str, ...], notes: tuple[str, ...]
    ) -> Record:
        """The completed record, on disk where that can be."""
        left = (f"left running: {'; '.join(survivors)}",) if survivors else ()
        self.record = completed(
            self.record,
            judgement,
            self._target.redactor(),
            ended=self._clock.now(),
            seconds=self.seconds,
            exit_status=self._started.process.returncode,
            survivors=survivors,
            notes=(*notes, *left),
        )
        await self._save()
        return self.record

    async def _save(self) -> None:
        """Bring the record on disk up to date; where that fails, the record itself says so."""
        try:
            await asyncio.to_thread(save, self._target, self.record)
        except OSError as error:
            note = f"this record can't be kept up to date: {error.strerror}"
            self.record = msgspec.structs.replace(self.record, notes=[*self.record.notes, note])


def _same(stream: Stream) -> Stream:
    """A protocol factory of the stream there is already."""
    return stream


async def _not_started(
    target: Target, record: Record, error: Exception, clock: Clock
) -> ConsoleError:
    """The error to raise for an action whose process can't be made; its record says so too."""
    reason = f"could not be started: {error}"
    failed = completed(
        record,
        Judgement(Verdict.FAILED, reason),
        target.redactor(),
        ended=clock.now(),
        seconds=0.0,
        exit_status=None,
    )
    # Where the disk is full, the error that is raised says it alone.
    with contextlib.suppress(OSError):
        await asyncio.to_thread(save, target, failed)
    return ConsoleError(f"{record.title} {reason}", where=record.cwd)


def _spawned(plan: Plan, mark: str, folder: Path) -> tuple[Keeper, subprocess.Popen[bytes]]:
    """The process, and the files that its output will go to."""
    keeper = Keeper(folder)
    try:
        return keeper, _spawn(plan, mark)
    except BaseException:
        keeper.close()
        raise


def _spawn(plan: Plan, mark: str) -> subprocess.Popen[bytes]:
    """In a session of its own, so no terminal is in its reach, and with nothing to read."""
    return subprocess.Popen(  # noqa: S603  a list from the catalogue, never a shell
        plan.argv,
        cwd=plan.cwd,
        env={**plan.environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
