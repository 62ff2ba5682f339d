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
from typing import Any

from tests.bench.passes import WORD

from orket_console.incidents.diagnosis.gathering.log_pass import LogPass
from orket_console.logs.filter import parse_filter
from orket_console.logs.hits.job import HitJob
from orket_console.logs.index import LineIndex
from orket_console.logs.report.build import build_report
from orket_console.logs.report.five import FiveJob
from orket_console.logs.scan.job import Job
from orket_console.logs.scan.scan import scan
from orket_console.logs.scan.spans import open_log
from orket_console.logs.sources import Source
from orket_console.logs.survey.job import SurveyJob
from orket_console.target.layout import Layout


def index(log: Path) -> int:
    with log.open("rb") as file:
        lines = LineIndex()
        lines.extend(file.fileno())
        return lines.lines


def five_keys(log: Path) -> int:
    return _scanned(log, FiveJob()).lines


def report(log: Path) -> int:
    return build_report(Layout(log.parent, log.parent), [log]).lines


def diagnosis(log: Path) -> int:
    """What the diagnosis reads of a log, from its beginning on."""
    seen = LogPass({"log": log}).read(whole=True).log("log")
    return seen.lines if seen else 0


def search(log: Path) -> int:
    job = HitJob(parse_filter(f'"{WORD}"'), "log")
    return sum(_scanned(log, job, job.small).values())


def structured(log: Path) -> int:
    wanted = parse_filter("event:turn_failed or (role:system level>=warn)")
    return sum(_scanned(log, HitJob(wanted, "log")).values())


def survey(log: Path) -> int:
    return _scanned(log, SurveyJob(parse_filter(""), Source(str(log), "log"))).matched


def _scanned(log: Path, job: Job[Any], small: int | None = None) -> Any:
    with open_log(log, "log") as opened:
        (found,) = scan([opened], job, small=small)
        return found.result


PASSES: dict[str, Callable[[Path], int]] = {
    each.__name__: each
    for each in (index, five_keys, report, diagnosis, search, structured, survey)
}

if __name__ == "__main__":
    run, path = PASSES[sys.argv[1]], Path(sys.argv[2])
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        found = run(path)
        print(json.dumps([time.perf_counter() - begun, found]), flush=True)
