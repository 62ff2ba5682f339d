"""Real child processes, well-behaved and not: on record, watched, stopped, judged."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.actions.watching import LIMIT, Watched, lives, until

from orket_console.actions import launch, processes
from orket_console.actions.catalogue import find
from orket_console.actions.pieces import Piece
from orket_console.actions.plan import Plan, plan
from orket_console.actions.processes import MARK
from orket_console.actions.records import folder_of, history, load
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.secret import DOTS
from orket_console.target.target import Target

CANARY = "canary-9d41-secret"
SUCCESS = "print('[security-canary] SUCCESS', flush=True)\n"
FOREVER = "import time\nwhile True: time.sleep(0.05)\n"
CHILD = "[sys.executable, '-c', 'import time; time.sleep(600)']"
AWAIT_GO = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"

Planned = Callable[..., Plan]


async def test_it_is_on_record_before_and_after(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    run = await watched.start(canary_running("print('begun')\n" + AWAIT_GO + SUCCESS))
    await watched.until_said("begun")
    await until(lambda: load(watched.target, run.record.id).pid is not None)
    before = load(watched.target, run.record.id)
    assert before.running
    assert before.word == "running"
    assert before.argv == [sys.executable, "scripts/security_canary.py"]
    assert before.cwd == str(root)
    assert "PYTHONPATH" in before.environment
    assert before.origin.console == os.getpid()
    assert before.origin.user
    (root / "go").touch()
    after = await asyncio.wait_for(run.ended(), LIMIT)
    assert after.verdict is Verdict.PASSED
    assert after.evidence == "[security-canary] SUCCESS"
    assert after.exit_status == 0
    assert after.survivors == []
    assert after.notes == []
    assert after.ended
    assert after.ended >= after.started
    assert load(watched.target, run.record.id) == after
    folder = folder_of(watched.target, after.id)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "result.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "stdout").read_text() == "begun\n[security-canary] SUCCESS\n"


async def test_without_a_record_nothing_starts(
    root: Path, target_of: Callable[..., Target], canary_running: Planned, tmp_path: Path
) -> None:
    canary_running("open('it-ran', 'w')")
    (tmp_path / "file").write_text("in the way of the state folder")
    target = target_of(
        root, {"target.python": sys.executable, "state.dir": str(tmp_path / "file" / "state")}
    )
    for name, given in (("security-canary", {}), ("failure-report", {"out": ""})):
        with pytest.raises(ConsoleError, match="started"):
            await start(target, plan(target, find(name), given), lambda piece: None)
    assert not (root / "it-ran").exists()


async def test_a_blocked_plan_is_not_started(watched: Watched, root: Path) -> None:
    with pytest.raises(ConsoleError, match="needs key"):
        await watched.start(plan(watched.target, find("replay-turn"), {}))
    assert history(watched.target).records == ()


async def test_a_line_is_seen_while_a_block_buffering_child_sleeps(
    watched: Watched, canary_running: Planned
) -> None:
    await watched.start(canary_running("print('here')\nimport time\ntime.sleep(600)\n"))
    await watched.until_said("here\n")


async def test_half_a_line_is_seen_while_it_waits(
    watched: Watched, canary_running: Planned
) -> None:
    await watched.start(canary_running("print('..', end='')\nimport time\ntime.sleep(600)\n"))
    await watched.until_said("..")


async def test_nothing_to_read_and_no_terminal(watched: Watched, canary_running: Planned) -> None:
    body = """
import os, sys
print(repr(sys.stdin.read()), os.getsid(0) == os.getpid())
try:
    os.open('/dev/tty', os.O_RDWR)
except OSError as error:
    print('no terminal')
