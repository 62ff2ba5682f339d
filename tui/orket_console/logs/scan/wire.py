"""Messages between a scan and its worker processes: pickles, each behind its length."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from orket_console.logs.scan.reading import Outcome

_LENGTH: Final = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of the span in hand that are done."""

    done: int


@dataclass(frozen=True, slots=True)
class Finished:
    outcome: Outcome[Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """The job raised: `error` is its type and text."""

    error: str


def packed(message: object) -> bytes:
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


class Inbox:
    """Messages out of the bytes of a pipe, however these are cut."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> Iterator[Any]:
        """The messages that `received` completes. Both ends are ours: they are trusted."""
        self._held += received
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            end = _LENGTH.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[_LENGTH.size : end])
            del self._held[:end]
            yield pickle.loads(body)  # noqa: S301 (written by a process that we started)
