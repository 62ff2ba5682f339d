"""Commands that behave badly, ids that are none, and what is killed: told truly, nothing lost."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from tests.actions.watching import LIMIT, Watched, lives, until

from orket_console.actions import processes
from orket_console.actions.catalogue import find
from orket_console.actions.kept import kept_output
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import Record, folder_of, history, load
from orket_console.actions.runner import Run, end, start
from orket_console.actions.verdicts import Verdict
from orket_console.actions.verification import trail, verify
from orket_console.base.errors import ConsoleError
from orket_console.base.state import State
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
AWAIT_GO = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"
FOREVER = "import time\nwhile True: time.sleep(0.05)\n"
MEGABYTES = 100

Planned = Callable[..., Plan]


class Leaping:
    """A clock that is hours ahead, or behind, and on which time flies for who watches."""

    def __init__(self, hours: float = 0.0) -> None:
        self._ahead = timedelta(hours=hours)
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        return self.passed


@pytest.mark.parametrize(
    "name",
    ["--help", "-rf", "a\nb", "a\0b", "../x", "..", ".", "", "/etc", "a/b", "\ud800", "x" * 5000],
)
def test_an_id_that_is_none_reads_nothing_and_is_told_on_one_line(
    target: Target, name: str
) -> None:
    with pytest.raises(ConsoleError, match="no readable record") as raised:
        load(target, name)
    assert "\n" not in str(raised.value)
    assert not str(raised.value).encode("utf-8", "replace").count(b"\0")


async def test_a_hundred_megabytes_are_kept_whole_and_fill_no_memory(
    watched: Watched, canary_running: Planned
) -> None:
    line = "x" * 99 + "\n"
    body = f"import sys\nblock = {line!r} * 655\n"
    body += f"for _ in range({MEGABYTES} * (1 << 20) // len(block)): sys.stdout.write(block)\n"
    length = MEGABYTES * (1 << 20) // len(line * 655) * len(line * 655)
    told = held = 0

    def listener(piece: Piece) -> None:
        nonlocal told
        told += len(piece.text)

    run = await start(watched.target, canary_running(body + SUCCESS), listener)
    watched.runs.append(run)
    supervisor = psutil.Process(run.record.supervisor)
    ending = asyncio.create_task(run.ended())
    while not ending.done():
        await asyncio.wait([ending], timeout=0.02)
        try:
            held = max(held, supervisor.memory_info().rss)
        except psutil.Error:
            break
    record = await asyncio.wait_for(ending, LIMIT)
    assert (record.verdict, record.notes) == (Verdict.PASSED, [])
    kept = (folder_of(watched.target, record.id) / "stdout").stat().st_size
    assert told == kept == length + len("[security-canary] SUCCESS\n")
    assert held < 80 << 20


async def test_binary_and_escapes_are_kept_as_they_came_and_shown_safely(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    raw = random.Random(7).randbytes(2 << 20) + b"\x1b]52;c;eA==\x07\x1b[2J\x9b31m\n\xff\xfe\x00"
    (root / "raw").write_bytes(raw)
    copying = "import shutil, sys\nshutil.copyfileobj(open('raw', 'rb'), sys.stdout.buffer)\n"
    record = await watched.ended(canary_running(copying))
    assert record.verdict is Verdict.UNKNOWN
    kept = (folder_of(watched.target, record.id) / "stdout").read_bytes()
    assert kept == raw
    shown = watched.text()
    assert not any((c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f" for c in shown)
    assert "␛]52;c;eA==␇␛[2J" in shown
    assert record.evidence.isprintable()
    (ended, _) = trail(watched.target.state.audit, 2).records
    assert ended["digests"] == {
        "stdout": hashlib.sha256(raw).hexdigest(),
        "stderr": hashlib.sha256(b"").hexdigest(),
    }


async def test_one_that_says_nothing_is_told_to_be_quiet_and_is_let_be(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    clock = Leaping()
    run = await start(
        watched.target, canary_running("print('begun')\n" + AWAIT_GO), watched.pieces.append, clock
    )
    watched.runs.append(run)
    await watched.until_said("begun")
    assert run.quiet == 0.0
    clock.passed += 600
    assert run.quiet == 600.0
    assert run.record.running
    assert lives(run.record.pid or 0)
    (root / "go").touch()
    await asyncio.wait_for(run.ended(), LIMIT)
    assert run.quiet == 0.0
    assert run.record.exit_status == 0


DAEMON = """
import os, subprocess, sys
quiet = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
waiting = [sys.executable, '-c', 'import time; time.sleep(600)']
child = subprocess.Popen(waiting, start_new_session=True, **quiet)
print(child.pid)
child.returncode = 0
"""


async def test_one_left_behind_that_closed_its_output_is_named_and_not_waited_for(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.actions.launch.DRAIN", 600.0)
    record = await watched.ended(canary_running(DAEMON + SUCCESS))
    assert record.verdict is Verdict.PASSED
    pid = int(watched.text().split()[0])
    (name,) = record.survivors
    assert name.startswith(f"{pid} ")
    assert record.notes == [f"left running: {name}"]
    assert lives(pid)


CLEANED = """
import subprocess
waiting = 'env -i sleep 600 < /dev/null > /dev/null 2>&1 & echo $!'
subprocess.run(['sh', '-c', waiting], start_new_session=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a supervisor")
async def test_one_that_cleaned_its_environment_and_lost_its_parent_is_named_and_stopped(
    watched: Watched, canary_running: Planned
) -> None:
    record = await watched.ended(canary_running(CLEANED + SUCCESS))
    left = int(watched.text().split()[0])
    try:
        assert str(left) in {name.split()[0] for name in record.survivors}
        assert lives(left)
    finally:
        os.kill(left, signal.SIGKILL)
    watched.pieces.clear()
    run = await watched.start(canary_running(CLEANED + FOREVER))
    await watched.until_said("\n")
    child = int(watched.text())
    run.cancel()
    cancelled = await asyncio.wait_for(run.ended(), LIMIT)
    assert (cancelled.verdict, cancelled.survivors) == (Verdict.CANCELLED, [])
    await until(lambda: not lives(child))


async def test_a_tree_that_ignores_term_is_killed_to_the_last(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.2)
    body = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
print('begun', os.getpid(), flush=True)
while True: print('x' * 100000, flush=True)
"""
    run = await watched.start(canary_running(body))
    await until(lambda: watched.text().count("begun") == 4)
    found = processes.of_action(run.record.id, run.record.pid or 0)
    assert len(found) == 4
    run.cancel()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert (record.verdict, record.survivors) == (Verdict.CANCELLED, [])
    assert not any(lives(process.pid) for process in found)


async def test_the_command_is_killed(watched: Watched, canary_running: Planned) -> None:
    run = await watched.start(canary_running("print('begun')\n" + FOREVER))
    await watched.until_said("begun")
    os.kill(run.record.pid or 0, signal.SIGKILL)
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.INTERRUPTED
    assert record.evidence == "ended by SIGKILL, not by this console"
    assert record.exit_status == -signal.SIGKILL


async def test_supervisor_and_command_are_killed_and_what_was_printed_is_kept(
    watched: Watched, canary_running: Planned
) -> None:
    run = await watched.start(canary_running("print('begun')\nprint('..', end='')\n" + FOREVER))
    await watched.until_said("..")
    for pid in (run.record.supervisor, run.record.pid):
        os.kill(pid or 0, signal.SIGKILL)
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.INTERRUPTED
    await until(lambda: not lives(run.record.pid or 0))
    now = load(watched.target, record.id)
    assert now.evidence == "its supervisor went away before it ended"
    kept = kept_output(folder_of(watched.target, record.id))
    assert "".join(piece.text for piece in kept.pieces) == "begun\n.."
    (started,) = trail(watched.target.state.audit, 5).records
    assert (started["kind"], started["id"]) == ("started", record.id)


async def test_what_both_left_behind_is_told_holds_the_lock_and_can_be_ended(
    watched: Watched, canary_running: Planned
) -> None:
    made = canary_running(DAEMON + FOREVER)
    run = await watched.start(made)
    await watched.until_said("\n")
    child = int(watched.text())
    for pid in (run.record.supervisor, run.record.pid):
        os.kill(pid or 0, signal.SIGKILL)
    await asyncio.wait_for(run.ended(), LIMIT)
    await until(lambda: not lives(run.record.pid or 0))
    left = load(watched.target, run.record.id)
    assert f"its process {child} is still alive" in left.evidence
    with pytest.raises(ConsoleError, match="Security canary runs since"):
        await watched.start(made)
    ended = await end(watched.target, left)
    assert not lives(child)
    assert "was stopped by" in ended.evidence
    assert (await watched.ended(canary_running(SUCCESS))).verdict is Verdict.PASSED


def test_a_console_killed_before_it_handed_over_leaves_nothing_running(
    target: Target, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = canary_running("open('it-ran', 'w')")
    monkeypatch.setattr("orket_console.actions.launch.assignment", lambda *a, **k: b"")
    with pytest.raises(ConsoleError, match="its supervisor ended"):
        asyncio.run(start(target, made, lambda piece: None))
    (record,) = history(target).records
    assert (record.verdict, record.pid) == (Verdict.INTERRUPTED, None)
    assert not (made.cwd / "it-ran").exists()


@pytest.mark.parametrize("hours", [-5.0, 5.0])
async def test_a_clock_that_jumps_changes_no_duration_and_loses_no_process(
    watched: Watched, canary_running: Planned, hours: float
) -> None:
    """The console's clock is hours from the supervisor's, as if it was set in between."""
    target, clock = watched.target, Leaping(hours)
    body = "print('begun')\n" + AWAIT_GO + SUCCESS
    run = await start(target, canary_running(body), watched.pieces.append, clock)
    watched.runs.append(run)
    await watched.until_said("begun")
    os.kill(run.record.supervisor or 0, signal.SIGKILL)
    left = await asyncio.wait_for(run.ended(), LIMIT)
    assert f"its process {left.pid} is still alive" in left.evidence
    ended = await end(target, left)
    assert "still alive" not in ended.evidence
    short = await (await start(target, canary_running(SUCCESS), print, clock)).ended()
    assert short.verdict is Verdict.PASSED
    assert short.seconds is not None
    assert 0 <= short.seconds < LIMIT


async def test_actions_of_several_consoles_are_all_on_record_in_one_chain(
    watched: Watched, root: Path, target_of: Callable[..., Target]
) -> None:
    (root / "scripts" / "report_failure_modes.py").write_text("print('reading')")
    reading = plan(watched.target, find("failure-report"), {"out": ""})
    ended = await asyncio.gather(*(watched.ended(reading) for _ in range(4)))
    found = verify(watched.target.state.audit)
    assert (found.state, found.whole) == (State.OK, 8)
    told = trail(watched.target.state.audit, 10).records
    for kind in ("started", "ended"):
        assert {r["id"] for r in told if r["kind"] == kind} == {record.id for record in ended}
    assert len(history(watched.target).records) == 4


async def test_a_supervisor_that_breaks_says_why(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "from orket_console.actions import supervision, supervisor\n"
    broken += "supervision.Supervision.until_ending = lambda *given: 1 / 0\nsupervisor.main()"
    monkeypatch.setattr("orket_console.actions.launch._SUPERVISOR", ("-c", broken))
    record = await watched.ended(canary_running("print('begun')\n" + FOREVER))
    assert record.verdict is Verdict.INTERRUPTED
    assert "before it ended: ZeroDivisionError: division by zero; its process" in record.evidence


async def test_one_that_ends_as_it_times_out_or_is_cancelled_has_one_end(
    watched: Watched, canary_running: Planned
) -> None:
    made = canary_running("import time\ntime.sleep(0.15)\n" + SUCCESS)
    for timeout in (0.1, 0.15, 0.2):
        record = await watched.ended(replace(made, timeout=timeout))
        assert record.verdict in (Verdict.PASSED, Verdict.TIMED_OUT, Verdict.INTERRUPTED)
        assert record == load(watched.target, record.id)
    assert verify(watched.target.state.audit).whole == 6


def last(target: Target) -> Record:
    return history(target).records[0]


async def test_it_can_be_followed_after_its_folder_was_removed(
    watched: Watched, canary_running: Planned
) -> None:
    run = await watched.start(canary_running("print('begun')\n" + FOREVER))
    await watched.until_said("begun")
    folder = folder_of(watched.target, run.record.id)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.INTERRUPTED
    assert "its record is gone" in record.evidence
    late = Run(watched.target, run.record, print)
    assert (await asyncio.wait_for(late.ended(), LIMIT)).verdict is Verdict.INTERRUPTED
    os.kill(run.record.supervisor or 0, signal.SIGTERM)
    await until(lambda: not lives(run.record.pid or 0))
