"""An action outlives its console, and what becomes of it is told truly, whoever is killed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.conftest import TargetOf

from orket_console.actions import processes
from orket_console.actions.catalogue import CATALOGUE
from orket_console.actions.following import Follower
from orket_console.actions.held import RUNNING, hold, is_held
from orket_console.actions.kept import kept_output
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record, folder_of, history, load
from orket_console.actions.runner import Run, end, start
from orket_console.actions.verdicts import RULES, Verdict, name_of
from orket_console.actions.verification import trail
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

pytestmark = pytest.mark.usefixtures("no_action_outlives")
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
AWAIT_GO = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"
FOREVER = "import time\nwhile True: time.sleep(0.05)\n"
LIMIT = 20.0

Planned = Callable[..., Plan]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


def started_by_a_console_that_ends(target: Target, made: Plan) -> Record:
    """The record of an action whose console saw its first output, and is gone."""
    pieces: list[Piece] = []

    async def console() -> Record:
        run = await start(target, made, pieces.append)
        await until(lambda: pieces)
        return run.record

    return asyncio.run(console())


def attached(target: Target, record: Record, most: int | None = None) -> tuple[Record, str]:
    """What a console that comes later sees: the record at the end, and the output."""
    pieces: list[Piece] = []

    async def console() -> Record:
        run = Run(target, load(target, record.id), pieces.append, most=most)
        return await asyncio.wait_for(run.ended(), LIMIT)

    return asyncio.run(console()), "".join(piece.text for piece in pieces)


def test_it_goes_on_without_its_console_and_the_next_sees_all_of_it(
    target: Target, canary_running: Planned, root: Path
) -> None:
    body = "print('begun')\n" + AWAIT_GO + "print('went on')\n" + SUCCESS
    record = started_by_a_console_that_ends(target, canary_running(body))
    assert load(target, record.id).running
    assert record.supervisor
    assert record.supervisor != os.getpid()
    assert os.getsid(record.supervisor) != os.getsid(0)
    (root / "go").touch()
    ended, output = attached(target, record)
    assert ended.id == record.id
    assert ended.verdict is Verdict.PASSED
    assert output == "begun\nwent on\n[security-canary] SUCCESS\n"
    assert attached(target, record) == (ended, output)
    assert ended == load(target, record.id)


def test_it_ends_with_a_verdict_though_nobody_looks(
    target: Target, canary_running: Planned, root: Path
) -> None:
    body = "print('begun')\n" + AWAIT_GO + SUCCESS
    record = started_by_a_console_that_ends(target, canary_running(body))
    (root / "go").touch()
    asyncio.run(until(lambda: not load(target, record.id).running))
    ended = load(target, record.id)
    assert (ended.verdict, ended.exit_status) == (Verdict.PASSED, 0)
    kept = kept_output(folder_of(target, record.id))
    assert "".join(piece.text for piece in kept.pieces) == "begun\n[security-canary] SUCCESS\n"


async def test_two_consoles_watch_one_action(
    target: Target, canary_running: Planned, root: Path
) -> None:
    here: list[Piece] = []
    there: list[Piece] = []
    body = "print('begun')\n" + AWAIT_GO + SUCCESS
    mine = await start(target, canary_running(body), here.append)
    theirs = Run(target, load(target, mine.record.id), there.append)
    await until(lambda: here and there)
    assert theirs.seconds >= 0
    (root / "go").touch()
    assert await mine.ended() == await theirs.ended()
    assert [piece.text for piece in here] == [piece.text for piece in there]


async def test_what_another_console_cancels_is_seen_stopping_and_names_who(
    target: Target, canary_running: Planned
) -> None:
    pieces: list[Piece] = []
    run = await start(target, canary_running("print('begun')\n" + FOREVER), pieces.append)
    await until(lambda: pieces)
    record = await asyncio.wait_for(end(target, run.record), LIMIT)
    assert record.verdict is Verdict.CANCELLED
    assert record.evidence.endswith(f"by {record.origin.who}")
    assert await run.ended() == record
    with pytest.raises(ConsoleError, match="has ended: cancelled"):
        await end(target, record)


def test_a_supervisor_that_is_killed_leaves_an_interrupted_action_that_can_be_ended(
    target: Target, canary_running: Planned
) -> None:
    made = canary_running("import os\nprint('begun', flush=True)\n" + FOREVER)
    record = started_by_a_console_that_ends(target, made)
    assert record.supervisor
    os.kill(record.supervisor, signal.SIGKILL)
    asyncio.run(until(lambda: not load(target, record.id).running))
    left = load(target, record.id)
    assert left.verdict is Verdict.INTERRUPTED
    assert f"its process {record.pid} is still alive" in left.evidence
    with pytest.raises(ConsoleError, match="Security canary runs since"):
        asyncio.run(start(target, made, lambda piece: None))
    ended = asyncio.run(end(target, left))
    assert ended.verdict is Verdict.INTERRUPTED
    assert "still alive" not in ended.evidence
    assert ended.evidence.endswith(f"what was left of it was stopped by {record.origin.who}")
    assert ended == load(target, record.id)
    assert ended.ended is not None
    told, _ = (r for r in trail(target.state.audit, 9).records if r.get("id") == record.id)
    assert (told["kind"], told["verdict"]) == ("ended", "interrupted")
    assert told["digests"]["stdout"] == hashlib.sha256(b"begun\n").hexdigest()
    assert processes.of_action(record.id, record.pid or 0) == []
    following = asyncio.run(start_and_end(target, canary_running(SUCCESS)))
    assert following.verdict is Verdict.PASSED


async def start_and_end(target: Target, made: Plan) -> Record:
    run = await start(target, made, lambda piece: None)
    return await asyncio.wait_for(run.ended(), LIMIT)


def test_a_supervisor_that_is_told_to_end_stops_its_action_and_says_so(
    target: Target, canary_running: Planned
) -> None:
    made = canary_running("print('begun')\n" + FOREVER)
    record = started_by_a_console_that_ends(target, made)
    assert record.supervisor
    os.kill(record.supervisor, signal.SIGHUP)
    os.kill(record.supervisor, signal.SIGINT)
    assert load(target, record.id).running
    os.kill(record.supervisor, signal.SIGTERM)
    ended, _ = attached(target, record)
    assert ended.verdict is Verdict.INTERRUPTED
    assert "its supervisor was told to end" in ended.evidence
    assert not psutil.pid_exists(record.pid or 0)


def test_the_record_of_one_that_cant_be_supervised_says_so(
    target: Target, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = canary_running("open('it-ran', 'w')")
    monkeypatch.setattr("orket_console.actions.launch._SUPERVISOR", ("-c", "raise OSError('no')"))
    with pytest.raises(ConsoleError, match="its supervisor ended: OSError: no"):
        asyncio.run(start(target, made, lambda piece: None))
    (record,) = history(target).records
    assert record.verdict is Verdict.INTERRUPTED
    assert not (made.cwd / "it-ran").exists()


def test_a_full_disk_still_takes_the_first_request_to_stop(
    target: Target, canary_running: Planned
) -> None:
    record = started_by_a_console_that_ends(target, canary_running("print('begun')\n" + FOREVER))
    (folder_of(target, record.id) / "cancel").touch()
    ended, _ = attached(target, record)
    assert ended.verdict is Verdict.CANCELLED
    assert ended.evidence.endswith("by someone")


def test_one_that_comes_late_to_much_output_gets_its_end(
    target: Target, canary_running: Planned
) -> None:
    body = "for number in range(20000): print('line', number)\n" + SUCCESS
    record = asyncio.run(start_and_end(target, canary_running(body)))
    ended, output = attached(target, record, most=100)
    assert ended == record
    assert len(output) == 100
    assert output.endswith("line 19999\n[security-canary] SUCCESS\n")
    whole = "".join(f"line {number}\n" for number in range(20000))
    assert attached(target, record)[1] == whole + "[security-canary] SUCCESS\n"


def test_what_writes_next_can_begin_when_the_end_is_seen(
    target: Target, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.actions.lock._LETTING_GO", 0.0)
    # One that goes slowly: the locks are not held until it is gone.
    slow = "import atexit, time\natexit.register(time.sleep, 600)\n"
    slow += "from orket_console.actions.supervisor import main; main()"
    monkeypatch.setattr("orket_console.actions.launch._SUPERVISOR", ("-c", slow))
    for _ in range(2):
        ended = asyncio.run(start_and_end(target, canary_running(SUCCESS)))
        assert ended.verdict is Verdict.PASSED
        os.kill(ended.supervisor or 0, signal.SIGKILL)


def test_a_read_only_console_stops_nothing_that_writes(
    target: Target, canary_running: Planned, root: Path, target_of: TargetOf
) -> None:
    record = started_by_a_console_that_ends(target, canary_running("print('begun')\n" + FOREVER))
    looking = target_of(root, {"ui.read_only": True})
    with pytest.raises(ConsoleError, match="the console is read-only"):
        asyncio.run(end(looking, record))
    assert load(target, record.id).running


def test_a_lock_is_held_by_one_and_let_go_of_when_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / RUNNING
    assert not is_held(path)
    with hold(path):
        assert is_held(path)
        with pytest.raises(BlockingIOError):
            hold(path)
    assert not is_held(path)


def test_half_an_entry_of_the_order_waits_for_its_other_half(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(b"one\ntwo\n")
    (tmp_path / "order").write_bytes(b"stdout 4\nstdo")
    follower = Follower(tmp_path)
    assert [piece.text for piece in follower.read()] == ["one\n"]
    assert follower.read() == []
    with (tmp_path / "order").open("ab") as file:
        file.write(b"ut 4\n")
    assert [piece.text for piece in follower.read()] == ["two\n"]
    assert follower.read() == []


def test_every_actions_rule_has_the_name_that_a_supervisor_is_told() -> None:
    for action in CATALOGUE:
        assert RULES[name_of(action.verdict)] is action.verdict


def test_the_secrets_go_to_the_supervisor_and_nowhere_else(
    target: Target, canary_running: Planned
) -> None:
    made = canary_running("print('begun')\n" + FOREVER)
    record = started_by_a_console_that_ends(target, made)
    supervisor = psutil.Process(record.supervisor)
    told = " ".join([*supervisor.cmdline(), *supervisor.environ().values()])
    assert "canary-9d41-secret" not in told


def test_a_supervisor_loads_no_event_loop() -> None:
    code = "import sys, orket_console.actions.conditions, orket_console.actions.ending\n"
    code += "print(sorted({'asyncio', 'aiosqlite', 'click', 'textual'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"[]\n"
