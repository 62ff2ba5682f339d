"""The processes of an action, found wherever they went, and stopped.

A child that called `setsid` is in no process group of ours, and one whose parent ended is no
descendant of the action's first process. Each carries the action's mark in its environment,
though, and one that cleaned its environment is its supervisor's child where Linux gives it that,
so all three are looked for: the descendants, the marked, and the adopted.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import psutil

from orket_console.base.text import shorten

MARK: Final = "ORKET_CONSOLE_ACTION"
"""Holds the action's id, so that its processes are found whatever session they moved to."""
GRACE: Final = 5.0
"""Seconds between TERM and KILL."""
_AFTER_KILL: Final = 2.0
_LOOK: Final = 0.05
_ROUNDS: Final = 3


def of_action(mark: str, pid: int) -> list[psutil.Process]:
    """The living processes of the action: `pid`, its descendants, and all that carry `mark`."""
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        found |= {p.pid: p for p in (first, *first.children(recursive=True))}
    for process in psutil.process_iter():
        if process.pid not in found and _has_mark(process, mark):
            found[process.pid] = process
    return [process for process in found.values() if lives(process)]


def named(processes: Iterable[psutil.Process]) -> tuple[str, ...]:
    """Each process as `4127 sleep 60`."""
    return tuple(f"{process.pid} {_words(process)}" for process in processes)


def stop(
    look: Callable[[], list[psutil.Process]],
    hurry: Callable[[], bool],
    grace: float = GRACE,
    pause: Callable[[float], object] = time.sleep,
) -> tuple[str, ...]:
    """TERM to every process of an action, after `grace` seconds KILL; who survived, named.

    `look` finds those that live; it is asked again after each round, since what is being stopped
    may still have started something. `hurry` is asked while waiting: true ends the grace. `pause`
    waits so many seconds.
    """
    number = signal.SIGTERM
    for _ in range(_ROUNDS):
        found = look()
        if not found:
            return ()
        for process in found:
            # Gone meanwhile, or not ours to signal: the next look tells which.
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)
        gentle = number is signal.SIGTERM
        seconds, stop_waiting = (grace, hurry) if gentle else (_AFTER_KILL, _never)
        _wait(found, seconds, stop_waiting, pause)
        number = signal.SIGKILL
    return named(look())


def _never() -> bool:
    return False


def _wait(
    processes: list[psutil.Process],
    seconds: float,
    hurry: Callable[[], bool],
    pause: Callable[[float], object],
) -> None:
    """Wait until all have ended, at most `seconds`.

    Looked at, not waited for: psutil's wait would take our own child's exit status from us.
    """
    end = time.monotonic() + seconds
    while any(lives(process) for process in processes):
        if hurry() or time.monotonic() >= end:
            return
        pause(_LOOK)


def lives(process: psutil.Process) -> bool:
    """Whether it runs still; one that nobody has waited for yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def _has_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _words(process: psutil.Process) -> str:
    try:
        program, *arguments = process.cmdline() or [process.name()]
        # Without its folder, which would leave no room for what tells two apart.
        return shorten(" ".join([Path(program).name, *arguments]), 60)
    except psutil.Error:
        return "?"
