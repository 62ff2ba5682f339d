"""Passes over one whole log, each in a process: `python -m tests.bench.passing PASS LOG`.

It says `ready` once everything is imported; goes through the log at each line that comes in, and
answers with the seconds it took and what it found.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from orket_console.logs.report import build_report
from orket_console.target.layout import Layout


def report(log: Path) -> int:
    return build_report(_layout(log), log).lines


def _layout(log: Path) -> Layout:
    return Layout(log.parent, log.parent)


PASSES: dict[str, Callable[[Path], object]] = {
    "report": report,
}

if __name__ == "__main__":
    run, path = PASSES[sys.argv[1]], Path(sys.argv[2])
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        found = run(path)
        print(json.dumps([time.perf_counter() - begun, found]), flush=True)
