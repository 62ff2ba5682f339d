"""How the screen answers while a report goes through a large log behind it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.grown_log import root_around
from tests.bench.measure import Result, at_most, percentile
from tests.ui.terminal import terminal

_LAGGING = [sys.executable, "-m", "tests.bench.lagging"]


def benchmarks(log: Path, name: str, folder: Path, _rounds: int) -> Iterator[Result]:
    """How late the event loop is, as a task on it notes."""
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
    title = f"loop lag while the report runs, {name}"
    yield at_most(f"{title}, p95", percentile(during, 0.95), "ms", 20, what)
    yield at_most(f"{title}, most", max(during), "ms", None, what)
