"""How runs are listed, opened, indexed and stepped through, however many turns there are."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.grown_traces import BEGINS, many_runs, one_long_run, session_name
from tests.bench.measure import Result, at_most, compare, percentile
from tests.bench.processes import cpu_seconds, is_idle, megabytes
from tests.ui.terminal import LIMIT, Terminal, terminal

from orket_console.base.clock import SystemClock
from orket_console.base.sqlite import read
from orket_console.runs.detail import OpenedRun
from orket_console.runs.index import TurnIndex
from orket_console.runs.sessions import PAGE, RunList
from orket_console.target.target import Target, open_target

_LONG = 10_000
_SHORT = 10
_STEPS = 40
_PAGE_OF_LEDGER = """SELECT session_id, run_type, run_name, build_id, status, failure_class,
    failure_reason, started_at, ended_at, updated_at FROM run_ledger
    ORDER BY started_at DESC LIMIT ?"""
_MOST_A_STEP = 20.0
_MOST_TO_OPEN = 300.0
_MOST_MEMORY = 40.0
_IDLE = 3.0
"""Seconds in which it is taken what the console does while no key is pressed."""


@dataclass(slots=True)
class _Stepped:
    """`opened` is from Enter to the first turns, `steps` are from a key to its turn (all in
    ms); `cpu` is the processor time of a step (ms), and of what is made ready for the next.

    `megabytes` are held once all turns are read, `left` once the run is left again.
    """

    opened: float = 0.0
    steps: list[float] = field(default_factory=list)
    cpu: float = 0.0
    megabytes: float = 0.0
    left: float = 0.0


def benchmarks(rounds: int) -> Iterator[Result]:
    yield from _of_many(_target(many_runs()), rounds)
    yield from _of_one(_target(one_long_run(_LONG)), _target(one_long_run(_SHORT)), rounds)
    yield from _on_screen()


def _of_many(target: Target, rounds: int) -> Iterator[Result]:
    clock, traces = SystemClock(), target.layout.trace_roots[0]
    yield compare(
        "runs: first page of 1,000",
        _timed(lambda: RunList(target, clock).page()),
        _timed(lambda: _folder_and_page(target, traces)),
        against="the sessions' folder listed and a ledger page read",
        rounds=rounds,
    )
    index = TurnIndex(target)
    yield compare(
        "runs: index of 100,000 turns",
        _timed(lambda: TurnIndex(target).refresh()),
        _timed(lambda: _find(traces)),
        against="find -mindepth 3 -maxdepth 3",
        rounds=rounds,
    )
    index.refresh()
    yield compare(
        "runs: index again, nothing new",
        _timed(index.refresh),
        _timed(lambda: TurnIndex(target).refresh()),
        against="indexing it all",
        times=0.5,
        rounds=rounds,
    )
    runs = RunList(target, clock)
    runs.page()
    runs.look()
    yield compare(
        "runs: the page again, nothing new",
        _timed(lambda: (runs.page(), runs.look())),
        _timed(lambda: RunList(target, clock).page()),
        against="its first reading, nothing looked at",
        rounds=rounds,
    )


def _of_one(long: Target, short: Target, rounds: int) -> Iterator[Result]:
    clock = SystemClock()
    yield compare(
        "runs: open one of 10,000 turns",
        _timed(lambda: OpenedRun(long, clock, session_name(0))),
        _timed(lambda: OpenedRun(long, clock, session_name(0)).judge()),
        against="judging every turn of it",
        times=0.25,
        rounds=min(rounds, 3),
    )
    opened = OpenedRun(long, clock, session_name(0))
    opened.judge()
    yield compare(
        "runs: 10,000 turns again, nothing new",
        _timed(opened.refresh),
        _timed(lambda: OpenedRun(long, clock, session_name(0))),
        against="opening it",
        times=0.5,
        rounds=rounds,
    )
    yield compare(
        "runs: open one of 10 turns",
        _timed(lambda: OpenedRun(short, clock, session_name(0))),
        _timed(lambda: OpenedRun(long, clock, session_name(0))),
        against="opening one of 10,000",
        rounds=rounds,
    )


def _on_screen() -> Iterator[Result]:
    """Keys in a real terminal, to the time of the turn that they lead to on screen."""
    short, long = _stepping(_SHORT), _stepping(_LONG)
    for turns, taken in ((f"{_SHORT:,}", short), (f"{_LONG:,}", long)):
        p95 = percentile(taken.steps, 0.95)
        yield at_most(f"runs: Enter to turns, {turns}", taken.opened, "ms", _MOST_TO_OPEN)
        yield at_most(f"runs: n to the next of {turns}, p95", p95, "ms", _MOST_A_STEP)
        yield at_most(f"runs: processor time of n, {turns}", taken.cpu, "ms", _MOST_A_STEP)
    median, half = percentile(long.steps, 0.5), percentile(short.steps, 0.5)
    name = "runs: n of 10,000, median, over n of 10"
    yield at_most(name, median, "ms", 5.0, "n of 10", half)
    over = "over a run of 10 turns"
    name = "runs: memory, 10,000 turns open"
    yield at_most(name, long.megabytes, "MB", _MOST_MEMORY, over, short.megabytes)
    yield at_most("runs: memory, left again", long.left, "MB", _MOST_MEMORY, over, short.left)


def _stepping(turns: int) -> _Stepped:
    """A run opened, stepped through once all of it is read, and left again."""
    taken = _Stepped()
    # A state of its own: what an earlier console was left at would be come back to.
    with TemporaryDirectory() as state, _console(one_long_run(turns), state) as screen:
        screen.wait_for(b"Health")
        screen.send("4")
        screen.wait_for(session_name(0).encode())
        screen.settle()
        begun, start = len(screen.seen), time.perf_counter()
        screen.send("\r")
        screen.wait_for(_captured(1), begun)
        taken.opened = (time.perf_counter() - start) * 1000
        _rest(screen)
        pid = screen.process.pid
        before = cpu_seconds(pid)
        _wait(screen.settle, _IDLE)
        idle = (cpu_seconds(pid) - before) / _IDLE
        before, start = cpu_seconds(pid), time.perf_counter()
        taken.steps = [_step(screen, at, key) for at, key in _way(turns)]
        spent = cpu_seconds(pid) - before - idle * (time.perf_counter() - start)
        taken.cpu = spent * 1000 / len(taken.steps)
        taken.megabytes = megabytes(pid)
        screen.send("\x1b")
        _wait(screen.settle, 1.0)
        taken.left = megabytes(pid)
    return taken


def _way(turns: int) -> Iterator[tuple[int, str]]:
    """Steps there and back: the turn that each leads to, and its key."""
    at, by = 1, 1
    for _ in range(_STEPS):
        by = 1 if at == 1 else -1 if at == turns else by
        at += by
        yield at, "n" if by > 0 else "p"


def _step(screen: Terminal, at: int, key: str) -> float:
    """Milliseconds from a key to the turn that it leads to."""
    begun, start = len(screen.seen), time.perf_counter()
    screen.send(key)
    screen.wait_for(_captured(at), begun)
    taken = (time.perf_counter() - start) * 1000
    screen.settle()
    return taken


def _console(root: Path, state: str) -> AbstractContextManager[Terminal]:
    return terminal([str(root)], {"XDG_STATE_HOME": state})


def _rest(screen: Terminal) -> None:
    """Until the turns behind the first screen are read, too."""
    end = time.monotonic() + LIMIT
    screen.settle()
    while not is_idle(screen.process.pid, 1.0) and time.monotonic() < end:
        screen.settle()


def _wait(settle: Callable[[], None], seconds: float) -> None:
    end = time.monotonic() + seconds
    settle()
    while time.monotonic() < end:
        settle()


def _captured(number: int) -> bytes:
    """The time of the `number`th turn as its summary tells it."""
    return f"{BEGINS + timedelta(seconds=number):%H:%M:%S}.000".encode()


def _folder_and_page(target: Target, traces: Path) -> None:
    with os.scandir(traces) as entries:
        _ = [(entry.name, entry.stat().st_mtime) for entry in entries if entry.is_dir()]
    read(target.runtime_db, _PAGE_OF_LEDGER, (PAGE,))


def _find(traces: Path) -> None:
    argv = ["find", str(traces), "-mindepth", "3", "-maxdepth", "3"]
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)


def _timed(function: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    return measured


def _target(root: Path) -> Target:
    return open_target(option=str(root), environment=dict(os.environ), here=root, flags={})
