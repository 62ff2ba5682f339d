"""What a full round of probes costs, on an installation whose servers are up and well."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Result, at_most, percentile

from orket_console.base.clock import SystemClock
from orket_console.base.state import State
from orket_console.demo.running import running
from orket_console.health.look import Memory
from orket_console.health.rounds import run_round
from orket_console.target.target import open_target

_MOST = 300.0


def benchmarks(folder: Path, rounds: int) -> Iterator[Result]:
    """CPU of this process and of what it starts; the installation's servers are not ours."""
    with running("healthy", live=False) as demo:
        target = open_target(
            option=str(demo.root),
            environment={"XDG_STATE_HOME": str(folder / "state")},
            here=folder,
            flags={"api.port": demo.api_port, "webhook.port": demo.webhook_port},
        )
        clock, memory = SystemClock(), Memory()

        def one() -> float:
            before = _cpu()
            done = asyncio.run(run_round(target, clock, memory))
            assert all(reading.state is not State.FAILING for reading in done.readings)
            return (_cpu() - before) * 1000

        first = one()
        later = percentile([one() for _ in range(rounds)], 0.5)
    yield at_most("the first full round of probes, CPU", first, "ms", None, "imports and all")
    yield at_most("a full round of probes, CPU", later, "ms", _MOST)


def _cpu() -> float:
    """Seconds of CPU that this process and its ended children have taken."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
