"""The audit trail's file: one record a line, each bound to the one before it.

A line is a JSON object that ends with the SHA-256 of what stands before that hash, and holds
the hash of the line before it as `previous`. `audit.head` beside it holds the number and hash of
the last one, by which a trail that was cut off at its end is known.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from orket_console.base.files import UnreadableError, make_private, read_bytes

GENESIS: Final = "0" * 64
"""What the first record has for the hash of the one before."""
LINE_CAP: Final = 1 << 20
_HASH: Final = b',"hash":"'
_ENDING: Final = len(_HASH) + 64 + len(b'"}')
_HEAD_CAP: Final = 1024
_SHORT: Final = 16 << 10
"""Bytes of the end that nearly always hold the last record."""
_PATIENCE: Final = 5.0
_LOOK: Final = 0.01


@dataclass(frozen=True, slots=True)
class Link:
    """The place of one record in the chain: its number from 1, and hashes in hex."""

    seq: int
    previous: str
    hash: str


def append(path: Path, fields: Mapping[str, object]) -> None:
    """Add one record, in one write, on disk when this returns.

    `fields` are JSON values, redacted already. Several processes may append at once. Raises
    `OSError` when the record is not in the trail for certain; nothing of it is then left there.
    """
    with _locked(path) as file, _opened(_head_path(path)) as head_file:
        size = os.fstat(file.fileno()).st_size
        last, torn = _end(file, size)
        head = _head(os.pread(head_file.fileno(), _HEAD_CAP, 0))
        ahead = head is not None and (last is None or head.seq >= last.seq)
        before = head if ahead else last
        start, repair = b"", {}
        if torn and _known(head) <= _known(last):
            # Its writer was never told that it is there, so nothing was begun on its word.
            size -= torn
            os.ftruncate(file.fileno(), size)
            repair = {"removed": f"{torn} bytes of a record that was half written"}
        elif torn:
            start = b"\n"
        seq = before.seq + 1 if before else 1
        line, own = _line(seq, before.hash if before else GENESIS, {**fields, **repair})
        _write(file, size, start + line)
        if not size:
            _keep_name(path)
        # In place and of one length, so that it is the old or the new; behind the trail, never
        # ahead. One that stays behind is no fault: the record is there.
        with contextlib.suppress(OSError):
            os.pwrite(head_file.fileno(), f"{seq:020d} {own}\n".encode(), 0)


def link_of(line: bytes) -> Link | None:
    """The place that a line (without its newline) claims; None for one that is no record.

    Its own hash is not checked here: see `is_as_written`.
    """
    try:
        return msgspec.json.decode(line, type=Link)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def is_as_written(line: bytes, link: Link) -> bool:
    """Whether a line's own hash is that of its content."""
    body = line[:-_ENDING] + b"}"
    return line == _sealed(body, link.hash) and hashlib.sha256(body).hexdigest() == link.hash


def head_of(path: Path) -> Link | None:
    """The last record by what is kept beside the trail; None where that is missing or garbled."""
    try:
        return _head(read_bytes(_head_path(path), _HEAD_CAP))
    except UnreadableError:
        return None


def _head(content: bytes) -> Link | None:
    try:
        seq, own = content.split()
        return Link(int(seq), "", own.decode("ascii"))
    except ValueError:
        return None


def _head_path(path: Path) -> str:
    return f"{path.parent}/{path.stem}.head"


def _opened(path: Path | str, how: int = 0) -> BinaryIO:
    """A regular file to read and write, made where it is missing. Never waits."""
    flags = how | os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        make_private(Path(path).parent)
        descriptor = os.open(path, flags, 0o600)
    file = os.fdopen(descriptor, "rb+", buffering=0)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return file


def _locked(path: Path) -> BinaryIO:
    """The trail, for this writer alone.

    Waits for other writers, for a bounded time: one may have been stopped. A trail that was put
    in its place meanwhile is the one that counts.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        file = _opened(path, os.O_APPEND)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, file):
                return file
        except BlockingIOError:
            pass
        except BaseException:
            file.close()
            raise
        file.close()
        if time.monotonic() >= end:
            raise OSError(errno.EAGAIN, "another process holds its lock")
        time.sleep(_LOOK)


def _is_at(path: Path, file: BinaryIO) -> bool:
    """Whether the file that was opened is still the one at `path`."""
    opened = os.fstat(file.fileno())
    try:
        found = os.stat(path)  # noqa: PTH116  half the time of Path's
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (opened.st_dev, opened.st_ino)


def _end(file: BinaryIO, size: int) -> tuple[Link | None, int]:
    """The last whole record, where it is one, and the bytes of a half written one after it."""
    line, torn = _last_line(file, size, _SHORT) or _last_line(file, size, LINE_CAP) or (b"", b"")
    link = link_of(line)
    return (link if link and is_as_written(line, link) else None), len(torn)


def _last_line(file: BinaryIO, size: int, within: int) -> tuple[bytes, bytes] | None:
    """The last whole line and what comes after it; None where it begins before `within`."""
    start = max(size - within, 0)
    content = os.pread(file.fileno(), size - start, start)
    end = content.rfind(b"\n")
    begin = content.rfind(b"\n", 0, max(end, 0)) + 1
    if start and not begin and within < LINE_CAP:
        return None
    return content[begin : max(end, 0)], content[end + 1 :]


def _known(link: Link | None) -> int:
    return link.seq if link else 0


def _line(seq: int, previous: str, fields: Mapping[str, object]) -> tuple[bytes, str]:
    body = msgspec.json.encode({"seq": seq, "previous": previous, **fields})
    own = hashlib.sha256(body).hexdigest()
    return _sealed(body, own) + b"\n", own


def _sealed(body: bytes, own: str) -> bytes:
    return body[:-1] + _HASH + own.encode() + b'"}'


def _write(file: BinaryIO, size: int, content: bytes) -> None:
    """All of it, or nothing of it."""
    try:
        if os.write(file.fileno(), content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), size)
        raise


def _keep_name(path: Path) -> None:
    """See that a new trail is found after a power cut too."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
