"""How soon a log of any size is there, and what the console then holds in memory."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.grown_log import root_around
from tests.bench.measure import Result, at_most, compare
from tests.bench.processes import is_idle, megabytes, watched
from tests.bench.startup import EMPTY_APP, first_paint
from tests.ui.terminal import LIMIT, Terminal, terminal

_MORE_THAN_EMPTY = 0.1
_MOST_MEMORY = 40.0
_SIZE = (120, 40)


def benchmarks(log: Path, name: str, folder: Path, rounds: int) -> Iterator[Result]:
    root, last = root_around(log, folder), _time_of_last_line(log)
    yield compare(
        f"first log line on screen, {name}",
        lambda: _first_line(root, last),
        lambda: first_paint([sys.executable, "-c", EMPTY_APP], []),
        against="first paint of an empty Textual app",
        plus=_MORE_THAN_EMPTY,
        rounds=rounds,
    )
    empty = _memory_of_empty_app()
    after, peak = _memory(root, last)
    yield at_most(f"memory, {name} open", after, "MB", _MOST_MEMORY, "over the empty app", empty)
    yield at_most(f"memory at its peak, {name}", peak, "MB", None, "over the empty app", empty)


def _first_line(root: Path, last: bytes) -> float:
    """Seconds from the start of the program to the newest line, its tab's key typed ahead."""
    start = time.perf_counter()
    with terminal([str(root)], size=_SIZE) as screen:
        screen.send("2")
        screen.wait_for(last)
        return time.perf_counter() - start


def _time_of_last_line(log: Path) -> bytes:
    with log.open("rb") as file:
        file.seek(-65536, os.SEEK_END)
        last = file.read().splitlines()[-1]
    return json.loads(last)["timestamp"][11:19].encode()


def _memory(root: Path, last: bytes) -> tuple[float, float]:
    """Megabytes once everything is read that is read by itself, and at the peak before that."""
    with terminal([str(root)], size=_SIZE) as screen, watched(screen.process.pid) as peak:
        screen.send("2")
        screen.wait_for(last)
        _settle(screen)
        after = megabytes(screen.process.pid)
    return after, peak.megabytes


def _memory_of_empty_app() -> float:
    with terminal([], program=[sys.executable, "-c", EMPTY_APP], size=_SIZE) as screen:
        screen.wait_for(b"Webhooks")
        _settle(screen)
        return megabytes(screen.process.pid)


def _settle(screen: Terminal) -> None:
    end = time.monotonic() + 4 * LIMIT
    while not is_idle(screen.process.pid, 1.0):
        while screen.read(0.0):
            pass
        assert time.monotonic() < end, "the console never comes to rest"
