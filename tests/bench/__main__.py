"""`python -m tests.bench [ROOT]`: a table of ratios, and the same as JSON with `--json`."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import startup
from tests.bench.measure import table

from orket_console.demo.generate import generate

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "orket-0.3.16"


def main() -> None:
    arguments = [word for word in sys.argv[1:] if word != "--json"]
    with tempfile.TemporaryDirectory(prefix="orket-bench-") as folder:
        results = startup.benchmarks(_root(arguments, Path(folder)))
    if "--json" in sys.argv:
        print(json.dumps([{**dataclasses.asdict(r), "ratio": r.ratio} for r in results], indent=2))
    else:
        print(table(results))
    sys.exit(0 if all(result.met for result in results) else 1)


def _root(arguments: list[str], folder: Path) -> Path:
    """The installation named, else the samples, else a demo."""
    if arguments:
        return Path(arguments[0])
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
