"""Processes that a run could be at work in."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from orket_console.runs.processes import Process, processes_of
from orket_console.runs.status import Seen, judge

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
WAITS = "print(flush=True); input()"


@pytest.fixture
def running():
    """Start a Python that waits for its input's end."""
    started = []

    def start(*words, cwd):
        process = subprocess.Popen(
            [sys.executable, "-c", WAITS, *words],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline()
        return process.pid

    yield start
    for process in started:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def test_python_in_the_root_or_with_a_path_of_it_counts(running, bare_root, tmp_path):
    here = running(cwd=bare_root)
    named = running(str(bare_root / "main.py"), cwd=tmp_path)
    elsewhere = running(cwd=tmp_path)
    console = running("orket_console", cwd=bare_root)
    found = {process.pid for process in processes_of(bare_root)}
    assert {here, named} <= found
    assert not {elsewhere, console} & found


def test_a_shell_in_the_root_runs_no_turn(bare_root):
    with subprocess.Popen(["cat"], cwd=bare_root, stdin=subprocess.PIPE) as process:
        assert process.pid not in {found.pid for found in processes_of(bare_root)}


def test_where_the_host_tells_nothing_nothing_is_claimed(bare_root, monkeypatch):
    def refuse(_attrs):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "process_iter", refuse)
    assert processes_of(bare_root) is None


SILENT = NOW - timedelta(hours=2)
EARLIER = Process(812, "python server.py", SILENT - timedelta(hours=1))
LATER = Process(900, "python server.py", NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("processes", "seen"),
    [
        (None, "stale: no activity for 2h00m"),
        ((), "stale: no activity for 2h00m, no process of this root"),
        ((LATER,), "stale: no activity for 2h00m, no process of this root"),
        ((EARLIER, LATER), "silent: no activity for 2h00m, pid 812 may hold it"),
    ],
)
def test_a_silent_run_is_stale_unless_a_process_may_hold_it(processes, seen):
    judgement = judge(Seen("running", "Started", {}, 1, SILENT, processes), NOW)
    assert (judgement.seen, judgement.active) == (seen, False)


def test_a_run_that_showed_life_lately_is_no_stale_one_without_a_process():
    judgement = judge(Seen("running", "Started", {}, 1, NOW, ()), NOW)
    assert (judgement.seen, judgement.active) == ("no process of this root is seen", True)
