"""One action, watched by its supervisor to its end, whoever looks on or not, and judged."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from orket_console.actions import processes
from orket_console.actions.audit import record_end
from orket_console.actions.cancelling import requests
from orket_console.actions.job import Job, Places, text
from orket_console.actions.records import Conditions, Record, completed, save, took
from orket_console.actions.reports import Watch
from orket_console.actions.streams import Keeper, Stream
from orket_console.actions.verdicts import RULES, Judgement, Output, Verdict, judge
from orket_console.base.clock import SystemClock

_LOOK: Final = 0.02
_QUITTING_GRACE: Final = 0.5
_QUITTING_DRAIN: Final = 0.2
"""A machine that goes down leaves little time to end in."""


class _Ending(Enum):
    EXITED = "exited"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    QUIT = "the supervisor was told to end"


@dataclass(frozen=True, slots=True)
class Spawned:
    """What an action that runs consists of. `began` is monotonic."""

    process: subprocess.Popen[bytes]
    keeper: Keeper
    watch: Watch
    began: float


class Supervision:
    """Keeps output and record; obeys requests to stop that are left in the action's folder."""

    def __init__(self, job: Job, folder: Path, spawned: Spawned) -> None:
        self._job = job
        self._folder = folder
        self._spawned = spawned
        self._redactor = job.redactor()
        self._streams = (
            Stream("stdout", self._redactor, spawned.keeper),
            Stream("stderr", self._redactor, spawned.keeper),
        )
        self._record = job.record
        self._quit = False
        self._grace = job.grace
        self._drain = job.drain

    def quit(self) -> None:
        """End soon, and with it the action: the machine goes down."""
        self._quit = True
        self._grace, self._drain = _QUITTING_GRACE, _QUITTING_DRAIN

    async def watch(self, begun: Callable[[], None]) -> Record:
        """Stay with it to its end. `begun` is called when the record tells that it runs."""
        transports = await self._connected()
        pid = self._spawned.process.pid
        self._save(msgspec.structs.replace(self._record, supervisor=os.getpid(), pid=pid))
        begun()
        ending = await self._until_ending()
        seconds = time.monotonic() - self._spawned.began
        survivors = await self._stopped(ending)
        notes = await self._drained(transports)
        judgement = self._judge(ending, seconds)
        left = (f"left running: {'; '.join(survivors)}",) if survivors else ()
        record = completed(
            self._record,
            judgement,
            self._redactor,
            ended=SystemClock().now(),
            seconds=seconds,
            exit_status=self._spawned.process.returncode,
            survivors=survivors,
            notes=(*notes, *left),
        )
        if self._job.places:
            after = await asyncio.to_thread(_conditions_now, self._job.places)
            record = msgspec.structs.replace(record, conditions_after=after)
        self._save(self._audited(record))
        return self._record

    def _audited(self, record: Record) -> Record:
        """The ended record, with a note where the audit trail can't tell of its end."""
        try:
            record_end(Path(text(self._job.audit)), record, self._spawned.keeper.digests)
        except OSError as error:
            note = f"its end is not in the audit trail: {error.strerror}"
            return msgspec.structs.replace(record, notes=[*record.notes, note])
        return record

    async def _connected(self) -> list[asyncio.BaseTransport]:
        loop = asyncio.get_running_loop()
        process = self._spawned.process
        transports: list[asyncio.BaseTransport] = []
        for stream, pipe in zip(self._streams, (process.stdout, process.stderr), strict=True):
            transport, _ = await loop.connect_read_pipe(partial(_same, stream), pipe)
            transports.append(transport)
        return transports

    async def _until_ending(self) -> _Ending:
        """Wait for what ends the action.

        Looked at rather than awaited: asyncio's own wait also waits for the pipes, which a
        process that the action leaves behind may hold open.
        """
        end = self._spawned.began + self._job.timeout
        while self._spawned.process.poll() is None:
            if self._quit:
                return _Ending.QUIT
            if requests(self._folder):
                return _Ending.CANCELLED
            if time.monotonic() >= end:
                return _Ending.TIMED_OUT
            await asyncio.sleep(_LOOK)
        return _Ending.EXITED

    async def _stopped(self, ending: _Ending) -> tuple[str, ...]:
        """Stop what has to be stopped; the processes that are alive afterwards, named."""
        mark, process = self._record.id, self._spawned.process
        if ending is _Ending.EXITED:
            left = await asyncio.to_thread(processes.of_action, mark, process.pid)
            return processes.named(left)
        survivors = await processes.stop(mark, process.pid, self._hurry, self._grace)
        process.poll()
        return tuple(survivors)

    def _hurry(self) -> bool:
        return len(requests(self._folder)) > 1

    async def _drained(self, transports: list[asyncio.BaseTransport]) -> tuple[str, ...]:
        """Take what is still in the pipes, for a bounded time; what there is to note about it."""
        notes: list[str] = []
        try:
            async with asyncio.timeout(self._drain):
                for stream in self._streams:
                    await stream.closed.wait()
        except TimeoutError:
            notes.append("its output is still held open by a process that it left behind")
        for transport in transports:
            transport.close()
        for stream in self._streams:
            stream.flush()
        self._spawned.keeper.close()
        if problem := self._spawned.keeper.problem:
            notes.append(problem)
        return tuple(notes)

    def _judge(self, ending: _Ending, seconds: float) -> Judgement:
        """The verdict of how it ended."""
        after = took(seconds)
        match ending:
            case _Ending.CANCELLED:
                who = requests(self._folder)[0]
                return Judgement(Verdict.CANCELLED, f"cancelled after {after} by {who}")
            case _Ending.TIMED_OUT:
                return Judgement(Verdict.TIMED_OUT, f"stopped: no end within {after}")
            case _Ending.QUIT:
                evidence = f"its supervisor was told to end after {after}, and stopped it"
                return Judgement(Verdict.INTERRUPTED, evidence)
            case _Ending.EXITED:
                return judge(RULES[self._job.rule], self._output())

    def _output(self) -> Output:
        stdout, stderr = (stream.tail() for stream in self._streams)
        status = self._spawned.process.returncode
        return Output(status, stdout, stderr, self._spawned.watch.report())

    def _save(self, record: Record) -> None:
        """Bring the record on disk up to date.

        Where that fails, the next that can be written says so; if none can, the record stays
        without an end and reads as interrupted.
        """
        self._record = record
        try:
            save(self._folder, record)
        except OSError as error:
            note = f"this record could not be kept up to date: {error.strerror}"
            self._record = msgspec.structs.replace(record, notes=[*record.notes, note])


def _same(stream: Stream) -> Stream:
    """A protocol factory of the stream there is already."""
    return stream


def _conditions_now(places: Places) -> Conditions:
    # Not above: it loads SQLite, which an action need not wait for to be started.
    from orket_console.actions.conditions import conditions_at

    return conditions_at(places)
