"""An action's two output streams: redacted and kept in files as they come.

Memory stays bounded whatever is printed: a stream keeps its end for the verdict, and the files
are cut, and said to be, at a cap.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from pathlib import Path
from typing import BinaryIO, Final, Literal

from orket_console.base.secret import Redactor

Name = Literal["stdout", "stderr"]
NAMES: Final[dict[bytes, Name]] = {b"stdout": "stdout", b"stderr": "stderr"}
KEPT_CAP: Final = 256 << 20
"""Bytes of one action's output that are kept on disk."""
TAIL_CAP: Final = 4 << 20
"""Bytes of the end of one stream that the verdict is judged by."""
HELD: Final = 64 << 10
"""Bytes of one line that are waited for; more of it goes out in parts."""
ORDER: Final = "order"
"""The file that holds the pieces' streams and lengths as they came."""


class Keeper:
    """Writes both streams to their files, and the order in which the pieces came.

    A disk that is full, or the cap, ends the keeping and not the action: `problem` says so.
    """

    def __init__(self, folder: Path, cap: int = KEPT_CAP) -> None:
        self._files: dict[str, BinaryIO] = {
            name: _create(folder / name) for name in ("stdout", "stderr", ORDER)
        }
        self._room = cap
        self._hashes = {name: hashlib.sha256() for name in NAMES.values()}
        self.problem = ""

    def keep(self, stream: Name, content: bytes) -> None:
        if self.problem:
            return
        if len(content) > self._room:
            self.problem = "output is kept up to here only: the cap is reached"
            return
        self._room -= len(content)
        try:
            for name, part in ((stream, content), (ORDER, _entry(stream, content))):
                self._files[name].write(part)
                self._files[name].flush()
            self._hashes[stream].update(content)
        except OSError as error:
            self.problem = f"output is not kept any more: {error.strerror}"

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 in hex of what was kept of each stream."""
        return {name: found.hexdigest() for name, found in self._hashes.items()}

    def close(self) -> None:
        for file in self._files.values():
            try:
                file.close()
            except OSError as error:
                self.problem = self.problem or f"output is not kept whole: {error.strerror}"


class Stream:
    """One stream of the child, as it comes out of its pipe."""

    def __init__(self, name: Name, redactor: Redactor, keeper: Keeper) -> None:
        self._name = name
        self._redactor = redactor
        self._keeper = keeper
        self._held = b""
        self._tail: deque[bytes] = deque()
        self._length = 0

    def received(self, data: bytes) -> None:
        held = self._held + data
        cut = held.rfind(b"\n") + 1
        if cut:
            self._emit(self._redacted(held[:cut]))
            held = held[cut:]
        if len(held) > HELD:
            # A huge line goes out in parts; what may be the beginning of a secret stays.
            safe = self._redacted(held)
            until = max(len(safe) - self._redactor.longest, 0)
            self._emit(safe[:until])
            held = _encoded(safe[until:])
        self._held = held

    def flush(self) -> None:
        """Hand on a last line that has no newline."""
        if self._held:
            self._emit(self._redacted(self._held))
            self._held = b""

    def tail(self) -> str:
        """The end of the stream, as it was but for secrets: controls are still in it."""
        return b"".join(self._tail).decode("utf-8", "replace")

    def _redacted(self, raw: bytes) -> str:
        return self._redactor.redact(raw.decode("utf-8", "surrogateescape"))

    def _emit(self, text: str) -> None:
        content = _encoded(text)
        self._keeper.keep(self._name, content)
        self._tail.append(content)
        self._length += len(content)
        while self._length - len(self._tail[0]) >= TAIL_CAP:
            self._length -= len(self._tail.popleft())


def _encoded(text: str) -> bytes:
    """The bytes that `text` was decoded from: what is not UTF-8 is kept as it came."""
    return text.encode("utf-8", "surrogateescape")


def _entry(stream: Name, content: bytes) -> bytes:
    return f"{stream} {len(content)}\n".encode()


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
