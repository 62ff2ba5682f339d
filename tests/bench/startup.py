"""How soon the console is there: first paint, `--version`, `check`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.measure import Result, Seconds, compare
from tests.ui.terminal import CONSOLE, terminal

_EMPTY_APP = """
import os
os.environ["TEXTUAL_ANIMATIONS"] = "none"
from textual.app import App
from textual.widgets import TabbedContent, TabPane
class Empty(App):
    def compose(self):
        with TabbedContent():
            for title in ("Health", "Log", "Webhooks", "Runs", "Actions"):
                yield TabPane(title)
Empty().run()
"""


def benchmarks(root: Path) -> list[Result]:
    return [
        compare(
            "first paint",
            lambda: _first_paint(CONSOLE, [str(root)]),
            lambda: _first_paint([sys.executable, "-c", _EMPTY_APP], []),
            against="an empty Textual app of five tabs",
            allowed=2.0,
        ),
        compare(
            "--version",
            lambda: _run([*CONSOLE, "--version"]),
            lambda: _run([sys.executable, "-c", "import click"]),
            against="python -c 'import click'",
            allowed=2.0,
        ),
        compare(
            "check",
            lambda: _run([*CONSOLE, "--root", str(root), "check"]),
            lambda: (
                _slowest_probe(root) + _run([*CONSOLE, "--root", str(root), "config"]) + _imports()
            ),
            against="its slowest probe, plus start-up and imports",
            allowed=1.0,
        ),
    ]


def _first_paint(program: list[str], arguments: list[str]) -> Seconds:
    start = time.perf_counter()
    with terminal(arguments, program=program) as screen:
        screen.wait_for(b"Webhooks")
        return time.perf_counter() - start


def _run(argv: list[str]) -> Seconds:
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def _slowest_probe(root: Path) -> Seconds:
    done = subprocess.run(
        [*CONSOLE, "--root", str(root), "check", "--json"], capture_output=True, check=False
    )
    readings = json.loads(done.stdout)["data"]["readings"]
    return max(reading.get("ms") or 0.0 for reading in readings) / 1000


def _imports() -> Seconds:
    """What `check` imports beyond `config`: its HTTP client, process list and database."""
    bare = _run([sys.executable, "-c", "import click, msgspec"])
    return _run([sys.executable, "-c", "import click, msgspec, httpx, psutil, aiosqlite"]) - bare
