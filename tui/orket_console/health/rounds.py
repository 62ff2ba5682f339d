"""One round: every probe at once, each within its deadline, and no failure spoils another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from orket_console.base.clock import Clock
from orket_console.base.state import State
from orket_console.base.text import clean, one_line
from orket_console.health.look import Look, Memory
from orket_console.health.probes import PROBES
from orket_console.health.reading import Probe, Reading, Round
from orket_console.health.recorded import recorded_probes
from orket_console.target.target import Target


def _ignore(_reading: Reading) -> None:
    """Nobody listens."""


async def run_round(
    target: Target,
    clock: Clock,
    memory: Memory,
    *,
    probes: Sequence[Probe] = PROBES,
    heard: Callable[[Reading], None] = _ignore,
) -> Round:
    """Run the probes together. Never raises but when cancelled.

    `memory` is kept by the caller from round to round. `heard` is called with each reading
    as it comes, for those who don't want to wait for the slowest.
    """
    start, at = clock.monotonic(), clock.now()
    look = Look(target, clock, target.settings.seconds("health.deadline"), memory)
    tasks: list[asyncio.Task[Reading]] = []
    try:
        for probe in recorded_probes(target.state.recorded, probes):
            task = asyncio.create_task(_reading(probe, look, heard), name=f"probe {probe.name}")
            look.expect(probe.name, task)
            tasks.append(task)
        readings = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        look.close()
    return Round(at, clock.monotonic() - start, tuple(readings))


async def _reading(probe: Probe, look: Look, heard: Callable[[Reading], None]) -> Reading:
    if probe.after:
        await look.reading(probe.after)
    raw = await _within_deadline(probe, look)
    reading = await _shown(probe, look, raw)
    heard(reading)
    return reading


async def _within_deadline(probe: Probe, look: Look) -> Reading:
    """A probe's own reading, or what became of it: late, or broken.

    Any exception of a probe becomes its reading: a fault in one must not hide the others,
    and it is told on screen as what it is.
    """
    try:
        async with asyncio.timeout(probe.seconds or look.seconds):
            return await probe.run(look)
    except TimeoutError as error:
        waited = str(error) or f"no answer within {probe.seconds or look.seconds:g} s"
        return Reading(probe.overdue, "timeout", waited, remedy="it is tried again")
    except Exception as error:
        what = f"the probe itself failed: {type(error).__name__}: {one_line(str(error))}"
        return Reading(State.UNKNOWN, "error", what, remedy="a fault of the console: report it")


async def _shown(probe: Probe, look: Look, reading: Reading) -> Reading:
    """The reading under its probe's name, with every text sanitised and redacted."""
    try:
        async with asyncio.timeout(look.seconds):
            redactor = await look.redactor()
    except TimeoutError:
        # Without the secrets nothing that came from outside can be shown.
        withheld = Reading(reading.state, reading.word, "withheld: .env could not be read in time")
        return replace(withheld, probe=probe.name, title=probe.title_at(look.target))

    def safe(text: str) -> str:
        return redactor.redact(clean(text))

    return replace(
        reading,
        word=safe(reading.word),
        seen=safe(reading.seen),
        details=tuple(safe(line) for line in reading.details),
        remedy=safe(reading.remedy),
        probe=probe.name,
        title=probe.title_at(look.target),
    )
