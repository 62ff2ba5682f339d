"""How soon the console is there: first paint, `--version`, `check`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.measure import Result, Seconds, compare
from tests.ui.terminal import CONSOLE, terminal

_DEADLINE = 1.0
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
            "check, servers that never answer",
            lambda: _check_of_mute_servers(root),
            lambda: _DEADLINE + _imports(),
            against=f"the {_DEADLINE:g} s of its slowest probes, and its imports",
            allowed=1.15,
        ),
    ]


def _first_paint(program: list[str], arguments: list[str]) -> Seconds:
    start = time.perf_counter()
    with terminal(arguments, program=program) as screen:
        screen.wait_for(b"Webhooks")
        return time.perf_counter() - start


def _run(argv: list[str], environment: dict[str, str] | None = None) -> Seconds:
    start = time.perf_counter()
    subprocess.run(
        argv,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    return time.perf_counter() - start


def _check_of_mute_servers(root: Path) -> Seconds:
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


def _imports() -> Seconds:
    """Starting Python and importing what `check` uses."""
    modules = "orket_console.cli.main, orket_console.cli.check, httpx, aiosqlite, psutil"
    return _run([sys.executable, "-c", f"import {modules}"])
