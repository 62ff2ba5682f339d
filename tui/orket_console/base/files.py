"""Others' files, opened so that none can hang or grow the console; our own, kept whole."""

from __future__ import annotations

import os
import stat
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from orket_console.base.decoding import decode_json

ARTIFACT_CAP = 8 << 20
"""Bytes of one artifact that are read; larger ones are named, not shown."""


class Unreadable(StrEnum):
    """Why a file can't be read, in the operator's words."""

    MISSING = "missing"
    DENIED = "permission denied"
    NOT_A_FILE = "not a regular file"
    TOO_LARGE = "too large to show"
    MALFORMED = "not JSON"
    FAILED = "can't be read"


class UnreadableError(Exception):
    """`reason` and `detail` for one path."""

    def __init__(self, path: Path | str, reason: Unreadable, detail: str = "") -> None:
        super().__init__(f"{path}: {reason}{f' ({detail})' if detail else ''}")
        self.path = Path(path)
        self.reason = reason
        self.detail = detail


def open_regular(path: Path | str) -> BinaryIO:
    """`path` opened for reading, unbuffered, if it is a regular file.

    Never waits: a FIFO or device in its place is refused. Raises `UnreadableError`.
    """
    return os.fdopen(_open(path), "rb", buffering=0)


def _open(path: Path | str) -> int:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnreadableError(path, Unreadable.MISSING) from error
    except PermissionError as error:
        raise UnreadableError(path, Unreadable.DENIED) from error
    except (OSError, ValueError) as error:
        raise UnreadableError(path, Unreadable.FAILED, str(error)) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise UnreadableError(path, Unreadable.NOT_A_FILE)
    return fd


def read_bytes(path: Path | str, cap: int = ARTIFACT_CAP) -> bytes:
    """The whole of a regular file of at most `cap` bytes. Raises `UnreadableError`."""
    fd = _open(path)
    # By the descriptor: artifacts are many and small, and a file object costs as much as one.
    try:
        length = os.fstat(fd).st_size
        if length > cap:
            raise UnreadableError(path, Unreadable.TOO_LARGE, f"{length} bytes, limit {cap}")
        raw = b""
        # To its end: one of /proc says that it is empty, one that grows is longer than it said.
        while len(raw) < cap and (part := os.read(fd, min(length + 4096, cap - len(raw)))):
            raw += part
        return raw
    except OSError as error:
        raise UnreadableError(path, Unreadable.FAILED, str(error)) from error
    finally:
        os.close(fd)


def read_json(path: Path, cap: int = ARTIFACT_CAP) -> object:
    """The JSON document in `path`, as it is (not sanitised). Raises `UnreadableError`."""
    raw = read_bytes(path, cap)
    try:
        return decode_json(raw)
    except ValueError as error:
        raise UnreadableError(path, Unreadable.MALFORMED, str(error)) from error


def file_at(path: Path) -> bool:
    """Whether a regular file is there, links followed; no where that may not be looked at.

    Before Python 3.14 pathlib's own question is answered by an exception there.
    """
    return os.path.isfile(path)  # noqa: PTH113


def folder_at(path: Path) -> bool:
    """Whether a folder is there; as `file_at`."""
    return os.path.isdir(path)  # noqa: PTH112


def something_at(path: Path) -> bool:
    """Whether anything is there; as `file_at`."""
    return os.path.exists(path)  # noqa: PTH110


def typed_path(text: str) -> Path:
    """A path as an operator wrote it: `~` stands for a home where there is such a one."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def is_inside(path: Path, root: Path) -> bool:
    """Whether `path`, links followed, lies in `root`."""
    try:
        return _resolved(path).is_relative_to(_resolved(root))
    except (OSError, RuntimeError, ValueError):
        return False


def _resolved(path: Path) -> Path:
    """Links followed, and a loop of them an error, which since Python 3.13 only `strict` tells."""
    try:
        return path.resolve(strict=True)
    except FileNotFoundError:
        return path.resolve()


def make_private(folder: Path) -> Path:
    """`folder`, made with its parents where missing, for this user alone (0700)."""
    # With `parents=True` the parents would get the umask's mode, not ours.
    missing = [parent for parent in folder.parents if not parent.exists()]
    for each in (*reversed(missing), folder):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a crash leaves the old or the new, never half (0600)."""
    make_private(path.parent)
    # As tempfile names them: it takes long to load, and all that starts an action waits for us.
    name = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        name.replace(path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
