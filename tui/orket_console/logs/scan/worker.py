"""`python -m orket_console.logs.scan.worker`: does a job on the spans that it is sent.

Standard input carries the job, then one span after another; the logs' descriptors are
inherited. It ends when its input ends, in the midst of a span too.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from orket_console.logs.scan.job import Job
from orket_console.logs.scan.reading import run
from orket_console.logs.scan.spans import Span
from orket_console.logs.scan.wire import Failed, Finished, Inbox, Progress, packed

_IN: Final = 0
_OUT: Final = 1
_TELL: Final = 4 << 20
"""Bytes between two words of progress."""


def main() -> None:
    messages = _messages()
    # As the console finds its modules, so does the job that it pickled.
    sys.path[:] = next(messages, sys.path)
    job: Job[Any] | None = next(messages, None)
    if job is None:
        return
    for span in messages:
        _send(_answer(job, span))


def _answer(job: Job[Any], span: Span) -> Finished | Failed:
    """Whatever a job raises is the caller's to know, who has no other way to see it."""
    try:
        return Finished(run(job, span, _teller()))
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}")


def _messages() -> Iterator[Any]:
    inbox = Inbox()
    while received := os.read(_IN, 1 << 16):
        yield from inbox.feed(received)


def _teller() -> Callable[[int], None]:
    told = 0
    input_ = select.poll()
    input_.register(_IN, select.POLLIN)

    def tell(done: int) -> None:
        nonlocal told
        # One span is sent at a time: anything that comes before its answer is the end.
        if input_.poll(0):
            os._exit(1)
        if done - told >= _TELL:
            told = done
            _send(Progress(done))

    return tell


def _send(message: object) -> None:
    rest = memoryview(packed(message))
    while rest:
        rest = rest[os.write(_OUT, rest) :]


if __name__ == "__main__":
    main()
