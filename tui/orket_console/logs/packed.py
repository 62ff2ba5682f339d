"""Logs that were packed when they were rotated (gzip), opened as if they were not.

One is unpacked into a temporary file that has no name any more: nothing of it is left when
the console ends, however it ends. The last few are kept, since they are read again.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import threading
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import IO, BinaryIO, Final

from orket_console.base.clock import size
from orket_console.base.files import Unreadable, UnreadableError, open_regular

UNPACKED_CAP: Final = 1 << 30
"""Bytes of one log, unpacked; a larger one is left out, and said to be."""
_KEPT: Final = 4
_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20

_Key = tuple[int, int, int, int]


def open_log(path: Path, cap: int = UNPACKED_CAP) -> BinaryIO:
    """A log opened for reading by offset (`os.pread`), unpacked where it is packed.

    Never waits for a writer. Raises `UnreadableError`, also for more than `cap` bytes unpacked.
    """
    file = open_regular(path)
    try:
        if os.pread(file.fileno(), len(_MAGIC), 0) != _MAGIC:
            return file
    except OSError as error:
        file.close()
        raise UnreadableError(path, Unreadable.FAILED, str(error)) from error
    with file:
        return _STORE.opened(path, file, cap)


def identity_of_open(fd: int) -> tuple[int, int]:
    """Device and inode of an open log; of one that was unpacked, those of its packed file."""
    found = os.fstat(fd)
    return _STORE.origin((found.st_dev, found.st_ino))


def problem(path: Path) -> str:
    """Why a log could not be unpacked, or not to its end, when it was last wanted; or nothing."""
    return _STORE.problems.get(path, "")


class _Store:
    """The last few unpacked logs, by what tells that a file is still the same. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[_Key, IO[bytes]] = OrderedDict()
        self.problems: dict[Path, str] = {}

    def opened(self, path: Path, packed: BinaryIO, cap: int) -> BinaryIO:
        found = os.fstat(packed.fileno())
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        with self._lock:
            if key not in self._files:
                self._files[key] = self._unpacked(path, packed, cap)
            self._files.move_to_end(key)
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)[1].close()
            return os.fdopen(os.dup(self._files[key].fileno()), "rb", buffering=0)

    def origin(self, identity: tuple[int, int]) -> tuple[int, int]:
        with self._lock:
            for key, file in self._files.items():
                found = os.fstat(file.fileno())
                if (found.st_dev, found.st_ino) == identity:
                    return key[:2]
        return identity

    def _unpacked(self, path: Path, packed: BinaryIO, cap: int) -> IO[bytes]:
        try:
            unpacked, is_whole = _unpack(path, packed, cap)
        except UnreadableError as error:
            self.problems[path] = f"{error.reason} ({error.detail})"
            raise
        if is_whole:
            self.problems.pop(path, None)
        else:
            length = size(os.fstat(unpacked.fileno()).st_size)
            self.problems[path] = f"cut off or damaged: {length} of it could be unpacked"
        return unpacked


_STORE: Final = _Store()


def _unpack(path: Path, packed: BinaryIO, cap: int) -> tuple[IO[bytes], bool]:
    """As much as can be unpacked, and whether that is all: it may be cut off or still written."""
    into = tempfile.TemporaryFile(prefix="orket-console-", buffering=0)  # noqa: SIM115 (it is kept)
    left = cap
    try:
        with gzip.GzipFile(fileobj=packed) as stream:
            while chunk := _read(stream, path):
                left -= len(chunk)
                if left < 0:
                    detail = f"over {size(cap)} unpacked"
                    raise UnreadableError(path, Unreadable.TOO_LARGE, detail)
                into.write(chunk)
    except (EOFError, zlib.error):
        return into, False
    except OSError as error:
        into.close()
        raise UnreadableError(path, Unreadable.FAILED, str(error)) from error
    except BaseException:
        into.close()
        raise
    return into, True


def _read(stream: gzip.GzipFile, path: Path) -> bytes:
    try:
        # `read` would drop what it has when the end is missing.
        return stream.read1(_CHUNK)
    except gzip.BadGzipFile as error:
        raise UnreadableError(path, Unreadable.FAILED, str(error)) from error
