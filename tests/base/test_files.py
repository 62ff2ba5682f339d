"""Others' files can't hang or grow the console; our own are kept whole."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from orket_console.base.files import (
    Unreadable,
    UnreadableError,
    is_inside,
    make_private,
    open_regular,
    read_bytes,
    read_json,
    write_whole,
)


def reason(path: Path, cap: int = 100) -> Unreadable:
    with pytest.raises(UnreadableError) as refusal:
        read_bytes(path, cap)
    assert str(path) in str(refusal.value)
    return refusal.value.reason


def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path / "pipe") is Unreadable.NOT_A_FILE


def test_a_directory_and_a_device_are_refused(tmp_path: Path) -> None:
    assert reason(tmp_path) is Unreadable.NOT_A_FILE
    assert reason(Path("/dev/zero")) is Unreadable.NOT_A_FILE


def test_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert reason(tmp_path / "none") is Unreadable.MISSING
    assert reason(tmp_path / "file" / "below") is Unreadable.MISSING


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0)
    assert reason(tmp_path / "file") is Unreadable.DENIED


def test_a_path_that_can_not_be(tmp_path: Path) -> None:
    assert reason(tmp_path / "a\0b") is Unreadable.FAILED
    assert reason(tmp_path / ("a" * 300)) is Unreadable.FAILED
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert reason(tmp_path / "loop") is Unreadable.FAILED


def test_too_large_says_how_large(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 11)
    with pytest.raises(UnreadableError, match="11 bytes, limit 10"):
        read_bytes(tmp_path / "file", 10)
    assert read_bytes(tmp_path / "file", 11) == b"x" * 11


def test_open_regular_reads(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b"[" * 100_000, b"\xef\xbb\xbf{}"], ids=lambda raw: repr(raw[:4])
)
def test_json_that_is_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(UnreadableError) as refusal:
        read_json(tmp_path / "file")
    assert refusal.value.reason is Unreadable.MALFORMED


@pytest.mark.parametrize(
    ("raw", "value"), [(b'{"a": [1]}', {"a": [1]}), (b'["\\ud83d"]', ["\ud83d"])]
)
def test_json_is_read_as_orket_reads_it(tmp_path: Path, raw: bytes, value: object) -> None:
    (tmp_path / "file").write_bytes(raw)
    assert read_json(tmp_path / "file") == value


def test_nan_is_read_as_orket_reads_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(json.dumps([float("nan")]))
    assert str(read_json(tmp_path / "file")) == "[nan]"


def test_inside_follows_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "loop").symlink_to(root / "loop")
    assert is_inside(root / "a" / "b", root)
    assert not is_inside(root / "out" / "file", root)
    assert not is_inside(root / ".." / "file", root)
    assert not is_inside(root / "loop", root)
    assert not is_inside(root / "a\0b", root)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_private_folders_are_private_all_the_way(tmp_path: Path) -> None:
    made = make_private(tmp_path / "a" / "b" / "c")
    assert [mode(made), mode(made.parent), mode(made.parent.parent)] == [0o700] * 3
    assert make_private(made) == made


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "file"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
