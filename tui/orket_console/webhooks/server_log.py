"""The webhook server's own words: the end of `<root>/orket.log`, or a window further up.

The log that the runbook names, `workspace/default/orket.log`, has none of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from orket_console.base.events import Event, Malformed, decode_event
from orket_console.base.files import open_regular
from orket_console.base.lines import LineSplitter
from orket_console.base.refs import LogRef
from orket_console.target.target import Target

WINDOW: Final = 4 << 20
"""Bytes that are read at a time, from the end back."""
OVERLAP: Final = 1 << 18
"""Bytes read beyond a window's end, for what is said later of a delivery within it; and the
stretch at its beginning in which a line may belong to a delivery further up."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that follow one another and are no records; `ref` is the first."""

    ref: LogRef
    lines: int


@dataclass(frozen=True, slots=True)
class Window:
    """The events of one stretch of the log, each with its place.

    Deliveries that begin at or after `end` belong to a later window. `start` is 0 when
    nothing lies before it.
    """

    events: tuple[tuple[LogRef, Event], ...]
    start: int
    end: int
    malformed: tuple[Stretch, ...]


def read_window(target: Target, before: int | None, window: int = WINDOW) -> Window:
    """The last `window` bytes, or those below `before`. Raises `UnreadableError`."""
    path = target.layout.server_log
    with open_regular(path) as file:
        length = os.fstat(file.fileno()).st_size
        end = length if before is None else min(before, length)
        start = max(end - window, 0)
        # A window that opens inside a line leaves that line to the window before it; the byte
        # above tells whether it does.
        above = max(start - 1, 0)
        raw = os.pread(file.fileno(), min(end + OVERLAP, length) - above, above)
    skip = raw.find(b"\n") + 1 if start else 0
    events: list[tuple[LogRef, Event]] = []
    bad: list[Stretch] = []
    was_bad = False
    for number, line in enumerate(LineSplitter(above + skip).feed(raw[skip:]), 1):
        event = decode_event(line.raw)
        ref = LogRef(str(path), line.offset, None if start else number)
        if not isinstance(event, Malformed):
            events.append((ref, event))
        elif line.offset < end:
            if was_bad:
                bad[-1] = Stretch(bad[-1].ref, bad[-1].lines + 1)
            else:
                bad.append(Stretch(ref, 1))
        was_bad = isinstance(event, Malformed)
    return Window(tuple(events), start, end, tuple(bad))
