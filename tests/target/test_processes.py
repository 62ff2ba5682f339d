"""Which process is whose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orket_console.target.processes import _belongs, environment, listeners, owner


@pytest.mark.parametrize(
    ("command", "folder", "belongs"),
    [
        (["python", "server.py"], "{root}", True),
        (["python", "server.py"], "{root}/sub", True),
        (["python", "{root}/server.py"], "", True),
        (["python", "server.py"], "{other}", False),
        (["docker-proxy", "-host-port", "8082"], "/", None),
        (["python", "server.py"], "{root}-two", None),
        ([], "", None),
    ],
)
def test_by_folder_else_by_command(
    tmp_path: Path, command: list[str], folder: str, belongs: bool | None
) -> None:
    root, other = tmp_path / "orket", tmp_path / "other"
    (other / ".orket" / "durable").mkdir(parents=True)
    filled = [word.format(root=root, other=other) for word in command]
    assert _belongs(filled, folder.format(root=root, other=other), root) is belongs


def test_a_process_that_is_gone(tmp_path: Path) -> None:
    assert owner(2**22 + 1, tmp_path) is None
    assert environment(2**22 + 1) is None


def test_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = owner(os.getpid(), tmp_path)
    assert found is not None
    assert found.of_root
    assert str(tmp_path) in str(found)


def test_listing_sockets_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_kind: str) -> list[object]:
        raise PermissionError("no \x1b[2J")

    monkeypatch.setattr("psutil.net_connections", denied)
    found = listeners(tmp_path)
    assert found.found == ()
    assert "can't be listed" in found.problem
    assert "\x1b" not in found.problem
