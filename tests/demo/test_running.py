"""A running demo: ready when it is handed out, and gone when it ends, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.ports import held_port

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.demo.generate import site_of
from orket_console.demo.layout import claim, lay_down
from orket_console.demo.loopback import direct_opener
from orket_console.demo.running import running
from orket_console.demo.servers import Program, reserve, start, wait_until_ready

NOW = datetime(2026, 11, 23, 5, 20, tzinfo=UTC)
HOLDER = """
import json, sys, time
from orket_console.demo.running import running
with running("healthy", ports=(int(sys.argv[1]), int(sys.argv[2]))) as demo:
    print(json.dumps([str(demo.root), demo.api_port, demo.webhook_port]), flush=True)
    time.sleep(600)
"""


def wait_for(condition: Callable[[], Any], *, limit: float = 20.0) -> Any:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    pytest.fail(f"not within {limit} s")


@pytest.fixture
def own_ports() -> Iterator[tuple[int, int]]:
    """Ports that no other demo takes, neither while this one has them nor once it is gone."""
    with held_port() as api, held_port() as webhook:
        yield api, webhook


def health(port: int) -> bytes:
    with direct_opener().open(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
        return bytes(answer.read())


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def is_alive(process: psutil.Process) -> bool:
    """A process that ended and was not yet waited for is not alive."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def of_demo(root: Path) -> list[psutil.Process]:
    """The processes that work in the demo's folder, or were told of it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd().startswith(str(root)) or str(root) in " ".join(process.cmdline()):
                found.append(process)
    return found


def test_both_servers_answer_and_all_goes_with_the_block(own_ports: tuple[int, int]) -> None:
    with running("healthy", live=False, ports=own_ports) as demo:
        assert (demo.api_port, demo.webhook_port) == own_ports
        assert health(demo.api_port) == b'{"status":"ok","organization":"Orket"}'
        assert health(demo.webhook_port) == b'{"status":"healthy"}'
        assert demo.scenario == "healthy"
        assert len(of_demo(demo.root)) == 3
    assert not demo.root.exists()
    assert of_demo(demo.root) == []
    assert all(map(refuses, own_ports))


def test_an_error_in_the_block_clears_away_too() -> None:
    with pytest.raises(KeyError), running("healthy", live=False) as demo:
        raise KeyError
    assert not demo.root.exists()
    assert of_demo(demo.root) == []


def test_two_demos_do_not_meet() -> None:
    with running("healthy", live=False) as one, running("healthy", live=False) as two:
        ports = {one.api_port, one.webhook_port, two.api_port, two.webhook_port}
        assert len(ports) == 4
        assert one.root != two.root
        assert health(two.api_port)


def test_the_servers_run_with_the_secret_of_before(tmp_path: Path) -> None:
    with running("webhook-secret", directory=tmp_path / "demo", live=False) as demo:
        (server,) = [
            process
            for process in of_demo(demo.root)
            if process.cmdline()[-1] == "orket.webhook_server"
        ]
        lines = (demo.root / ".env").read_text("utf-8").splitlines()
        written = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        running_with = server.environ()
    assert running_with["GITEA_ADMIN_PASSWORD"] == written["GITEA_ADMIN_PASSWORD"]
    assert running_with["GITEA_WEBHOOK_SECRET"] != written["GITEA_WEBHOOK_SECRET"]


def test_an_api_that_is_down_can_be_started_and_still_goes_with_the_demo(free_port: int) -> None:
    with running("api-down", live=False, ports=(free_port, free_port)) as demo:
        assert refuses(demo.api_port)
        assert health(demo.webhook_port)
        server = subprocess.Popen(
            [sys.executable, "server.py"], cwd=demo.root, stderr=subprocess.DEVNULL
        )
        wait_for(lambda: not refuses(demo.api_port))
        assert health(demo.api_port)
    assert wait_for(lambda: server.poll() is not None)
    assert not demo.root.exists()


def test_a_named_folder_is_kept_and_can_be_used_again(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    with running("stalled-run", directory=place, live=False):
        pass
    assert (place / "orket.log").exists()
    with running("healthy", directory=place, live=False) as demo:
        assert health(demo.api_port)
    described = json.loads((place / ".orket-demo/demo.json").read_text("utf-8"))
    assert described["scenario"] == "healthy"


def test_a_folder_with_a_running_demo_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    with running("healthy", directory=place, live=False) as demo:
        with (
            pytest.raises(ConsoleError, match="A demo is running there"),
            running("api-down", directory=place),
        ):
            pass
        assert health(demo.api_port)


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    with (
        pytest.raises(ConsoleError, match="no demo of ours") as caught,
        running("healthy", directory=tmp_path),
    ):
        pass
    assert str(tmp_path) in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_an_unknown_scenario_is_a_usage_error() -> None:
    with pytest.raises(ConsoleError) as caught, running("no-such"):
        pass
    assert caught.value.exit_code is ExitCode.USAGE


def test_time_stands_still(tmp_path: Path) -> None:
    def kept(root: Path) -> dict[str, bytes]:
        files = [path for path in root.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files if path.suffix != ".out"}

    place = tmp_path / "demo"
    with running("healthy", directory=place, now=NOW) as demo:
        before = kept(place)
        assert health(demo.api_port)
    with running("healthy", directory=place, now=NOW) as again:
        same_ports = (again.api_port, again.webhook_port) == (demo.api_port, demo.webhook_port)
        assert not same_ports or kept(place) == before
    assert str(place / "orket.log") in before


def test_runs_go_on_while_it_is_live() -> None:
    with running("healthy") as demo:
        log = demo.root / "workspace/default/orket.log"
        size = log.stat().st_size
        wait_for(lambda: log.stat().st_size > size)
        wait_for(lambda: (demo.root / ".orket-demo/active.json").exists())


@dataclass(frozen=True)
class Held:
    """A demo that another process holds."""

    holder: subprocess.Popen[str]
    root: Path
    ports: tuple[int, int]
    processes: list[psutil.Process]

    def is_gone(self) -> bool:
        return (
            not any(map(is_alive, self.processes))
            and not self.root.exists()
            and all(map(refuses, self.ports))
        )


@pytest.fixture
def held(own_ports: tuple[int, int]) -> Iterator[Held]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *map(str, own_ports)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert select.select([holder.stdout], [], [], 30)[0]
    root, *ports = json.loads(holder.stdout.readline())
    yield Held(holder, Path(root), (ports[0], ports[1]), of_demo(Path(root)))
    holder.kill()
    holder.wait()
    holder.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left_when_the_holder_is_killed(held: Held, number: signal.Signals) -> None:
    assert len(held.processes) == 3
    os.killpg(held.holder.pid, number)
    wait_for(held.is_gone)


def test_nothing_is_left_when_the_keeper_is_killed(held: Held) -> None:
    (keeper,) = [process for process in held.processes if "keeper" in " ".join(process.cmdline())]
    keeper.kill()
    wait_for(held.is_gone)


def test_a_server_that_does_not_start_is_told(tmp_path: Path) -> None:
    site = site_of(tmp_path / "demo", "healthy", 1, NOW, 0, 0, "/bin/false")
    claim(site.root)
    lay_down(site)
    with reserve(0) as listener:
        program = Program("api", ("server.py",), listener.getsockname()[1], {})
        process = start(site, program, listener, still=True)
    with pytest.raises(ConsoleError, match=r"api server ended with status 1: it said nothing"):
        wait_until_ready(site.root, program, process)


def test_chosen_ports_are_tried_first() -> None:
    with reserve(0) as first, reserve(0) as second:
        wanted = (first.getsockname()[1], second.getsockname()[1])
    with running("healthy", live=False, ports=wanted) as demo:
        assert (demo.api_port, demo.webhook_port) == wanted
