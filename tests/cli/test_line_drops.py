"""The line to the operator's terminal drops in the middle of an action: nothing is lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.cli.sshd import LIMIT, Sshd, sshd_for
from tests.ui.terminal import CONSOLE, Terminal, terminal

from orket_console.actions.catalogue import CATALOGUE
from orket_console.demo.generate import generate

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUITE = """
import pathlib, time, unittest

class Suite(unittest.TestCase):
    def test_1_begins(self):
        print("begun")

    def test_2_waits(self):
        while not pathlib.Path("go").exists():
            time.sleep(0.01)

    def test_3_ends(self):
        pass
"""
CANARY = """
import pathlib, time
print("begun")
while not pathlib.Path("go").exists(): time.sleep(0.01)
print("went on")
print("[security-canary] SUCCESS")
"""
PATH = "tests/test_waiting.py"
RUN = ["actions", "run", "test-suite", "--param", f"path={PATH}", "--confirm", "demo"]
OUTPUT = re.compile(r"begun\n\.+ +\[100%\]\n3 passed in [0-9.]+s\n")


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """An installation with a suite of tests that waits in its middle."""
    root = tmp_path / "demo"
    now = datetime.now(UTC)
    generate(root, "healthy", seed=1, now=now, api_port=9, webhook_port=11, python=sys.executable)
    (root / PATH).write_text(SUITE)
    return root


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with sshd_for(folder) as running:
        yield running


def answer(root: Path, *words: str) -> tuple[int, Any, str]:
    """A console that comes later: its exit status, its document's data and its stderr."""
    done = subprocess.run(
        [*CONSOLE, "--root", str(root), "actions", *words, "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)["data"], done.stderr


def the_one_that_runs(root: Path) -> dict[str, Any]:
    _, data, _ = answer(root, "history")
    (record,) = data["records"]
    assert record["verdict"] is None
    assert psutil.pid_exists(record["pid"])
    return dict(record)


def sees_it_end(root: Path, record: dict[str, Any]) -> None:
    """The next console attaches, has all of the output, and the verdict under the same id."""
    (root / "go").touch()
    status, ended, output = answer(root, "attach", record["id"])
    assert status == 0
    assert (ended["id"], ended["verdict"]) == (record["id"], "passed")
    assert ended["origin"] == record["origin"]
    assert OUTPUT.fullmatch(output), output
    _, _, again = answer(root, "attach", record["id"])
    assert again == output


def gone(pid: int) -> None:
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=LIMIT)
    assert not psutil.pid_exists(pid)


@contextmanager
def on_a_line(sshd: Sshd, root: Path, *words: str) -> Iterator[Terminal]:
    """A console on the far end of an SSH connection, at whose near end is a terminal."""
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("XDG_", "PYTHON"))}
    environment = {**kept, "HOME": os.environ["HOME"], "TERM": "xterm-256color"}
    command = [*CONSOLE, "--root", str(root), *words]
    with terminal([], program=sshd.argv(command, environment, Path.cwd())) as near:
        yield near


def test_ssh_is_killed_in_the_middle_of_a_test_run_and_the_next_console_sees_it_finish(
    sshd: Sshd, demo: Path
) -> None:
    with on_a_line(sshd, demo, *RUN) as line:
        line.wait_for(b".")
        line.process.kill()
        line.process.wait()
        record = the_one_that_runs(demo)
        assert record["origin"]["ssh"] == "127.0.0.1"
        gone(record["origin"]["console"])
        assert record["pid"] == the_one_that_runs(demo)["pid"]
    sees_it_end(demo, record)
    audited = subprocess.run(
        [*CONSOLE, "--root", str(demo), "audit", "show", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    ended, started = json.loads(audited.stdout)["data"]["records"]
    assert (started["kind"], started["ssh"]) == ("started", "127.0.0.1")
    assert (ended["kind"], ended["verdict"]) == ("ended", "passed")


def hung_up(line: Terminal) -> None:
    """The terminal is gone, as when its window is closed: the kernel sends SIGHUP."""
    line.hang_up()
    line.process.wait(LIMIT)


def test_the_terminal_of_a_command_is_gone_and_the_next_console_sees_it_finish(demo: Path) -> None:
    with terminal(["--root", str(demo), *RUN]) as line:
        line.wait_for(b".")
        hung_up(line)
        record = the_one_that_runs(demo)
        assert record["origin"]["console"] == line.process.pid
    sees_it_end(demo, record)


def test_the_terminal_of_the_console_is_gone_and_the_next_sees_its_action_finish(
    demo: Path,
) -> None:
    canary = demo / "scripts" / "security_canary.py"
    canary.write_text(CANARY)
    with terminal([str(demo)], size=(120, 40)) as line:
        line.wait_for(b"Health]")
        line.send("5")
        line.wait_for(b"Security canary")
        line.settle()
        line.send("\x1b[B" * [action.name for action in CATALOGUE].index("security-canary"))
        line.wait_for(b"checks that requests without key")
        line.send("\r")
        line.wait_for(b"yes, do it")
        line.settle()
        line.send("y")
        line.wait_for(b"begun")
        hung_up(line)
        record = the_one_that_runs(demo)
        assert record["origin"]["console"] == line.process.pid
    (demo / "go").touch()
    status, ended, output = answer(demo, "attach", record["id"])
    assert (status, ended["id"], ended["verdict"]) == (0, record["id"], "passed")
    assert output == "begun\nwent on\n[security-canary] SUCCESS\n"
