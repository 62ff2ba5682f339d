"""The process under which an action runs, so that it outlives the console that started it.

`python -m orket_console.actions.supervisor` with a `Job` on stdin. It answers one line on
stdout: empty once the action runs, else why it does not. It leaves its parent at once, has a
session of its own, inherits the action's locks, and keeps the record and the output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from orket_console.actions.audit import record_end
from orket_console.actions.job import Job, decoded, text
from orket_console.actions.processes import MARK
from orket_console.actions.records import Record, completed, save
from orket_console.actions.reports import Watch
from orket_console.actions.streams import Keeper
from orket_console.actions.supervision import Spawned, Supervision
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.base.clock import SystemClock
from orket_console.base.text import one_line


def main() -> None:
    """Read the job, part from the console, and stay with the action to its end."""
    job = decoded(sys.stdin.buffer.read())
    if os.fork():
        os._exit(0)
    asyncio.run(_supervised(job, _answerer()))


def _answerer() -> Callable[[str], None]:
    """Says one line to the console, if that is still there, and lets go of it."""
    pipe: BinaryIO = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, sys.stdin.fileno())
    os.dup2(nothing, sys.stdout.fileno())

    def answer(line: str) -> None:
        with contextlib.suppress(OSError), pipe:
            pipe.write(f"{one_line(line)}\n".encode("utf-8", "replace"))

    return answer


async def _supervised(job: Job, answer: Callable[[str], None]) -> None:
    folder = Path(text(job.folder))
    watch = Watch(Path(text(job.cwd)), text(job.report))
    began = time.monotonic()
    try:
        keeper, process = _spawned(job, folder)
    except (OSError, ValueError) as error:
        reason = f"could not be started: {error}"
        # Where the disk is full, the answer says it alone.
        record = _never_ran(job, reason)
        with contextlib.suppress(OSError):
            save(folder, record)
        with contextlib.suppress(OSError):
            record_end(Path(text(job.audit)), record, {})
        answer(reason)
        return
    supervision = Supervision(job, folder, Spawned(process, keeper, watch, began))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, supervision.quit)
    for number in (signal.SIGHUP, signal.SIGINT):
        # Handled, not ignored: what is ignored stays so in every process that is started.
        loop.add_signal_handler(number, lambda: None)
    await supervision.watch(lambda: answer(""))


def _never_ran(job: Job, reason: str) -> Record:
    return completed(
        job.record,
        Judgement(Verdict.FAILED, reason),
        job.redactor(),
        ended=SystemClock().now(),
        seconds=0.0,
        exit_status=None,
    )


def _spawned(job: Job, folder: Path) -> tuple[Keeper, subprocess.Popen[bytes]]:
    """The process, and the files that its output will go to."""
    keeper = Keeper(folder)
    try:
        return keeper, _spawn(job)
    except BaseException:
        keeper.close()
        raise


def _spawn(job: Job) -> subprocess.Popen[bytes]:
    """In a session of its own, so no terminal is in its reach, and with nothing to read."""
    environment = {text(name): text(value) for name, value in job.environment}
    return subprocess.Popen(  # noqa: S603  a list from the catalogue, never a shell
        [text(argument) for argument in job.argv],
        cwd=text(job.cwd),
        env={**environment, MARK: job.record.id},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )


if __name__ == "__main__":
    main()
