"""Stopping a server: TERM, a grace, KILL, for it and all that it started; who survives is named."""

from __future__ import annotations

import contextlib
import signal
import time
from typing import Final

import psutil

from orket_console.actions.listening import Port, described
from orket_console.actions.processes import lives
from orket_console.actions.programs.program import say
from orket_console.base.errors import ConsoleError
from orket_console.base.text import shorten
from orket_console.target.servers import Server

GRACE: Final = 10.0
"""Seconds between TERM and KILL: a server ends its requests first."""
_AFTER_KILL: Final = 3.0
_LOOK: Final = 0.05


def stop(server: Server, port: Port, grace: float = GRACE) -> None:
    """End the trees of `port.own`. Raises `ConsoleError` that names what survives."""
    for first in port.own:
        say(f"stopping the {server.title}, {described(first.pid)}")
    stop_tree(port.own, grace)


def stop_tree(firsts: tuple[psutil.Process, ...], grace: float = GRACE) -> None:
    tree = [one for first in firsts for one in _tree(first)]
    _signal(tree, signal.SIGTERM)
    left = _left_after(tree, grace)
    if left:
        # What it started meanwhile goes too.
        tree = list({*left, *(one for process in left for one in _tree(process))})
        say(f"{_names(tree)} did not end within {grace:g} s of TERM: killed")
        _signal(tree, signal.SIGKILL)
        left = _left_after(tree, _AFTER_KILL)
    if left:
        raise ConsoleError(
            f"{_names(left)} survived KILL",
            remedy="it waits for the kernel, as on a dead mount, or is not yours to stop",
        )


def _tree(first: psutil.Process) -> list[psutil.Process]:
    try:
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return [first]


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        # psutil signals no other process that has got the number meanwhile. What is gone, or
        # not ours to signal, is told apart by who is left.
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _left_after(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    end = time.monotonic() + seconds
    while (left := [one for one in processes if lives(one)]) and time.monotonic() < end:
        time.sleep(_LOOK)
    return left


def _names(processes: list[psutil.Process]) -> str:
    return shorten(", ".join(f"pid {process.pid}" for process in processes), 200)
