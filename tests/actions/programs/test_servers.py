"""Starting, stopping and restarting servers: real processes, this installation's alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from orket_console.actions.catalogue import find
from orket_console.actions.held import is_held
from orket_console.actions.listening import look
from orket_console.actions.plan import plan
from orket_console.actions.processes import lives
from orket_console.actions.programs import starting
from orket_console.actions.programs.server_environment import server_environment
from orket_console.actions.programs.starting import reason_in
from orket_console.actions.programs.stopping import stop
from orket_console.actions.records import folder_of, load
from orket_console.actions.runner import start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError
from orket_console.target.servers import API
from orket_console.target.target import Target

Until = Callable[[Callable[[], object]], None]


def test_start_restart_and_stop(site) -> None:
    done = site.run("servers", "start", "api", "--env-file")
    assert done.status == 0, done.text
    first = site.listener(site.api_port)
    assert (
        f"the API server is started: pid {first.pid}, http://127.0.0.1:{site.api_port}" in done.last
    )
    assert '"organization":"Orket"' in done.last.replace(" ", "")
    assert os.getsid(first.pid) == first.pid
    assert "ORKET_CONSOLE_ACTION" not in first.environ()

    again = site.run("servers", "start", "api")
    assert again.status == 1
    assert again.last == f"refused: the API server runs already, pid {first.pid}: restart it"

    done = site.run("servers", "restart", "api", "--env-file")
    assert done.status == 0, done.text
    second = site.listener(site.api_port)
    assert second.pid != first.pid
    assert f"is restarted: pid {second.pid} instead of pid {first.pid}" in done.last
    assert not lives(first)

    done = site.run("servers", "stop", "api")
    assert (done.status, done.last) == (0, f"the API server is stopped: pid {second.pid} ended")
    assert not any(lives(process) for process in site.processes())
    again = site.run("servers", "stop", "api")
    assert again.status == 1
    assert f"nothing listens on port {site.api_port}" in again.last


def test_the_webhook_server_too_and_a_restart_starts_what_is_down(site) -> None:
    done = site.run("servers", "restart", "webhook")
    assert done.status == 0, done.text
    assert "the webhook server is started: pid" in done.last
    assert site.listener(site.webhook_port).cmdline()[1:] == ["-m", "orket.webhook_server"]


def test_env_file_is_its_environment_where_that_is_chosen(site) -> None:
    done = site.run("servers", "start", "api", "--env-file", ORKET_API_KEY="of-the-shell")
    running = site.listener(site.api_port).environ()
    assert running["ORKET_API_KEY"] == "canary-key-of-env"
    assert running["ORKET_PORT"] == str(site.api_port)
    assert "where .env differs from the console's own environment: ORKET_API_KEY" in done.text
    assert "canary" not in done.text
    done = site.run("servers", "restart", "api", ORKET_API_KEY="of-the-shell", ORKET_PORT="1")
    running = site.listener(site.api_port).environ()
    assert running["ORKET_API_KEY"] == "of-the-shell"
    assert running["ORKET_HOST"] == "127.0.0.1"
    assert "with ORKET_HOST=127.0.0.1, as before" in done.text
    assert f"not with ORKET_PORT=1: the console asks at {site.api_port}" in done.text


def test_what_is_missing_is_said_before_anything_is_stopped(site, site_target: Target) -> None:
    assert site.run("servers", "start", "api").status == 0
    running = site.listener(site.api_port)
    (site.root / ".env").unlink()
    done = site.run("servers", "restart", "api", "--env-file")
    assert done.status == 1
    assert done.last.startswith(".env was chosen as its environment, and is missing")
    assert lives(running)
    assert ".env is missing: mend it, or set env-file=no" in (
        plan(site_target, find("restart-api"), {}).blocked
    )
    folder = site_target.state.servers
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in its place")
    done = site.run("servers", "restart", "api")
    assert (done.status, lives(running)) == (1, True)
    assert done.last.startswith("what the API server prints can't be kept: File exists")
    folder.unlink()
    site.before("1 / 0")
    done = site.run("servers", "restart", "api")
    assert done.status == 1
    assert done.last.startswith("stopped, and not running now: the API server did not come up")
    assert done.last.endswith("ZeroDivisionError: division by zero")
    assert not lives(running)


def test_its_output_is_kept_and_the_oldest_goes(site, site_target: Target) -> None:
    folder = site_target.state.servers
    folder.mkdir(parents=True)
    for day in range(1, 8):
        (folder / f"api-2026010{day}T000000.000000.out").write_text("old")
    done = site.run("servers", "start", "api", "--env-file")
    kept = sorted(folder.glob("api-*"))
    assert len(kept) == 5
    assert str(kept[-1]) in done.text
    assert kept[-1].read_text() == "serving, with key canary-key-of-env\n"
    assert kept[-1].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "how"),
    [
        ("import nowhere_to_be_found", "it ended with status 1: ModuleNotFoundError: No module"),
        (
            "print('ERROR:    [Errno 98] address already in use'); print('INFO: bye'); sys.exit(3)",
            "it ended with status 3: ERROR: [Errno 98] address already in use",
        ),
        ("sys.exit(1)", "it ended with status 1, and said nothing"),
        ("os.kill(os.getpid(), 9)", "it ended with status -9, and said nothing"),
    ],
)
def test_why_it_did_not_come_up(site, before: str, how: str) -> None:
    site.before(f"import os, sys\n{before}")
    done = site.run("servers", "start", "api")
    assert done.status == 1
    assert f"the API server did not come up, {how}" in done.last
    assert not any(lives(process) for process in site.processes())


@pytest.mark.parametrize(
    ("before", "how"),
    [
        (
            "print('RuntimeError: the worker died', flush=True); import time; time.sleep(99)",
            "it goes on without answering: RuntimeError: the worker died",
        ),
        ("PORT = 0", "it listens on port "),
        ("HEALTH = {'status': 'degraded'}", "no good answer within 1.5 s: http://127.0.0.1:"),
    ],
)
def test_one_that_lives_but_is_not_ready_is_ended(
    site, site_target: Target, monkeypatch: pytest.MonkeyPatch, before: str, how: str
) -> None:
    monkeypatch.setattr(starting, "_QUIET", 0.3)
    monkeypatch.setattr(starting, "_SETTLED", 0.3)
    monkeypatch.setattr(starting, "READY_WITHIN", 1.5)
    site.before(before)
    environment = server_environment(site_target, API, env_file=False)
    output = starting.new_output(site_target.state.servers, API, datetime.now(UTC))
    given = starting.Start(site_target, API, Path(sys.executable), environment, output)
    with pytest.raises(ConsoleError, match=f"the API server did not come up, {how}"):
        starting.start(given)
    assert [one for one in site.processes() if lives(one)] == []


def test_the_reason_is_the_last_error_else_the_last_line() -> None:
    assert reason_in(["a", "ValueError: x", "INFO: bye"]) == "ValueError: x"
    assert reason_in(["pkg.mod.OddError: x", "b"]) == "pkg.mod.OddError: x"
    assert reason_in(["[CRITICAL ERROR] no", "b"]) == "[CRITICAL ERROR] no"
    assert reason_in(["a", "b"]) == "b"
    assert reason_in([]) == ""


def test_a_server_that_ignores_term_is_killed_with_all_it_started(
    site, capfd: pytest.CaptureFixture[str]
) -> None:
    site.before(
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],\n"
        "                 start_new_session=True)\n"
    )
    assert site.run("servers", "start", "api").status == 0
    before = site.processes()
    assert len(before) == 2
    stop(API, look(site.root, API, site.api_port), grace=0.2)
    assert "did not end within 0.2 s of TERM: killed" in capfd.readouterr().out
    assert not any(lives(process) for process in before)


def test_a_reloader_is_found_by_its_worker(site, until: Until) -> None:
    """A watching parent and a spawned child that has the socket, as the old version runs."""
    (site.root / "worker.py").write_text((site.root / "server.py").read_text())
    (site.root / "server.py").write_text(
        "import subprocess, sys\n"
        "sys.exit(subprocess.call([sys.executable, 'worker.py', '--multiprocessing-fork']))\n"
    )
    done = site.run("servers", "start", "api")
    assert done.status == 0, done.text
    worker = site.listener(site.api_port)
    parent = worker.parent()
    assert f"pid {parent.pid}" in done.last
    assert [one.pid for one in look(site.root, API, site.api_port).own] == [parent.pid]
    parent.kill()
    until(lambda: not lives(parent))
    done = site.run("servers", "restart", "api")
    assert done.status == 0, done.text
    assert f"instead of pid {worker.pid}" in done.last
    assert not lives(worker)
    worker = site.listener(site.api_port)
    parent = worker.parent()
    assert site.run("servers", "stop", "api").status == 0
    assert not lives(worker)
    assert not lives(parent)


@pytest.fixture
def stranger(site) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that has the API server's port."""
    script = (
        "import socket, time\n"
        f"s = socket.create_server(('127.0.0.1', {site.api_port}))\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, "stranger"], cwd="/", stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


@pytest.mark.parametrize("verb", ["start", "stop", "restart"])
def test_anothers_port_is_refused_with_its_holder(
    site, site_target: Target, stranger, verb: str
) -> None:
    made = plan(site_target, find(f"{verb}-api"), {})
    user = psutil.Process().username()
    assert f"pid {stranger.pid} of {user}: {sys.executable} -c" in made.blocked
    assert made.blocked.endswith(", in /")
    done = site.run("servers", verb, "api")
    assert done.status == 1
    assert done.last.startswith("refused: port")
    assert f"pid {stranger.pid} of {user}" in done.last
    assert stranger.poll() is None


def test_the_same_server_of_another_installation_is_not_touched(
    site, tmp_path: Path, until: Until
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("server.py", "before.py"):
        (other / name).write_text((site.root / name).read_text())
    environment = {**os.environ, "ORKET_PORT": str(site.api_port)}
    with subprocess.Popen(
        [sys.executable, "server.py"], cwd=other, env=environment, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        try:
            until(lambda: look(site.root, API, site.api_port).strangers)
            done = site.run("servers", "restart", "api")
            assert done.status == 1
            assert f"is not this installation's: pid {process.pid}" in done.last
            assert f"server.py, in {other}" in done.last
            assert process.poll() is None
        finally:
            process.kill()


def test_what_supervisord_keeps_is_left_to_it(site, tmp_path: Path, until: Until) -> None:
    keeper = tmp_path / "supervisord"
    keeper.write_text("import subprocess, sys\nsubprocess.call([sys.executable, 'server.py'])\n")
    environment = {
        **os.environ,
        "ORKET_PORT": str(site.api_port),
        "SUPERVISOR_GROUP_NAME": "orket",
        "SUPERVISOR_PROCESS_NAME": "api",
    }
    with subprocess.Popen([sys.executable, str(keeper)], cwd=site.root, env=environment) as process:
        try:
            until(lambda: site.listener(site.api_port))
            done = site.run("servers", "restart", "api")
            assert done.status == 1
            assert done.last == (
                "refused: the API server is run by supervisord: use "
                "`supervisorctl restart orket:api`"
            )
        finally:
            for one in psutil.Process(process.pid).children():
                one.kill()


async def test_it_outlives_action_supervisor_and_console(
    site, site_target: Target, no_action_outlives: None
) -> None:
    made = plan(site_target, find("start-api"), {})
    assert made.blocked == ""
    run = await start(site_target, made, lambda piece: None)
    record = await run.ended()
    assert record.verdict is Verdict.PASSED, record.evidence
    assert record.survivors == []
    assert record.notes == []
    assert not is_held(folder_of(site_target, record.id) / "running.lock")
    assert load(site_target, record.id).evidence == record.evidence
    server = site.listener(site.api_port)
    assert server.ppid() != record.pid
    assert "ORKET_API_KEY" in server.environ()


async def test_a_start_that_is_cancelled_leaves_nothing(
    site, site_target: Target, no_action_outlives: None
) -> None:
    site.before("import time\ntime.sleep(600)")
    run = await start(site_target, plan(site_target, find("start-api"), {}), lambda piece: None)
    async with asyncio.timeout(30):
        while not any("server.py" in _words(process) for process in site.processes()):
            await asyncio.sleep(0.02)
    run.cancel()
    record = await run.ended()
    assert record.verdict is Verdict.CANCELLED
    assert not any(lives(process) for process in site.processes())


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


async def test_a_secret_in_its_last_words_is_dots_in_the_record(
    site, site_target: Target, no_action_outlives: None
) -> None:
    site.before("import os\nraise ValueError('with ' + os.environ['ORKET_API_KEY'])")
    run = await start(site_target, plan(site_target, find("start-api"), {}), lambda piece: None)
    record = await run.ended()
    assert record.verdict is Verdict.FAILED
    assert record.evidence.endswith("ValueError: with •••")
    kept = [path for path in folder_of(site_target, record.id).rglob("*") if path.is_file()]
    assert kept
    for path in (*kept, site_target.state.audit):
        assert b"canary" not in path.read_bytes()
