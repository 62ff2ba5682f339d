"""Processes that a run of this installation could be at work in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import psutil

from orket_console.base.text import one_line, shorten

_OURS: Final = ("orket-console", "orket_console")
_LONGEST: Final = 60


class Process(msgspec.Struct, frozen=True):
    pid: int
    command: str
    started: datetime

    def __str__(self) -> str:
        return f"pid {self.pid}"


def processes_of(root: Path) -> tuple[Process, ...] | None:
    """Python processes that work in `root` or name a path in it; None where the host tells none.

    Source: the host's process table, by psutil. The console itself does not count.
    """
    found: list[Process] = []
    try:
        for process in psutil.process_iter(("pid", "cmdline", "cwd", "create_time")):
            about = process.info
            command: Sequence[str] = about["cmdline"] or ()
            if _is_python(command) and _belongs(command, about["cwd"] or "", str(root)):
                started = datetime.fromtimestamp(about["create_time"] or 0, UTC)
                shown = shorten(one_line(" ".join(command)), _LONGEST)
                found.append(Process(about["pid"], shown, started))
    except (psutil.Error, OSError):
        return None
    return tuple(sorted(found, key=lambda process: process.started))


def _is_python(command: Sequence[str]) -> bool:
    """Orket runs in Python; a shell or an editor in the root runs no turn."""
    if not command or any(name in word for name in _OURS for word in command):
        return False
    name = os.path.basename(command[0])  # noqa: PTH119  a word of a command line, not a path
    return name.startswith(("python", "uvicorn", "gunicorn", "orket"))


def _belongs(command: Sequence[str], folder: str, root: str) -> bool:
    return any(word == root or word.startswith(f"{root}/") for word in (folder, *command))