"""
    await watched.ended(canary_running(body))
    assert watched.text() == "'' True\nno terminal\n"


@pytest.mark.parametrize(
    ("body", "verdict", "evidence"),
    [
        ("", Verdict.UNKNOWN, "it printed nothing"),
        ("print('[FATAL] x')", Verdict.UNKNOWN, "[FATAL] x"),
        ("raise RuntimeError('Expected 403')", Verdict.FAILED, "RuntimeError: Expected 403"),
        (SUCCESS + "raise SystemExit(3)", Verdict.FAILED, "SUCCESS"),
        ("import os; os.kill(os.getpid(), 9)", Verdict.INTERRUPTED, "SIGKILL"),
    ],
)
async def test_the_verdict_is_not_the_exit_status(
    watched: Watched, canary_running: Planned, body: str, verdict: Verdict, evidence: str
) -> None:
    record = await watched.ended(canary_running(body))
    assert record.verdict is verdict
    assert evidence in record.evidence


async def test_both_streams_come_in_order_and_safe(
    target: Target, canary_running: Planned, root: Path
) -> None:
    body = """
import pathlib, sys
for number in range(6):
    stream = sys.stderr if number % 2 else sys.stdout
    print(number, '\\x1b]52;c;eA==\\x07', file=stream)
    while not pathlib.Path(f'seen-{number}').exists(): pass
"""
    told: list[tuple[str, str]] = []

    def listener(piece: Piece) -> None:
        (root / f"seen-{len(told)}").touch()
        told.append((piece.stream, piece.text))

    run = await start(target, canary_running(body), listener)
    await asyncio.wait_for(run.ended(), LIMIT)
    assert told == [
        ("stderr" if number % 2 else "stdout", f"{number} ␛]52;c;eA==␇\n") for number in range(6)
    ]


async def test_cancel_ends_it(watched: Watched, canary_running: Planned) -> None:
    run = await watched.start(canary_running("print('begun')\n" + FOREVER))
    await watched.until_said("begun")
    run.cancel()
    assert run.stopping
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.CANCELLED
    assert record.exit_status == -signal.SIGTERM
    assert not run.stopping
    assert record.pid
    assert not lives(record.pid)


async def test_one_that_ignores_term_is_killed(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.2)
    body = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('begun')\n"
    run = await watched.start(canary_running(body + FOREVER))
    await watched.until_said("begun")
    run.cancel()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.CANCELLED
    assert record.exit_status == -signal.SIGKILL
    assert record.survivors == []


async def test_cancelled_twice_it_is_killed_without_grace(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE", 600.0)
    body = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('begun')\n"
    run = await watched.start(canary_running(body + FOREVER))
    await watched.until_said("begun")
    run.cancel()
    run.cancel()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.exit_status == -signal.SIGKILL


ORPHANED = f"""
import os, subprocess, sys
child = subprocess.Popen({CHILD}, start_new_session=True)
executed, waiting = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, {CHILD})
    os._exit(0)
