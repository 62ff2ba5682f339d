"""What a program and all its children take of the machine."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_SAMPLED = 0.05


def cpu_seconds(pid: int) -> float:
    """User and system time of the process, of its children, and of those that ended."""
    total = 0.0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            spent = process.cpu_times()
            total += spent.user + spent.system
            total += spent.children_user + spent.children_system
    return total


def megabytes(pid: int) -> float:
    """Memory that the process and its children hold together: shared pages count once."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / (1 << 20)


@dataclass(slots=True)
class Peak:
    megabytes: float = 0.0


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """The most that the processes hold while the block runs."""
    peak, over = Peak(megabytes(pid)), threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLED):
            peak.megabytes = max(peak.megabytes, megabytes(pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def is_idle(pid: int, seconds: float, share: float = 0.1) -> bool:
    """Whether the processes take less than `share` of a core for so long."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return cpu_seconds(pid) - before < share * seconds


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
