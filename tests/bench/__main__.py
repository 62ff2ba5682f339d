"""`python -m tests.bench`: a table of what was taken and what is allowed; JSON with `--json`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    acting,
    following,
    opening,
    passes,
    probing,
    querying,
    replaying,
    responding,
    startup,
    telling,
)
from tests.bench.grown_log import CACHE, grown_log
from tests.bench.measure import HEAD, Result, row

from orket_console.demo.generate import generate

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "orket-0.3.16"
UNITS = {"k": 10, "m": 20, "g": 30}
GROUPS = (
    "startup",
    "opening",
    "following",
    "passes",
    "responding",
    "replaying",
    "querying",
    "probing",
    "acting",
    "telling",
)


def main() -> None:
    asked = _arguments()
    _keep_bytecode()
    with tempfile.TemporaryDirectory(prefix="orket-bench-") as folder:
        results = list(_told(_measured(asked, Path(folder)), quiet=asked.json))
    if asked.json:
        told = [{**dataclasses.asdict(r), "ratio": r.ratio, "met": r.met} for r in results]
        print(json.dumps(told, indent=2))
    sys.exit(0 if all(result.met for result in results) else 1)


def _told(results: Iterator[Result], *, quiet: bool) -> Iterator[Result]:
    """Each printed as it comes: all of them take some minutes."""
    if not quiet:
        print(HEAD)
    for result in results:
        if not quiet:
            print(row(result), flush=True)
        yield result


def _keep_bytecode() -> None:
    """Programs start as installed ones do, with their modules compiled, whatever is set here."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "bytecode")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, help="the installation that is started on")
    parser.add_argument("--only", default=",".join(GROUPS), help="some of: %(default)s")
    parser.add_argument("--size", default="100m,1g", help="of the logs (%(default)s); 10g too")
    parser.add_argument("--rounds", type=int, default=7, help="of what is taken in turn")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measured(asked: argparse.Namespace, folder: Path) -> Iterator[Result]:
    for group in asked.only.split(","):
        match group:
            case "startup":
                yield from startup.benchmarks(_root(asked.root, folder), asked.rounds)
            case "following":
                yield from following.benchmarks(folder)
            case "acting":
                yield from acting.benchmarks(folder, asked.rounds)
            case "replaying":
                yield from replaying.benchmarks(asked.rounds)
            case "querying":
                yield from querying.benchmarks(folder, asked.rounds)
            case "probing":
                yield from probing.benchmarks(folder, asked.rounds)
            case "telling":
                yield from telling.benchmarks(folder, asked.rounds)
            case _:
                of_log = _OF_A_LOG[group]
                for size in asked.size.split(","):
                    log = grown_log(int(size[:-1]) << UNITS[size[-1]])
                    yield from of_log(log, size, folder, asked.rounds)


_OF_A_LOG: dict[str, Callable[[Path, str, Path, int], Iterator[Result]]] = {
    "opening": opening.benchmarks,
    "passes": passes.benchmarks,
    "responding": responding.benchmarks,
}


def _root(named: Path | None, folder: Path) -> Path:
    """The installation named, else the samples, else a demo."""
    if named is not None:
        return named
    if SAMPLES.is_dir():
        return SAMPLES
    now = datetime.now(UTC)
    generate(
        folder / "demo",
        "healthy",
        seed=1,
        now=now,
        api_port=9,
        webhook_port=11,
        python=sys.executable,
    )
    return folder / "demo"


main()
