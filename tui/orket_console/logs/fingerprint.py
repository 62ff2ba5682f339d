"""Tells a log that grew from one that was cleared and has grown past the same place again."""

from __future__ import annotations

import os
from typing import Final

_HEAD: Final = 256
_TAIL: Final = 64


class Fingerprint:
    """The first bytes of a file, and the last ones before the place it was read to.

    A file that still has both was appended to; Orket's lines begin with their time, so that
    one that was emptied and written again has neither.
    """

    __slots__ = ("_head", "_tail", "offset")

    def __init__(self, fd: int, offset: int) -> None:
        self.offset = offset
        self._head = os.pread(fd, min(_HEAD, offset), 0)
        start = max(offset - _TAIL, 0)
        self._tail = os.pread(fd, offset - start, start)

    def holds(self, fd: int) -> bool:
        """Whether the file is still the one that was read."""
        if os.pread(fd, len(self._head), 0) != self._head:
            return False
        start = max(self.offset - _TAIL, 0)
        return os.pread(fd, self.offset - start, start) == self._tail

    def read(self, chunk: bytes) -> None:
        """Take note of `chunk`, read at `offset`."""
        if self.offset < _HEAD:
            self._head += chunk[: _HEAD - self.offset]
        self._tail = (self._tail + chunk)[-_TAIL:]
        self.offset += len(chunk)
