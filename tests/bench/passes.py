"""Passes over a whole log, against the simplest program that reads as much."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tests.bench.measure import Measure, Result, at_most, compare, skipped
from tests.bench.processes import megabytes, watched

WORD = "Connection reset by peer"
"""Stands in a few lines of a thousand."""
_MOST_MEMORY = 40.0
_SCRIPT = [
    sys.executable,
    str(files("orket_console.demo") / "orket-0.3.16" / "scripts" / "report_failure_modes.py"),
]


def benchmarks(log: Path, name: str, folder: Path, rounds: int) -> Iterator[Result]:
    wc = _Baseline("wc -l", lambda: _run(["wc", "-l", str(log)]))
    rg = _Baseline("rg -c -F", lambda: _run(["rg", "-c", "-F", WORD, str(log)]))
    script = _Baseline("the demo's script", lambda: _run([*_SCRIPT, "--log", str(log)]))
    yield _compared("index", f"indexed to the end, {name}", log, wc, 2.5, rounds)
    yield _compared("five_keys", f"five keys alone, {name}", log, wc, 6.5, rounds)
    yield _compared("five_keys", f"five keys alone, {name}, again", log, script, 1 / 8, 1)
    yield _compared("report", f"whole report, {name}", log, wc, 10, rounds)
    yield _memory("report", f"whole report, {name}", log)
    if shutil.which("rg"):
        yield _compared("search", f"word search, {name}", log, rg, 3, rounds)
    else:
        yield skipped(f"word search, {name}", "rg is not installed")
    with _pass("report", log) as (_, whole_report):
        report = _Baseline("the whole report", whole_report)
        yield _compared("diagnosis", f"the diagnosis of a log, {name}", log, report, 1.1, rounds)
        yield _compared("structured", f"structured filter, {name}", log, report, 1.3, rounds)
        yield _memory("structured", f"structured filter, {name}", log)
        yield _compared("survey", f"patterns, times, names, {name}", log, report, None, rounds)
        yield _memory("survey", f"patterns, times, names, {name}", log)


@dataclass(frozen=True, slots=True)
class _Baseline:
    name: str
    run: Measure


def _compared(
    kind: str, name: str, log: Path, baseline: _Baseline, times: float | None, rounds: int
) -> Result:
    """The best of some rounds on either side: what else the machine does only adds to it."""
    with _pass(kind, log) as (_, run):
        return compare(
            name,
            run,
            baseline.run,
            against=baseline.name,
            times=times,
            rounds=rounds,
            average=min,
        )


def _memory(kind: str, name: str, log: Path) -> Result:
    with _pass(kind, log) as (pid, run):
        before = megabytes(pid)
        with watched(pid) as peak:
            run()
    what = "over the same process before"
    return at_most(f"{name}: memory", peak.megabytes, "MB", _MOST_MEMORY, what, before)


@contextmanager
def _pass(kind: str, log: Path) -> Iterator[tuple[int, Measure]]:
    """A process that is ready for a pass: its id, and how many seconds one more pass takes."""
    argv = [sys.executable, "-m", "tests.bench.passing", kind, str(log)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout
        told.readline()

        def run() -> float:
            asked.write("\n")
            asked.flush()
            seconds: float = json.loads(told.readline())[0]
            return seconds

        yield process.pid, run


def _run(argv: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begun
