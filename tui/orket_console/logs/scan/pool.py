"""Worker processes that share the spans of a scan."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any, Final, Self

from orket_console.base.errors import ConsoleError
from orket_console.base.text import decode, shorten
from orket_console.logs.scan.job import Job
from orket_console.logs.scan.reading import Outcome
from orket_console.logs.scan.spans import Span
from orket_console.logs.scan.wire import Failed, Finished, Inbox, Progress, packed

WORKERS: Final = 2
_LOOK: Final = 0.05
"""Seconds between two looks at whether to stop."""
_AHEAD: Final = 16
"""Spans that may be taken up beyond the one whose result is awaited: each is in memory."""
_PIPE: Final = 1 << 18
_MODULE: Final = "orket_console.logs.scan.worker"


class StoppedError(Exception):
    """The scan was stopped by whom it was for; nothing of it goes on."""


class Pool:
    """As many processes as are of use, until it is left. Raises `OSError` if none can be had."""

    def __init__(self, job: Job[Any], spans: Sequence[Span]) -> None:
        self._spans = spans
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        try:
            for _ in range(min(WORKERS, len(spans))):
                self._workers.append(_Worker(job, spans))
        except BaseException:
            self.__exit__()
            raise
        for worker in self._workers:
            self._selector.register(worker.output, selectors.EVENT_READ, worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for worker in self._workers:
            worker.end()

    def outcomes(
        self, done: Callable[[int], None], stop: Callable[[], bool]
    ) -> Iterator[Outcome[Any]]:
        """The outcome of each span, in order; `done` is told of bytes as they are read.

        Raises `StoppedError`, and `ConsoleError` for what a job raised or a worker that died.
        """
        idle = deque(self._workers)
        ready: dict[int, Outcome[Any]] = {}
        started = 0
        for wanted in range(len(self._spans)):
            while wanted not in ready:
                while idle and started < min(len(self._spans), wanted + _AHEAD):
                    idle.popleft().start(started)
                    started += 1
                for worker, outcome in self._received(done):
                    ready[worker.index] = outcome
                    idle.append(worker)
                if stop():
                    raise StoppedError
            yield ready.pop(wanted)

    def _received(self, done: Callable[[int], None]) -> Iterator[tuple[_Worker, Outcome[Any]]]:
        for key, _ in self._selector.select(_LOOK):
            if finished := key.data.receive(done):
                yield key.data, finished.outcome


class _Worker:
    """One process, and the span it has in hand."""

    def __init__(self, job: Job[Any], spans: Sequence[Span]) -> None:
        self.index = -1
        self._spans = spans
        self._told = 0
        self._inbox = Inbox()
        self._first = packed(sys.path) + packed(job)
        self._errors = TemporaryFile()  # noqa: SIM115 (closed in `end`)
        inward, self._input = os.pipe()
        self.output, outward = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                # -P: an installation's own json.py would be found first in the current folder.
                [sys.executable, "-P", "-m", _MODULE],
                stdin=inward,
                stdout=outward,
                stderr=self._errors,
                pass_fds=sorted({span.log.fd for span in spans}),
            )
        except BaseException:
            os.close(self._input)
            os.close(self.output)
            self._errors.close()
            raise
        finally:
            os.close(inward)
            os.close(outward)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()
        os.close(self._input)
        os.close(self.output)

    def start(self, index: int) -> None:
        """Send the span of that index. Raises `ConsoleError` where nobody is there to take it."""
        self.index, self._told = index, 0
        rest = memoryview(self._first + packed(self._spans[index]))
        self._first = b""
        try:
            while rest:
                rest = rest[os.write(self._input, rest) :]
        except BrokenPipeError as error:
            raise self._death() from error

    def receive(self, done: Callable[[int], None]) -> Finished | None:
        """What came over the pipe. Raises `ConsoleError` for a failure or the process's end."""
        received = os.read(self.output, _PIPE)
        if not received:
            raise self._death()
        for message in self._inbox.feed(received):
            if isinstance(message, Failed):
                raise failure(message.error, self._spans[self.index])
            if isinstance(message, Finished):
                self._tell(done, self._spans[self.index].size)
                return message
            if isinstance(message, Progress):
                self._tell(done, message.done)
        return None

    def _tell(self, done: Callable[[int], None], so_far: int) -> None:
        done(so_far - self._told)
        self._told = so_far

    def _death(self) -> ConsoleError:
        self._process.kill()
        self._process.wait()
        self._errors.seek(0)
        said = decode(self._errors.read(_PIPE)).strip().rpartition("\n")[2]
        status = self._process.returncode
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        return failure(f"a worker process ended ({how}){': ' + said if said else ''}", None)


def failure(error: str, span: Span | None) -> ConsoleError:
    """The error of a scan that can't go on."""
    return ConsoleError(
        f"the log could not be read through: {shorten(error, 300)}",
        where=span.log.name if span else "",
        remedy="try again; if it stays, report it with this line",
    )
