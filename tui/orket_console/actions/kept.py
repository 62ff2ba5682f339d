"""The kept output of an action, read back in the order in which it came."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orket_console.actions.pieces import Piece
from orket_console.actions.streams import NAMES, ORDER, Name
from orket_console.base.clock import size
from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.text import decode

SHOWN_CAP: Final = 2 << 20
"""Bytes of the end of kept output that are shown."""
_ORDER_CAP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """The end of an action's output. `cut` says what is left out, empty when it is whole."""

    pieces: tuple[Piece, ...]
    cut: str


def kept_output(folder: Path, most: int = SHOWN_CAP) -> Kept:
    """The last `most` bytes of both streams, merged as they came.

    Reads `stdout`, `stderr` and `order` in an action's folder; what is missing there is empty.
    """
    ends = {name: kept_length(folder / name) for name in NAMES.values()}
    total = sum(ends.values())
    room = most
    spans: list[tuple[Name, int, int]] = []
    for stream, length in reversed(_order(folder)):
        taken = min(length, room, ends[stream])
        ends[stream] -= taken
        room -= taken
        if taken:
            spans.append((stream, ends[stream], taken))
        if room <= 0:
            break
    pieces = tuple(
        Piece(stream, decode(kept_part(folder / stream, start, length)))
        for stream, start, length in reversed(spans)
    )
    shown = sum(length for _, _, length in spans)
    cut = f"the last {size(shown)} of {size(total)}; all of it is in {folder}"
    return Kept(pieces, cut if shown < total else "")


def _order(folder: Path) -> list[tuple[Name, int]]:
    """The pieces' streams and lengths, as far back as is ever shown."""
    length = kept_length(folder / ORDER)
    start = max(length - _ORDER_CAP, 0)
    lines = kept_part(folder / ORDER, start, length - start).split(b"\n")
    entries: list[tuple[Name, int]] = []
    for line in lines[1:] if start else lines:
        word, _, number = line.partition(b" ")
        if word in NAMES and number.isdigit():
            entries.append((NAMES[word], int(number)))
    return entries


def kept_length(path: Path) -> int:
    """Bytes of a kept stream; 0 where there is none."""
    try:
        with open_regular(path) as file:
            return os.fstat(file.fileno()).st_size
    except UnreadableError:
        return 0


def kept_part(path: Path, start: int, length: int) -> bytes:
    """Bytes of a kept stream, as far as they are there."""
    if length <= 0:
        return b""
    try:
        with open_regular(path) as file:
            return os.pread(file.fileno(), length, start)
    except (UnreadableError, OSError):
        return b""
