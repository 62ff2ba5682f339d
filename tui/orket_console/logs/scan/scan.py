"""Reading logs through from end to end, beside whatever else the console does.

`scan` gives one result a log; `each` gives one a span, as they come, in the order asked for.
Logs of some size are read by worker processes, so that the interpreter that draws the screen
stays free; small ones in the caller's thread, which is quicker than starting a process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic

from orket_console.base.errors import ConsoleError
from orket_console.logs.scan.job import Job, R
from orket_console.logs.scan.pool import Pool, StoppedError, failure
from orket_console.logs.scan.reading import Outcome, run
from orket_console.logs.scan.spans import Log, Span, spans_of

SMALL: Final = 32 << 20
"""Bytes up to which no process is started."""

ProgressOf = Callable[[int, int], None]
"""Told of bytes done, and of all there are; in the thread that scans."""
Stop = Callable[[], bool]
"""Whether to stop; asked at least every 50 ms, in the thread that scans."""


@dataclass(frozen=True, slots=True)
class Scanned(Generic[R]):
    """What a job found in one log.

    `problem` says why the log was not read to its end, and `result` is what came before;
    it is empty for a log that was read as a whole.
    """

    log: Log
    result: R
    problem: str


def scan(
    logs: Sequence[Log],
    job: Job[R],
    progress: ProgressOf | None = None,
    stop: Stop | None = None,
    small: int | None = None,
) -> list[Scanned[R]]:
    """`job` on each log, in the logs' order. `small` as for `each`.

    Raises `StoppedError` when `stop` says so, `ConsoleError` for what the job raised and for a
    worker process that died. Neither leaves a process behind.
    """
    cut = [spans_of(log) for log in logs]
    outcomes = each([span for spans in cut for span in spans], job, progress, stop, small)
    found = []
    for log, spans in zip(logs, cut, strict=True):
        result, problem = job.begin().result(), ""
        for outcome in islice(outcomes, len(spans)):
            result = job.merge(result, outcome.result)
            problem = problem or outcome.problem
        found.append(Scanned(log, result, problem and f"{log.name} {problem}"))
    return found


def each(
    spans: Sequence[Span],
    job: Job[R],
    progress: ProgressOf | None = None,
    stop: Stop | None = None,
    small: int | None = None,
) -> Generator[Outcome[R], None, None]:
    """`job` on each span, in the order of `spans`: reversed ones begin at a log's end.

    No process is started for up to `small` bytes in all; `SMALL`, unless the job is one that
    seldom holds the interpreter.

    Whoever has enough leaves the iterator (close it: `contextlib.closing`), which ends the
    workers. Raises as `scan`.
    """
    tally = _Tally(sum(span.size for span in spans), progress)
    asked = stop or (lambda: False)
    if tally.total > (SMALL if small is None else small):
        try:
            pool = Pool(job, spans)
        except OSError:
            pass  # A machine that is out of processes: do without.
        else:
            with pool:
                yield from pool.outcomes(tally.add, asked)
            return
    for span in spans:
        yield _here(job, span, tally, asked)


def _here(job: Job[R], span: Span, tally: _Tally, stop: Stop) -> Outcome[R]:
    before = tally.done

    def done(so_far: int) -> None:
        tally.add(before + so_far - tally.done)
        if stop():
            raise StoppedError

    try:
        return run(job, span, done)
    except (StoppedError, ConsoleError):
        raise
    except Exception as error:
        raise failure(f"{type(error).__name__}: {error}", span) from error


class _Tally:
    """Bytes done of all."""

    def __init__(self, total: int, progress: ProgressOf | None) -> None:
        self.total = total
        self.done = 0
        self._progress = progress

    def add(self, count: int) -> None:
        self.done += count
        if self._progress and count:
            self._progress(self.done, self.total)
