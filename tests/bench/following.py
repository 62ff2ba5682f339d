"""How soon a written line is on the screen, and what a burst of lines costs."""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from tests.bench.grown_log import lines, root_around
from tests.bench.measure import Result, at_most, percentile
from tests.bench.processes import cpu_seconds
from tests.ui.terminal import LIMIT, Terminal, terminal

_BEFORE = 200
_WRITTEN = 60
_RATE = 10_000
_SECONDS = 10
_SIZE = (120, 40)
_ESCAPES = re.compile(rb"\x1b\[[0-9;:?<>=]*[A-Za-z]")
_COUNT = re.compile(rb"([0-9][0-9,. ]*) \xc2\xb7 (?:following|paused)")
_BURST = """
import sys, time
from itertools import islice
from pathlib import Path
from tests.bench.grown_log import lines
log, rate, seconds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
told = lines(3)
batches = [b"".join(islice(told, rate // 100)) for _ in range(100 * seconds)]
print("ready", flush=True)
sys.stdin.readline()
begun = time.monotonic()
with log.open("ab", buffering=0) as file:
    for number, batch in enumerate(batches):
        time.sleep(max(begun + number / 100 - time.monotonic(), 0))
        file.write(batch)
"""


def benchmarks(folder: Path) -> Iterator[Result]:
    root = root_around(None, folder)
    log = root / "workspace" / "default" / "orket.log"
    log.write_bytes(b"".join(islice(lines(2), _BEFORE)))
    for measured in (_latency, _burst, _keys):
        yield from measured(root, log)


def _latency(root: Path, log: Path) -> list[Result]:
    """From the write to the bytes that the terminal gets, lines coming one by one."""
    rng = random.Random(5)
    taken = []
    with terminal([str(root)], size=_SIZE) as screen:
        _open(screen)
        for number in range(_WRITTEN):
            _pump(screen, rng.uniform(0.15, 0.45))
            word = f"w{number:05}"
            taken.append(_until(screen, word.encode(), lambda word=word: _write(log, word)))
    milliseconds = [1000 * one for one in taken]
    return [
        at_most("line written to on screen", statistics.median(milliseconds), "ms", 50, "median"),
        at_most(
            "line written to on screen, p95", percentile(milliseconds, 0.95), "ms", 100, "of 60"
        ),
    ]


@dataclass(slots=True)
class _Writer:
    """A process that writes the burst once it is let go."""

    process: subprocess.Popen[bytes]

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    @property
    def writes(self) -> bool:
        return self.process.poll() is None


@contextmanager
def _writer(log: Path) -> Iterator[_Writer]:
    pipe = subprocess.PIPE
    argv = [sys.executable, "-c", _BURST, str(log), str(_RATE), str(_SECONDS)]
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield _Writer(process)


def _burst(root: Path, log: Path) -> list[Result]:
    """10,000 lines a second: what the console takes, what it lost, how it answers its keys."""
    expected = log.read_bytes().count(b"\n") + _RATE * _SECONDS
    with _writer(log) as writer, terminal([str(root)], size=_SIZE) as screen:
        _open(screen)
        pid = screen.process.pid
        before, begun = cpu_seconds(pid), time.monotonic()
        writer.go()
        while writer.writes:
            _pump(screen, 0.05)
        share = (cpu_seconds(pid) - before) / (time.monotonic() - begun)
        lost = expected - _count_shown(screen, expected)
    rate = f"{_RATE} lines a second for {_SECONDS} s"
    return [
        at_most("burst: share of a core", 100 * share, "%", 15, rate),
        at_most("burst: lines not shown", lost, "", 0, rate),
    ]


def _keys(root: Path, log: Path) -> list[Result]:
    """How soon a key is answered: at rest, and again while the burst comes."""
    with _writer(log) as writer, terminal([str(root)], size=_SIZE) as screen:
        _open(screen)
        idle = _answers(screen, lambda count: count < 20)
        writer.go()
        busy = _answers(screen, lambda _: writer.writes)
    return [
        at_most("key answered at rest", statistics.median(idle), "ms", None, "median"),
        at_most("burst: key answered", statistics.median(busy), "ms", 20, "median"),
        at_most("burst: key answered, p95", percentile(busy, 0.95), "ms", None, f"of {len(busy)}"),
    ]


def _answers(screen: Terminal, more: Callable[[int], bool]) -> list[float]:
    """Milliseconds from the key that holds the log still, or lets it go on, to its answer."""
    taken: list[float] = []
    rng = random.Random(6)
    while more(len(taken)):
        _pump(screen, rng.uniform(0.2, 0.4))
        for key, answer in ((" ", b"paused"), (" ", b"following")):
            taken.append(1000 * _until(screen, answer, lambda key=key: screen.send(key)))
            _pump(screen, rng.uniform(0.1, 0.2))
    return taken


def _open(screen: Terminal) -> None:
    screen.send("2")
    screen.wait_for(b"following")
    _pump(screen, 2.0)


def _write(log: Path, word: str) -> None:
    record = {
        "timestamp": datetime.now(UTC).isoformat(),
        "role": word,
        "event": "turn_start",
        "data": {"session_id": "34a2b001", "issue_id": "ISS-02-0", "turn_index": 1},
    }
    with log.open("ab", buffering=0) as file:
        file.write(json.dumps(record).encode() + b"\n")


def _until(screen: Terminal, text: bytes, act: Callable[[], None]) -> float:
    """Seconds from `act` until the program has written `text`."""
    since = len(screen.seen)
    begun = time.perf_counter()
    act()
    screen.wait_for(text, since)
    return time.perf_counter() - begun


def _pump(screen: Terminal, seconds: float) -> None:
    """Take what the program writes for so long, as a terminal does."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        screen.read(left)


def _count_shown(screen: Terminal, expected: int) -> int:
    """How many records the screen says that there are, once it says what it must or at the end."""
    end = time.monotonic() + LIMIT
    count = 0
    while count < expected and time.monotonic() < end:
        _pump(screen, 0.2)
        plain = _ESCAPES.sub(b"", bytes(screen.seen[-200_000:]))
        if said := _COUNT.findall(plain):
            count = int(re.sub(rb"[^0-9]", b"", said[-1]))
    return count
