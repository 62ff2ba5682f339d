"""How soon the console is there: first paint, `--version`, `check`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.measure import Result, compare
from tests.ui.terminal import CONSOLE, terminal

_DEADLINE = 1.0
EMPTY_APP = """
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


def benchmarks(root: Path, rounds: int) -> list[Result]:
    return [
        compare(
            "first paint",
            lambda: first_paint(CONSOLE, [str(root)]),
            lambda: first_paint([sys.executable, "-c", EMPTY_APP], []),
            against="an empty Textual app of five tabs",
            times=2.0,
            rounds=rounds,
        ),
        compare(
            "--version",
            lambda: _run([*CONSOLE, "--version"]),
            lambda: _run([sys.executable, "-c", "import click"]),
            against="python -c 'import click'",
            times=2.0,
            rounds=rounds,
        ),
        compare(
            "check, servers that never answer",
            lambda: _check_of_mute_servers(root),
            lambda: _DEADLINE + _imports(),
            against=f"the {_DEADLINE:g} s of its slowest probes, and its imports",
            times=1.15,
            rounds=rounds,
        ),
    ]


def first_paint(program: list[str], arguments: list[str]) -> float:
    start = time.perf_counter()
    with terminal(arguments, program=program) as screen:
        screen.wait_for(b"Webhooks")
        return time.perf_counter() - start


def _run(argv: list[str], environment: dict[str, str] | None = None) -> float:
    start = time.perf_counter()
    subprocess.run(
        argv,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    return time.perf_counter() - start


def _check_of_mute_servers(root: Path) -> float:
    """Both ports take the connection and say nothing, so their probes last to their deadline."""
    with (
        socket.create_server(("127.0.0.1", 0)) as api,
        socket.create_server(("127.0.0.1", 0)) as webhook,
    ):
        ports = [
            f"--api-port={api.getsockname()[1]}",
            f"--webhook-port={webhook.getsockname()[1]}",
        ]
        return _run(
            [*CONSOLE, "--root", str(root), *ports, "check"],
            {"ORKET_CONSOLE_HEALTH_DEADLINE": str(_DEADLINE)},
        )


def _imports() -> float:
    """Starting Python and importing what `check` uses."""
    modules = "orket_console.cli.main, orket_console.cli.check, httpx, psutil"
    return _run([sys.executable, "-c", f"import {modules}"])