os.wait()
os.close(waiting)
os.read(executed, 1)  # ends when the last holder of the other end has become the child
print('begun', child.pid)
"""


async def test_cancel_reaches_children_in_other_sessions(
    watched: Watched, canary_running: Planned
) -> None:
    run = await watched.start(canary_running(ORPHANED + FOREVER))
    await watched.until_said("begun")
    found = processes.of_action(run.record.id, run.record.pid or 0)
    assert len(found) == 3
    run.cancel()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.CANCELLED
    assert record.survivors == []
    assert record.notes == []
    assert not any(lives(process.pid) for process in found)


async def test_a_child_left_behind_holding_the_pipe_hangs_nothing_and_is_named(
    watched: Watched, canary_running: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "DRAIN", 0.2)
    record = await watched.ended(canary_running(ORPHANED + SUCCESS))
    assert record.verdict is Verdict.PASSED
    assert len(record.survivors) == 2
    assert all("time.sleep(600)" in name for name in record.survivors)
    assert "held open" in record.notes[0]
    assert record.notes[1].startswith("left running: ")


async def test_one_that_closes_its_output_and_lives_on_is_still_watched(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    body = SUCCESS + "import os\nos.close(1); os.close(2)\nopen('closed', 'w')\n" + AWAIT_GO
    run = await watched.start(canary_running(body))
    await until((root / "closed").exists)
    assert load(watched.target, run.record.id).running
    (root / "go").touch()
    record = await asyncio.wait_for(run.ended(), LIMIT)
    assert record.verdict is Verdict.PASSED


async def test_the_timeout_stops_it(watched: Watched, canary_running: Planned) -> None:
    record = await watched.ended(replace(canary_running(SUCCESS + FOREVER), timeout=0.3))
    assert record.verdict is Verdict.TIMED_OUT
    assert "no end within" in record.evidence
    assert record.exit_status == -signal.SIGTERM


async def test_a_secret_is_nowhere_in_what_is_kept_or_shown(
    watched: Watched, canary_running: Planned, target: Target
) -> None:
    body = f"import sys\nprint('key {CANARY}')\nsys.exit('no: {CANARY}')\n"
    record = await watched.ended(canary_running(body))
    assert record.evidence == f"no: {DOTS}"
    assert watched.text() == f"key {DOTS}\n"
    kept = [path for path in target.state.path.rglob("*") if path.is_file()]
    assert len(kept) >= 4
    for path in kept:
        assert CANARY not in path.read_text()


async def test_no_secret_of_the_env_file_is_in_the_childs_environment(
    watched: Watched, canary_running: Planned
) -> None:
    await watched.ended(canary_running("import os; print(sorted(os.environ))"))
    assert "ORKET_API_KEY" not in watched.text()
    assert MARK in watched.text()


async def test_one_that_writes_runs_alone_and_names_its_holder(
    watched: Watched, canary_running: Planned
) -> None:
    made = canary_running("print('begun')\n" + FOREVER)
    first = await watched.start(made)
    await watched.until_said("begun")
    with pytest.raises(ConsoleError, match=r"Security canary runs since .*, and only one action"):
        await watched.start(made)
    assert len(history(watched.target).records) == 1
    first.cancel()
    await first.ended()
    assert (await watched.ended(canary_running(SUCCESS))).verdict is Verdict.PASSED


async def test_those_that_read_run_together_and_beside_one_that_writes(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    (root / "scripts" / "report_failure_modes.py").write_text("print('reading')\n" + FOREVER)
    reading = plan(watched.target, find("failure-report"), {"out": ""})
    await watched.start(reading)
    await watched.start(reading)
    await watched.start(canary_running("print('writing')\n" + FOREVER))
    await until(lambda: watched.text().count("reading") == 2)
    await watched.until_said("writing")
    assert sum(record.running for record in history(watched.target).records) == 3


async def test_an_interpreter_that_cant_be_executed_is_on_record(
    root: Path, target_of: Callable[..., Target], tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    target = target_of(root, {"target.python": str(broken)})
    made = plan(target, find("security-canary"), {})
    with pytest.raises(ConsoleError, match="could not be started"):
        await start(target, made, lambda piece: None)
    (record,) = history(target).records
    assert record.verdict is Verdict.FAILED
    assert "Exec format error" in record.evidence
    with pytest.raises(ConsoleError, match="could not be started"):
        await start(target, made, lambda piece: None)


async def test_a_report_that_was_not_written_now_proves_nothing(
    watched: Watched, root: Path
) -> None:
    script = root / "scripts" / "run_cli_regression_smoke.py"
    said = 'print(\'{"ok": true, "event_count": 6}\')\n'
    script.write_text(said)
    out = root / "benchmarks" / "results" / "cli_regression_smoke.json"
    out.parent.mkdir(parents=True)
    out.write_text('{"status": "PASS"}')
    made = plan(watched.target, find("cli-smoke"), {})
    assert (await watched.ended(made)).verdict is Verdict.UNKNOWN
    script.write_text(f"open({str(out)!r}, 'w').write('{{\"status\": \"PASS\"}}')\n" + said)
    assert (await watched.ended(made)).verdict is Verdict.PASSED


async def test_waiting_for_the_end_can_be_given_up_without_ending_it(
    watched: Watched, canary_running: Planned, root: Path
) -> None:
    run = await watched.start(canary_running(AWAIT_GO + SUCCESS))
    waiting = asyncio.create_task(run.ended())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (root / "go").touch()
    assert (await asyncio.wait_for(run.ended(), LIMIT)).verdict is Verdict.PASSED
