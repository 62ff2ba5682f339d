"""Sessions as the logs name them: who is only there, and when each was last heard of.

Source: the JSON-lines logs `orket.log` of the root and its workspaces, by `data.session_id`,
`data.run_id` and `data.runtime_event.session_id`. Lines of the API (`api_*`) name whatever
somebody asked for, and are passed over.
"""

from __future__ import annotations

import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from orket_console.base.clock import parse_time
from orket_console.base.files import UnreadableError, open_regular
from orket_console.base.text import clean
from orket_console.runs.key import is_safe_id
from orket_console.target.layout import Layout

_WITHIN: Final = 4 << 20
"""Bytes from the end of each log that are looked at, first and at each later look."""
_MOST_LOGS: Final = 8
_MOST_SESSIONS: Final = 5000


class Said(msgspec.Struct, frozen=True):
    """What the logs say of one session: between when, how many lines, and the last event."""

    first: datetime | None
    last: datetime | None
    lines: int
    event: str


class _Runtime(msgspec.Struct):
    session_id: Any = None


class _Data(msgspec.Struct):
    session_id: Any = None
    run_id: Any = None
    runtime_event: _Runtime | None = None


class _Line(msgspec.Struct):
    timestamp: str = ""
    event: str = ""
    data: _Data | None = None


class _Place(msgspec.Struct):
    inode: int
    offset: int


_decode = msgspec.json.Decoder(_Line).decode


class Mentions:
    """Reads the ends of the logs once, and then what they grew by. Any thread may ask."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._places: dict[Path, _Place] = {}
        self._said: dict[str, Said] = {}
        self._lock = threading.Lock()

    def read(self) -> dict[str, Said]:
        """By session; those heard of last are last. A log that can't be read says nothing."""
        with self._lock:
            for path in self._logs():
                try:
                    self._read(path)
                except (UnreadableError, OSError):
                    self._places.pop(path, None)
            while len(self._said) > _MOST_SESSIONS:
                del self._said[next(iter(self._said))]
            return dict(self._said)

    def _logs(self) -> list[Path]:
        """The two main logs, and those of other workspaces that were written to last."""
        logs = [path for path in self._layout.logs() if path.name == "orket.log"]
        others = sorted(logs[2:], key=_modified, reverse=True)
        return logs[:2] + others[: _MOST_LOGS - 2]

    def _read(self, path: Path) -> None:
        with open_regular(path) as file:
            info = os.fstat(file.fileno())
            known = self._places.get(path)
            start = known.offset if known and known.inode == info.st_ino else 0
            if start > info.st_size:
                start = 0
            whole = start > 0 or info.st_size <= _WITHIN
            start = max(start, info.st_size - _WITHIN)
            raw = os.pread(file.fileno(), info.st_size - start, start)
        end = raw.rfind(b"\n") + 1
        if known is None or start != known.offset:
            # It opens in the middle of a line, unless the log is looked at from its beginning.
            begin = 0 if whole and start == 0 else raw.find(b"\n") + 1
        else:
            begin = 0
        for line in raw[begin:end].split(b"\n"):
            self._take(line)
        self._places[path] = _Place(info.st_ino, start + end)

    def _take(self, raw: bytes) -> None:
        try:
            line = _decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        session = _session(line.data) if line.data and not line.event.startswith("api_") else ""
        if not session:
            return
        at = parse_time(line.timestamp)
        before = self._said.pop(session, None)
        first = before.first if before and before.first else at
        last = max(filter(None, (at, before.last if before else None)), default=None)
        lines = before.lines + 1 if before else 1
        self._said[session] = Said(first, last, lines, clean(line.event))


def _session(data: _Data) -> str:
    runtime = data.runtime_event.session_id if data.runtime_event else None
    for value in (data.session_id, runtime, data.run_id):
        if isinstance(value, str) and is_safe_id(value):
            return value
    return ""


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
