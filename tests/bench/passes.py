"""Passes over a whole log, against the simplest program that reads as much; and keys meanwhile."""

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

from tests.bench.grown_log import root_around
from tests.bench.measure import Measure, Result, at_most, compare, percentile, skipped
from tests.bench.processes import megabytes, watched
from tests.ui.terminal import terminal

WORD = "Connection reset by peer"
"""Stands in a few lines of a thousand."""
_MOST_MEMORY = 40.0
_SCRIPT = [
    sys.executable,
    str(files("orket_console.demo") / "orket-0.3.16" / "scripts" / "report_failure_modes.py"),
]


def benchmarks(log: Path, name: str, folder: Path, rounds: int) -> list[Result]:
    wc = _Baseline("wc -l", lambda: _run(["wc", "-l", str(log)]))
    rg = _Baseline("rg -c -F", lambda: _run(["rg", "-c", "-F", WORD, str(log)]))
    script = _Baseline("the demo's script", lambda: _run([*_SCRIPT, "--log", str(log)]))
    with _pass("report", log) as (_, whole_report):
        report = _Baseline("the whole report", whole_report)
        return [
            _compared("index", f"indexed to the end, {name}", log, wc, 2.5, rounds),
            _compared("report", f"five keys (with all the rest), {name}", log, wc, 6.5, rounds),
            _compared("report", f"five keys (the same), {name}", log, script, 1 / 8, 1),
            _compared("report", f"whole report, {name}", log, wc, 10, rounds),
            _memory("report", f"whole report, {name}", log),
            _compared("search", f"word search, {name}", log, rg, 3, rounds)
            if shutil.which("rg")
            else skipped(f"word search, {name}", "rg is not installed"),
            _compared("structured", f"structured filter, {name}", log, report, 1.3, rounds),
            _memory("structured", f"structured filter, {name}", log),
            _compared("survey", f"patterns, times and names, {name}", log, report, None, rounds),
            _memory("survey", f"patterns, times and names, {name}", log),
        ]


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


def responding(log: Path, name: str, folder: Path, _rounds: int) -> list[Result]:
    """How late the event loop is while the report goes through the log behind it."""
    root, out = root_around(log, folder), folder / "late.json"
    with terminal([str(out), "--root", str(root)], program=_LAGGING, size=(120, 40)) as screen:
        screen.send("2")
        screen.wait_for(b"following")
        screen.settle()
        begun, since = time.time(), len(screen.seen)
        screen.send("r")
        screen.wait_for(b"turn_failed", since)
        over = time.time()
        screen.send("\x1b")
        screen.settle()
        screen.send("q")
        screen.ended()
    late = json.loads(out.read_text())
    during = [1000 * seconds for at, seconds in late if begun <= at <= over]
    what = f"of {len(during)} looks in {over - begun:.1f} s"
    return [
        at_most(
            f"loop lag while the report runs, {name}, p95", percentile(during, 0.95), "ms", 20, what
        ),
        at_most(f"loop lag while the report runs, {name}, most", max(during), "ms", None, what),
    ]


_LAGGING = [sys.executable, "-m", "tests.bench.lagging"]
