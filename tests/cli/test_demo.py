"""The demo as its users start it: headless, kept, on a terminal; and nothing left of it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.ports import held_port
from tests.ui.terminal import CONSOLE, terminal

from orket_console.demo.running import running

Console = Callable[..., Any]


def started(*arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """A headless demo, and where it says it is."""
    process = subprocess.Popen(
        [*CONSOLE, "demo", "--headless", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def ended(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    process.send_signal(number)
    process.communicate(timeout=20)
    return process.returncode


# What `check` says of each scenario's fault: the probe, its word, and the exit status.
FAULTS = {
    "healthy": ("api", "ok", 0),
    "api-down": ("api", "refused", 1),
    "webhook-secret": ("env", "changed", 1),
    "stalled-run": ("runtime-db", "stalled", 1),
    "schema-drift": ("runtime-db", "pending", 1),
}


@pytest.mark.parametrize("scenario", FAULTS)
def test_check_names_the_fault_of_each_scenario(scenario: str, console: Console) -> None:
    probe, word, status = FAULTS[scenario]
    with (
        held_port() as api,
        held_port() as webhook,
        running(scenario, live=False, ports=(api, webhook)) as demo,
    ):
        check = console("--root", str(demo.root), "check", "--json")
    readings = {r["probe"]: r["word"] for r in check.document["data"]["readings"]}
    assert readings[probe] == word
    assert check.status == status


# Only one of them may be without an API: its port is any other's to take.
@pytest.mark.parametrize(
    ("number", "status", "scenario", "api", "key"),
    [
        (signal.SIGINT, 130, "webhook-secret", "ok", "ok"),
        (signal.SIGTERM, 143, "schema-drift", "ok", "ok"),
        (signal.SIGHUP, 129, "api-down", "refused", "follows API"),
    ],
)
def test_a_headless_demo_runs_until_it_is_ended_and_leaves_nothing(
    number: signal.Signals, status: int, scenario: str, api: str, key: str, console: Console
) -> None:
    process, place = started("--scenario", scenario)
    root = Path(place["root"])
    check = console("--root", str(root), "check", "--json")
    assert check.status == 1
    readings = {r["probe"]: r["word"] for r in check.document["data"]["readings"]}
    assert (readings["api"], readings["api-key"], readings["webhook"]) == (api, key, "ok")
    assert ended(process, number) == status
    assert not root.exists()


def test_a_demo_with_a_folder_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    process, place = started("--dir", str(folder), "--scenario", "healthy")
    assert place["root"] == str(folder)
    assert ended(process, signal.SIGINT) == 130
    assert (folder / "workspace" / "default" / "orket.log").is_file()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = subprocess.run(
        [*CONSOLE, "demo", "--headless", "--dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode not in (0, 1)
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize("end", ["q", "SIGTERM", "SIGHUP"])
def test_the_console_on_the_demo_leaves_nothing_however_it_ends(
    end: str, own_environment: Path, tmp_path: Path
) -> None:
    # An Orket of the operator's own is not to be seen in the demo.
    other = {"ORKET_PORT": "1", "ORKET_API_KEY": "mine", "TMPDIR": str(tmp_path)}
    with terminal(["demo", "--scenario", "healthy"], other) as screen:
        screen.wait_for(b"Health]")
        screen.wait_for(b"accepted")
        screen.settle()
        (root,) = tmp_path.glob("orket-demo-*")
        if end == "q":
            screen.send("q")
            assert screen.ended() == 0
        else:
            number = signal.Signals[end]
            screen.process.send_signal(number)
            assert screen.ended() == 128 + number
        assert not root.exists()
        assert not list((own_environment / "state").rglob("orket-demo*"))
        assert screen.modes_now() == screen.modes


def test_without_a_terminal_no_demo_is_started() -> None:
    done = subprocess.run(
        [*CONSOLE, "demo"], capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False
    )
    assert done.returncode == 2
    assert re.search(r"needs a terminal.*orket-console check", done.stderr)
    assert "starting" not in done.stderr
    assert done.stdout == ""
