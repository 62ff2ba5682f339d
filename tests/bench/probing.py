"""What a full round of probes costs: where servers are up and well, and where turns are many."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from pathlib import Path

from tests.bench.grown_traces import one_long_run
from tests.bench.measure import Result, at_most, percentile

from orket_console.base.clock import SystemClock
from orket_console.base.state import State
from orket_console.demo.running import running
from orket_console.health.look import Memory
from orket_console.health.rounds import run_round
from orket_console.target.target import Target, open_target

_MOST = 300.0
_TURNS = 10_000


def benchmarks(folder: Path, rounds: int) -> Iterator[Result]:
    """CPU of this process and of what it starts; the installation's servers are not ours."""
    with running("healthy", live=False) as demo:
        ports = {"api.port": demo.api_port, "webhook.port": demo.webhook_port}
        taken = _rounds(_target(demo.root, folder, ports), rounds, down=set())
    yield at_most("the first full round of probes, CPU", taken[0], "ms", None, "imports and all")
    yield at_most("a full round of probes, CPU", percentile(taken[1:], 0.5), "ms", _MOST)
    of_turns = _target(one_long_run(_TURNS), folder, {"api.port": 9, "webhook.port": 11})
    beside = _rounds(of_turns, rounds, down={"api", "webhook", "runtime-db"})
    name = f"a round beside {_TURNS:,} turns, CPU"
    yield at_most(name, percentile(beside[1:], 0.5), "ms", _MOST)


def _rounds(target: Target, rounds: int, down: set[str]) -> list[float]:
    """Milliseconds of CPU that a first round takes, and then each of `rounds` more."""
    clock, memory = SystemClock(), Memory()

    def one() -> float:
        before = _cpu()
        done = asyncio.run(run_round(target, clock, memory))
        failing = {one.probe for one in done.readings if one.state is State.FAILING}
        assert failing <= down, failing
        return (_cpu() - before) * 1000

    return [one() for _ in range(rounds + 1)]


def _target(root: Path, folder: Path, ports: dict[str, int]) -> Target:
    environment = {"XDG_STATE_HOME": str(folder / "state")}
    return open_target(option=str(root), environment=environment, here=folder, flags=ports)


def _cpu() -> float:
    """Seconds of CPU that this process and its ended children have taken."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
