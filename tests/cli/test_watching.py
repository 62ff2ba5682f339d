"""What a signal does while an action is still being started, and that silence is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("no_action_outlives")
LIMIT = 30
Running = Callable[[str, str], AbstractContextManager["subprocess.Popen[str]"]]
MAIN = "from orket_console.cli.main import main; main()"
SLOWLY = """
import pathlib, sys, time
from orket_console.actions import runner
launch = runner.launch
def slowly(*given):
    print('launching', file=sys.stderr, flush=True)
    while not pathlib.Path('launch').exists(): time.sleep(0.01)
    return launch(*given)
runner.launch = slowly
"""
SILENT = """
from orket_console.cli import watching
watching.SILENCE, watching._LOOK = 0.1, 0.01
"""
AWAIT_GO = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"


@pytest.fixture
def running(bare_root: Path) -> Running:
    """A console that runs a canary, changed by some lines of Python."""
    (bare_root / "scripts").mkdir()

    @contextmanager
    def run(changed: str, body: str) -> Iterator[subprocess.Popen[str]]:
        (bare_root / "scripts" / "security_canary.py").write_text(body)
        words = ["--python", sys.executable, "actions", "run", "security-canary", "--yes"]
        with subprocess.Popen(
            [sys.executable, "-c", changed + MAIN, *words, "--json"],
            cwd=bare_root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            yield process
            process.kill()

    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_cancelled_while_it_is_being_started_is_cancelled_and_told(
    running: Running, bare_root: Path, number: signal.Signals
) -> None:
    with running(SLOWLY, AWAIT_GO) as process:
        assert process.stderr.readline() == "launching\n"
        process.send_signal(number)
        (bare_root / "launch").touch()
        stdout, stderr = process.communicate(timeout=LIMIT)
        assert process.returncode == 130
    assert json.loads(stdout)["data"]["verdict"] == "cancelled"
    assert "Traceback" not in stderr


def test_a_line_that_drops_while_it_is_being_started_leaves_it_running(
    running: Running, bare_root: Path
) -> None:
    with running(SLOWLY, AWAIT_GO) as process:
        assert process.stderr.readline() == "launching\n"
        process.send_signal(signal.SIGHUP)
        (bare_root / "launch").touch()
        _, stderr = process.communicate(timeout=LIMIT)
        assert process.returncode == 130
    assert "Security canary goes on" in stderr


def test_silence_is_told_and_told_again_but_not_taken_for_the_end(
    running: Running, bare_root: Path
) -> None:
    with running(SILENT, AWAIT_GO + "print('[security-canary] SUCCESS')") as process:
        for _ in range(2):
            line = process.stderr.readline()
            assert "nothing printed for" in line
            assert "runs on" in line
        (bare_root / "go").touch()
        stdout, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0
    assert json.loads(stdout)["data"]["verdict"] == "passed"
