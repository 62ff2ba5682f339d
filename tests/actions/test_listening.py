"""Whose port it is, where the process can't be seen, and what the system does not tell."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from orket_console.actions.listening import described, look
from orket_console.actions.server_needs import judged
from orket_console.target.servers import API


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_process_is_described_by_number_user_command_and_folder(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = look(tmp_path, API, port)
    user = psutil.Process().username()
    assert seen.own == ()
    assert seen.taken_by.startswith(f"pid {os.getpid()} of {user}: ")
    assert seen.taken_by.endswith(f", in {tmp_path}")
    assert described(2**22 + 1) == f"pid {2**22 + 1}, which is gone"


def test_a_process_that_is_not_shown_is_told_by_its_user(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = SimpleNamespace(
        status=psutil.CONN_LISTEN, laddr=SimpleNamespace(ip="127.0.0.1", port=port), pid=None
    )
    monkeypatch.setattr(psutil, "net_connections", lambda kind: [hidden])
    seen = look(tmp_path, API, port)
    user = pwd.getpwuid(os.getuid()).pw_name
    assert seen.taken_by == f"a process of {user} that you may not see"
    reason, _ = judged(seen, "stop", API)
    assert reason == f"port {port} is not this installation's: {seen.taken_by}"


def test_sockets_that_cannot_be_listed_stop_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(kind: str) -> list[object]:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    seen = look(tmp_path, API, 8082)
    for verb in ("start", "stop", "restart"):
        assert judged(seen, verb, API)[0].startswith("sockets can't be listed")
