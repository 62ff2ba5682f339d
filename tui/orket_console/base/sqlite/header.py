"""The first bytes of a database file, read beside SQLite without harm to it."""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from orket_console.base.sqlite.faults import DatabaseError, Fault

_MAGIC: Final = b"SQLite format 3\x00"
_LENGTH: Final = 20
_MOST: Final = 64


class _Descriptors:
    """Our descriptors of database files, by device and inode, kept open.

    A process that closes any descriptor of a file loses all its POSIX locks on it, those that
    SQLite holds for a read in another thread too: a writer could then commit in the middle of
    that read. One descriptor a file stays open instead. An installation has a handful; beyond
    `_MOST`, as when they are replaced again and again, that of the longest unused one goes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_file: OrderedDict[tuple[int, int], int] = OrderedDict()

    def of(self, path: Path) -> int:
        """An open descriptor of a regular file. Raises `OSError`, `ValueError`, `DatabaseError`."""
        with self._lock:
            info = path.stat()
            if not stat.S_ISREG(info.st_mode):
                raise DatabaseError(Fault.NOT_A_DATABASE, path, "not a regular file")
            key = (info.st_dev, info.st_ino)
            if (found := self._by_file.get(key)) is not None:
                self._by_file.move_to_end(key)
                # Permission may have been taken away since it was opened.
                if not os.access(path, os.R_OK):
                    raise PermissionError(path)
                return found
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            # By what was opened: the file may have been replaced in between. If it was, and by
            # one that is known, this descriptor stays open all the same.
            info = os.fstat(fd)
            kept = self._by_file.setdefault((info.st_dev, info.st_ino), fd)
            if len(self._by_file) > _MOST:
                os.close(self._by_file.popitem(last=False)[1])
            return kept


_DESCRIPTORS: Final = _Descriptors()


def is_wal(path: Path) -> bool:
    """Whether the header says WAL. Raises `DatabaseError` for what is no database at all."""
    try:
        header = os.pread(_DESCRIPTORS.of(path), _LENGTH, 0)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseError(Fault.MISSING, path) from error
    except PermissionError as error:
        raise DatabaseError(Fault.DENIED, path) from error
    except (OSError, ValueError) as error:
        raise DatabaseError(Fault.FAILED, path, str(error)) from error
    if not header:
        raise DatabaseError(Fault.EMPTY, path)
    if not header.startswith(_MAGIC):
        raise DatabaseError(Fault.NOT_A_DATABASE, path)
    return header[18:20] == b"\x02\x02"
