"""Reading one span: chunks of whole lines handed to a part, memory bounded."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol

from orket_console.base.lines import Line
from orket_console.logs.scan.job import Job, Part, R
from orket_console.logs.scan.spans import Span

if TYPE_CHECKING:
    from typing_extensions import Buffer

CHUNK: Final = 1 << 17
"""Bytes that are read at a time. With larger ones the time goes into having memory mapped."""
LONGEST: Final = 16 << 20
"""Bytes of one line that are kept; what is longer is handed over cut."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """`result` of a span; `problem` says why it was not read to its end, if it was not."""

    result: R
    problem: str


class Reader(Protocol):
    """A span's bytes by their offset, from its beginning to its end."""

    problem: str
    """Why there is no more, if it is not the end."""

    def lines(self, offset: int) -> bytes:
        """Whole lines from an offset on, some 128 KB; nothing where there is none so short."""

    def read(self, size: int, offset: int) -> bytes:
        """As many bytes as there are, up to `size`; nothing at the end."""

    def drop(self, before: int) -> None:
        """What lies before an offset will not be asked for again."""

    def done(self, before: int) -> int:
        """Bytes of the log that were read to come to an offset."""


def run(job: Job[R], span: Span, done: Callable[[int], None]) -> Outcome[R]:
    """`job` on one span; `done` is told after each chunk how many bytes of it are read."""
    part = job.begin()
    reader: Reader = _Packed(span) if span.log.packed else _Plain(span)
    at, whole = (0 if span.log.packed else span.start), True
    while whole:
        reader.drop(at)
        at, whole = _hand(part, reader, at)
        done(reader.done(at))
    return Outcome(part.result(), reader.problem)


def _hand(part: Part[R], reader: Reader, at: int) -> tuple[int, bool]:
    """Hand over what begins at `at`: where it ends, and whether it was whole lines."""
    lines = reader.lines(at)
    if lines:
        part.take(lines, at)
        return at + len(lines), True
    size = 4 * CHUNK
    while True:
        chunk = reader.read(size, at)
        end = chunk.rfind(b"\n") + 1
        if end:
            part.take(chunk[:end], at)
            return at + end, True
        if len(chunk) < size:
            if chunk:
                part.take_rest(Line(chunk, at, len(chunk)))
            return at + len(chunk), False
        if size >= LONGEST:
            return _hand_long(part, reader, at, chunk)
        size *= 2


def _hand_long(part: Part[R], reader: Reader, at: int, kept: bytes) -> tuple[int, bool]:
    end = at + len(kept)
    while True:
        reader.drop(end)
        chunk = reader.read(CHUNK, end)
        newline = chunk.find(b"\n")
        if newline >= 0:
            part.take_long(Line(kept, at, end + newline - at))
            return end + newline + 1, True
        if not chunk:
            part.take_rest(Line(kept, at, end - at))
            return end, False
        end += len(chunk)


class _Plain:
    def __init__(self, span: Span) -> None:
        self.problem = ""
        self._fd = span.log.fd
        self._start = span.start
        self._end = span.end
        self._buffer = bytearray(CHUNK)

    def lines(self, offset: int) -> bytes:
        # Into the same memory every time, and copied once: half the time of reading anew.
        buffer = memoryview(self._buffer)[: self._end - offset]
        try:
            count = os.preadv(self._fd, [buffer], offset)
        except OSError:
            return b""
        return bytes(buffer[: self._buffer.rfind(b"\n", 0, count) + 1])

    def read(self, size: int, offset: int) -> bytes:
        wanted = min(size, self._end - offset)
        try:
            found = os.pread(self._fd, wanted, offset)
        except OSError as error:
            self.problem = f"could not be read to its end: {error.strerror}"
            return b""
        if len(found) < wanted:
            self.problem = "was cut short while it was read"
        return found

    def drop(self, before: int) -> None:
        pass

    def done(self, before: int) -> int:
        return before - self._start


class _Packed:
    """Unpacked as it is read, forwards alone; holds what was not dropped yet."""

    def __init__(self, span: Span) -> None:
        # Here, so that a worker on a plain log need not wait for it.
        import gzip

        self.problem = ""
        self._packed = _FromStart(span)
        self._stream = gzip.GzipFile(fileobj=self._packed)
        self._start = 0
        self._held = bytearray()

    def lines(self, offset: int) -> bytes:
        self._fill(offset - self._start + CHUNK)
        end = self._held.rfind(b"\n") + 1
        return bytes(memoryview(self._held)[offset - self._start : end])

    def read(self, size: int, offset: int) -> bytes:
        skip = offset - self._start
        self._fill(skip + size)
        return bytes(self._held[skip : skip + size])

    def _fill(self, size: int) -> None:
        while len(self._held) < size and not self.problem:
            try:
                # `read` would drop what it has when the end is missing.
                more = self._stream.read1(size - len(self._held))
            except (OSError, EOFError, zlib.error) as error:
                self.problem = f"could not be unpacked to its end: {error}"
                break
            if not more:
                break
            self._held += more

    def drop(self, before: int) -> None:
        del self._held[: before - self._start]
        self._start = before

    def done(self, before: int) -> int:
        return self._packed.at


class _FromStart(io.RawIOBase):
    """A log's bytes as a stream, whatever else reads the same descriptor."""

    def __init__(self, span: Span) -> None:
        self.at = span.start
        self._span = span

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        found = os.pread(self._span.log.fd, min(len(view), self._span.end - self.at), self.at)
        view[: len(found)] = found
        self.at += len(found)
        return len(found)
