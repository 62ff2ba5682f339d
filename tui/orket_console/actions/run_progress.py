"""How far pytest has come in an action that runs, read from what is kept of its output."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from orket_console.actions.kept import kept_part
from orket_console.actions.progress import PytestProgress, TestProgress

_AT_ONCE: Final = 1 << 20
"""Bytes that one look takes on."""


class RunProgress:
    """Reads `stdout` in an action's folder as it grows. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "stdout"
        self._at = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._progress = PytestProgress()

    def look(self) -> TestProgress:
        """What its output has told so far. Never waits; takes on 1 MiB at most."""
        if content := kept_part(self._path, self._at, _AT_ONCE):
            self._at += len(content)
            self._progress.feed(self._decoder.decode(content))
        return self._progress.seen
