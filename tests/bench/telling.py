"""How soon an incident's timeline is there, and what writing its bundle takes of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.bench.grown_events import grown_events
from tests.bench.grown_log import grown_log
from tests.bench.grown_traces import many_runs
from tests.bench.measure import Result, at_most, percentile

from orket_console.base.clock import SystemClock
from orket_console.incidents.timeline.entry import Wanted
from orket_console.incidents.timeline.timeline import Timeline
from orket_console.runs.index import TurnIndex
from orket_console.target.target import Target, open_target

_PAGE: Final = 100
_SOON: Final = 1000.0
_MOST_MEMORY: Final = 48.0
_LONG: Final = 1 << 30
_SHORT: Final = 100 << 20
_PAST: Final = datetime(2026, 11, 5, tzinfo=UTC)
_EXPORT: Final = """
import os, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from orket_console.base.clock import FixedClock
from orket_console.health.reading import Round
from orket_console.incidents.bundle.export import export_incident
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.ledger.incidents import Opening, open_incident
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.looking import Looked
from orket_console.target.target import open_target
root, out = Path(sys.argv[1]), Path(sys.argv[2])
target = open_target(option=str(root), environment=dict(os.environ), here=root, flags={})
at = datetime(2026, 11, 3, tzinfo=UTC)
store = open_ledger(target, FixedClock(at))
one = open_incident(store, Opening("bench", at, Who("bench"), {}))
looked = Looked(Round(at, 0.0, ()), Diagnosis((), (), (), ()))
export_incident(target, FixedClock(at), store, one.id, looked, out)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def benchmarks(folder: Path, rounds: int) -> Iterator[Result]:
    large = _target(folder / "large", _LONG)
    against = "1 GB of log, 100,000 turns, 5,000,000 deliveries"
    index = TurnIndex(large)
    index.refresh()
    _first_page(large, index, None)
    for name, until in (("now", None), ("a moment long past", _PAST)):
        taken = percentile([_first_page(large, index, until) for _ in range(rounds)], 0.5)
        yield at_most(f"timeline: first page from {name}", taken, "ms", _SOON, against)
    timeline = Timeline(large, SystemClock(), None, index)
    walk = timeline.back(Wanted())
    walk.take(_PAGE)
    pages = []
    for _ in range(10 * rounds):
        begun = time.perf_counter()
        walk.take(_PAGE)
        pages.append((time.perf_counter() - begun) * 1000)
    walk.close()
    yield at_most("timeline: a page further back, p95", percentile(pages, 0.95), "ms", _SOON)
    small = _exported(_target(folder / "small", _SHORT), folder / "small.tar.gz")
    whole = _exported(large, folder / "large.tar.gz")
    yield at_most(
        "export: memory, 1 GB of log", whole, "MB", _MOST_MEMORY, "the same of 100 MB", small
    )


def _target(root: Path, size: int) -> Target:
    (root / ".orket" / "durable" / "db").mkdir(parents=True)
    (root / "workspace" / "default").mkdir(parents=True)
    workspace = root / "workspace" / "default"
    (workspace / "observability").symlink_to(many_runs() / "workspace/default/observability")
    (root / ".orket" / "durable" / "db" / "webhook.db").symlink_to(grown_events())
    (workspace / "orket.log").symlink_to(grown_log(size))
    environment = {**os.environ, "XDG_STATE_HOME": str(root / "state")}
    flags: dict[str, str | int | float | bool] = {"state.dir": str(root.parent / "state")}
    return open_target(option=str(root), environment=environment, here=root, flags=flags)


def _first_page(target: Target, index: TurnIndex, until: datetime | None) -> float:
    """Of a timeline that is opened for the first time, where the turns are known, in ms.

    The turns' folders are younger than what is in them, as after a copy: the worst of cases.
    """
    begun = time.perf_counter()
    walk = Timeline(target, SystemClock(), None, index).back(Wanted(), until)
    page = walk.take(_PAGE)
    taken = (time.perf_counter() - begun) * 1000
    walk.close()
    assert len(page.entries) == _PAGE
    return taken


def _exported(target: Target, out: Path) -> float:
    """The most memory that a process held which exported, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT, str(target.path), str(out)],
        env={**os.environ, "XDG_STATE_HOME": str(out.parent / "exported")},
        capture_output=True,
        check=True,
        text=True,
    )
    return float(done.stdout)
