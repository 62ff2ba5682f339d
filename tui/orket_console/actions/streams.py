"""An action's two output streams: redacted and kept in files as they come.

Memory stays bounded whatever is printed: a stream keeps its end for the verdict, and the files
are cut, and said to be, at a cap.
"""

from __future__ import annotations

import hashlib
import os
import time
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
_PART: Final = 64 << 10
"""Bytes of which such an end is made up at least."""
HELD: Final = 64 << 10
"""Bytes of one line that are waited for; more of it goes out in parts."""
PATIENCE: Final = 0.2
"""Seconds that a line is waited for; what there is of it goes out then."""
ORDER: Final = "order"
"""The file that holds the pieces' streams and lengths as they came."""
_LONGEST_CHARACTER: Final = 4


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
                _write(self._files[name], part)
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
        self._since = time.monotonic()
        self._tail = Tail()

    def received(self, data: bytes) -> None:
        held = self._held + data
        if cut := held.rfind(b"\n") + 1:
            self._emit(self._redactor.redact_raw(held[:cut]))
        if cut or not self._held:
            self._since = time.monotonic()
        self._held = held[cut:]
        if len(self._held) > HELD:
            self._hand_on()

    def look(self) -> None:
        """Hand on a line that has long waited for its end, as progress in dots does."""
        if self._held and time.monotonic() - self._since >= PATIENCE:
            self._hand_on()

    def _hand_on(self) -> None:
        """A line's beginning, whole characters of it; what may begin a secret stays."""
        until = _whole_characters(self._held, self._redactor.settled(self._held))
        self._emit(self._redactor.redact_raw(self._held[:until]))
        self._held = self._held[until:]
        self._since = time.monotonic()

    def flush(self) -> None:
        """Hand on a last line that has no newline."""
        if self._held:
            self._emit(self._redactor.redact_raw(self._held))
            self._held = b""

    def tail(self) -> str:
        """The end of the stream, as it was but for secrets: controls are still in it."""
        return self._tail.text()

    def _emit(self, content: bytes) -> None:
        if content:
            self._keeper.keep(self._name, content)
            self._tail.add(content)


class Tail:
    """The end of what it is given: at least `TAIL_CAP` bytes of it, and little more."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._length = 0
        # Many small parts would take several times their length.
        self._last = bytearray()

    def add(self, content: bytes) -> None:
        self._last += content
        if len(self._last) >= _PART:
            self._length += len(self._last)
            self._parts.append(bytes(self._last))
            self._last.clear()
            while self._length - len(self._parts[0]) >= TAIL_CAP:
                self._length -= len(self._parts.popleft())

    def text(self) -> str:
        """All of it that is held."""
        whole = b"".join((*self._parts, self._last))
        # In the place of its parts, so that memory holds it once.
        self._parts = deque([whole])
        self._length = len(whole)
        self._last.clear()
        return whole.decode("utf-8", "replace")


def _whole_characters(content: bytes, until: int) -> int:
    """A cut at `until` or a little before, where no character of UTF-8 is cut in two."""
    for back in range(1, min(_LONGEST_CHARACTER, until) + 1):
        byte = content[until - back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return until if length <= back else until - back
        if byte < 0x80:
            break
    return until


def _entry(stream: Name, content: bytes) -> bytes:
    return f"{stream} {len(content)}\n".encode()


def _create(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb", buffering=0)


def _write(file: BinaryIO, content: bytes) -> None:
    """All of it. Raises `OSError` where a part has no room any more."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]
