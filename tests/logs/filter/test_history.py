"""Filters that were used are kept for the next console: private, bounded, without secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from orket_console.base.errors import ConsoleError
from orket_console.base.secret import Redactor, Secret
from orket_console.logs.filter.history import MOST, keep, read_history

NONE = Redactor(())


def test_they_are_kept_oldest_first_and_once(tmp_path: Path) -> None:
    path = tmp_path / "state" / "log_filters.json"
    assert read_history(path) == ()
    for expression in ("a", "event:b", "a", ""):
        kept = keep(path, expression, NONE)
    assert kept == read_history(path) == ("event:b", "a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "log_filters.json"
    keep(path, 'data.key:"canary-7f3a91"', Redactor([Secret("canary-7f3a91")]))
    assert b"canary" not in path.read_bytes()
    assert read_history(path) == ('data.key:"•••"',)


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log_filters.json"
    path.write_text(str([f"x{n}" for n in range(MOST + 50)]).replace("'", '"'))
    assert len(read_history(path)) == MOST
    assert keep(path, "new", NONE)[-1] == "new"
    assert len(read_history(path)) == MOST


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'[1, null, "", "a"]', b"[" * 9999])
def test_a_damaged_file_loses_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log_filters.json"
    path.write_bytes(content)
    assert read_history(path) in ((), ("a",))
    assert keep(path, "b", NONE)[-1] == "b"


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="can't be kept"):
        keep(tmp_path, "a", NONE)
