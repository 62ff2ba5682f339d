"""One look at everything: a round of the probes, and what the rules conclude from all there is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from orket_console.base.clock import Clock
from orket_console.health.look import Memory
from orket_console.health.probes import PROBES
from orket_console.health.reading import Probe, Round
from orket_console.health.rounds import run_round
from orket_console.incidents.diagnosis.diagnose import Diagnosis, diagnose
from orket_console.incidents.diagnosis.gathering.gather import Gatherer
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Looked:
    done: Round
    diagnosis: Diagnosis


class Looker:
    """Looks again and again, from a thread; what was read of the logs is kept."""

    def __init__(
        self,
        target: Target,
        clock: Clock,
        probes: Sequence[Probe] = PROBES,
        *,
        whole_log: bool = False,
    ) -> None:
        self._target, self._clock = target, clock
        self._probes = probes
        self._whole_log = whole_log
        self._memory = Memory()
        self._gatherer = Gatherer(target, clock)

    def look(self) -> Looked:
        """Not where an event loop runs: a round has one of its own."""
        done = asyncio.run(run_round(self._target, self._clock, self._memory, probes=self._probes))
        facts = self._gatherer.gather(done, whole_log=self._whole_log)
        return Looked(done, diagnose(facts))
