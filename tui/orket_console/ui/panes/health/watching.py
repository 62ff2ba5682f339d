"""Looking, round after round: what the probes see, what that comes to, and what is kept of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from orket_console.base.errors import ConsoleError
from orket_console.base.state import GLYPHS, State, worst
from orket_console.health.history import History, Moment
from orket_console.health.keeping import load_history, save_history
from orket_console.health.look import Memory
from orket_console.health.pace import pause
from orket_console.health.probes import CHOSEN, PROBES, with_needed
from orket_console.health.reading import Probe, Reading, Round
from orket_console.health.rounds import run_round
from orket_console.health.verdict import summary
from orket_console.incidents.diagnosis.diagnose import Diagnosis, diagnose
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.incidents.diagnosis.words import headline
from orket_console.incidents.looking import Looked
from orket_console.ui.context import UiContext

_KEEP: Final = 30.0
"""Seconds after which the history is kept anew where nothing has changed."""
_DIAGNOSED_WITHIN: Final = 20.0
"""Seconds that a diagnosis may take before the rounds go on without."""
_GIVES_WAY: Final = 1.0
"""Seconds that a round, and each part of a diagnosis, waits for what the operator asked for."""
_KEEP_WITHIN: Final = 2.0
"""Seconds that reading or writing it may take before the rounds go on without."""


class Watching:
    """`heard` is called for each reading as it comes, `diagnosed` for each diagnosis, `summed`
    with what a round comes to, `looked` with each look at all there is; `tell` says what went
    wrong."""

    def __init__(
        self,
        context: UiContext,
        *,
        heard: Callable[[], None],
        diagnosed: Callable[[], None],
        summed: Callable[[State, str], object],
        looked: Callable[[Looked], object],
        tell: Callable[[str], None],
    ) -> None:
        self._context = context
        self._heard, self._diagnosed = heard, diagnosed
        self._summed, self._looked, self._tell = summed, looked, tell
        self._memory = Memory()
        self._gatherer = Gatherer(context.target, context.clock)
        self._wake = asyncio.Event()
        self._wanted: Sequence[Probe] = PROBES
        self._kept: tuple[float, Sequence[object]] | None = None
        self._told = False
        self._chosen: tuple[Probe, ...] = ()
        self.history = History.empty()
        self.diagnosis: Diagnosis | None = None
        self.paused = False
        self.resting = False
        """Between two rounds; False while one runs."""

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Those of every round, and those that were asked for by name."""
        return (*PROBES, *self._chosen)

    def look_now(self) -> None:
        self._wake.set()

    def look_through(self, probe: Probe) -> None:
        """Let the next round be of one probe, and of those that it needs first."""
        if probe in CHOSEN and probe not in self._chosen:
            self._chosen = (*self._chosen, probe)
        self._wanted = with_needed(probe)
        self._wake.set()

    def turn_pause(self) -> None:
        self.paused = not self.paused
        if not self.paused:
            self._wake.set()

    async def watch(self) -> None:
        """Round after round, until it is cancelled."""
        interval = self._context.target.settings.seconds("health.interval")
        await self._recall()
        while True:
            # Here: what is asked for while a round goes on was not seen by it.
            self._wake.clear()
            state = await self.look_once()
            await self._keep()
            self.resting = True
            seconds = pause(interval, state, random.uniform)
            try:
                async with asyncio.timeout(None if self.paused else seconds):
                    await self._wake.wait()
            except TimeoutError:
                # The interval is over.
                pass
            self.resting = False

    async def look_once(self) -> State:
        """A round of all probes, or of those that were wanted; what all of them come to by now,
        which is what the pace goes by: a failed run stays failed, however often one looks."""
        await self._give_way()
        probes, self._wanted = self._wanted, PROBES
        context, begun = self._context, self._context.clock.now()
        await run_round(context.target, context.clock, self._memory, probes=probes, heard=self._add)
        known = (self.history.past(one.name) for one in self.probes)
        readings = tuple(past.reading for past in known if past)
        state, line = summary(readings)
        if first := self.diagnosis is None:
            # The first diagnosis takes longer than one wants to wait for a word.
            self._summed(state, line)
        done = Round(context.clock.now(), 0.0, readings)
        diagnosed = await self._diagnose(done)
        if self.diagnosis is not None and worst((state, self.diagnosis.state)) is not state:
            # All that is asked may answer, and deliveries be refused or runs fail all the same.
            found = self.diagnosis.state
            self._summed(found, f"{GLYPHS[found]} {headline(self.diagnosis)}")
        elif not first:
            self._summed(state, line)
        if diagnosed and self.diagnosis is not None and probes is PROBES:
            # What proves something was looked at after the look began, all of it.
            self._looked(Looked(replace(done, at=begun), self.diagnosis))
        return state

    def _add(self, reading: Reading) -> None:
        self.history = self.history.add(reading, self._now())
        self._heard()

    async def _give_way(self) -> None:
        reads = self._context.reads
        if reads.under_way:
            await self._memory.threads.run("give way", lambda: reads.wait(_GIVES_WAY))

    async def _diagnose(self, done: Round) -> bool:
        """What the round comes to, with all else that is known; False where that fails."""

        def between() -> None:
            self._context.reads.wait(_GIVES_WAY)

        def diagnosed() -> Diagnosis:
            return diagnose(self._gatherer.gather(done, between=between))

        look = self._memory.threads.run("diagnose", diagnosed)
        try:
            async with asyncio.timeout(_DIAGNOSED_WITHIN):
                self.diagnosis = await look
        except (ConsoleError, TimeoutError) as error:
            self._tell(f"no new diagnosis: {error or 'it takes too long'}")
            return False
        self._diagnosed()
        return True

    async def _recall(self) -> None:
        """What an earlier console saw, as far as it can be had in time."""
        path, now = self._context.target.state.health, self._now()
        look = self._memory.threads.run("recall health", lambda: load_history(path, now))
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEEP_WITHIN):
                self.history = await look

    async def _keep(self) -> None:
        """Keep the history where something has changed, and else from time to time."""
        history, now = self.history, self._context.clock.monotonic()
        changes = [past.changes for past in history.pasts.values()]
        if self._kept and self._kept[1] == changes and now - self._kept[0] < _KEEP:
            return
        self._kept = (now, changes)
        path = self._context.target.state.health
        write = self._memory.threads.run("keep health", lambda: save_history(path, history))
        try:
            async with asyncio.timeout(_KEEP_WITHIN):
                await write
        except (OSError, TimeoutError) as error:
            self._tell_unkept(error)

    def _tell_unkept(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            said = error.strerror if isinstance(error, OSError) else ""
            where = f"{self._context.target.state.path}: {said or 'no answer'}"
            self._tell(f"what the probes see is not kept for the next console: {where}")

    def _now(self) -> Moment:
        return Moment(self._context.clock.now(), self._context.clock.monotonic())
