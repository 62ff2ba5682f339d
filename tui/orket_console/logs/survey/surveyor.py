"""Keeps the counts of several logs up to date, reading each byte of them once.

A log's end is counted first, since that is where an incident is; the rest of a large one is
when it is asked for. What is written afterwards is counted by reading on, so nothing depends
on who else follows the logs or how fast.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from orket_console.base.files import Unreadable, UnreadableError, open_regular
from orket_console.logs.filter import Filter
from orket_console.logs.fingerprint import Fingerprint
from orket_console.logs.history import source_of
from orket_console.logs.rotation import Identity, all_generations
from orket_console.logs.scan.scan import SMALL, each
from orket_console.logs.scan.spans import SPAN, Log, Span, log_of, spans_of
from orket_console.logs.sources import Source
from orket_console.logs.survey.counts import Counts
from orket_console.logs.survey.job import SurveyJob

AT_ONCE: Final = SMALL
"""Bytes that are counted without being asked for: no process is started, nothing waits."""
_BLOCK: Final = 1 << 16
_HEAD: Final = 256
_MOST_HEADS: Final = 256

Told = Callable[[int, int], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of how many logs was counted, in bytes.

    `problems` name what could not be, `missing` are logs that are not there.
    """

    done: int = 0
    total: int = 0
    logs: int = 0
    problems: tuple[str, ...] = ()
    missing: tuple[Source, ...] = ()

    @property
    def whole(self) -> bool:
        return self.done >= self.total


class Surveyor:
    """What `wanted` wants of some logs. For one thread at a time."""

    def __init__(
        self, wanted: Filter, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self.counts = Counts()
        self.extent = Extent()
        self._wanted = wanted
        self._since = since
        self._until = until
        self._counted: dict[Identity, _Counted] = {}
        self._heads: deque[bytes] = deque(maxlen=_MOST_HEADS)
        self._problems: tuple[str, ...] = ()
        self._missing: tuple[Source, ...] = ()

    def read_on(
        self, sources: Sequence[Source], stop: Stop | None = None, most: int = SPAN
    ) -> bool:
        """Count what was written since; of logs met for the first time, their ends.

        Of each log at most about `most` bytes if that is less than a span: what is left is
        counted next time. Whether there was anything. Raises `StoppedError`: what was counted
        stays so.
        """
        lines = self.counts.lines
        with ExitStack() as stack:
            logs = self._open(sources, stack)
            for each_log, counted in logs:
                log = each_log.log
                spans = spans_of(log, counted.end, most) if counted.end < log.size else []
                if most < SPAN:
                    spans = spans[:1]
                if spans and counted.end == counted.start:
                    self._heads.append(_head(log))
                for span in self._scan(each_log, spans, stop):
                    counted.read_to(log.fd, span.end)
            self._measure(logs)
        return self.counts.lines != lines

    def read_all(
        self, sources: Sequence[Source], stop: Stop | None = None, told: Told | None = None
    ) -> None:
        """Count everything that was left out before. Raises `StoppedError` as `read_on`."""
        self.read_on(sources, stop)
        with ExitStack() as stack:
            logs = self._open(sources, stack)
            total, before = sum(counted.start for _, counted in logs), 0
            for each_log, counted in logs:
                left = counted.start
                spans = spans_of(replace(each_log.log, size=left))[::-1]
                for span in self._scan(each_log, spans, stop, _part(told, before, total)):
                    counted.start = span.start
                before += left
            self._measure(logs)

    def _open(self, sources: Sequence[Source], stack: ExitStack) -> list[tuple[_Log, _Counted]]:
        """The logs that can be read, up to their last whole line, each once."""
        found: dict[Identity, _Log] = {}
        problems = []
        self._missing = ()
        for source in _with_older(sources):
            try:
                file = stack.enter_context(open_regular(source.path))
                log = log_of(file.fileno(), source.name)
                found.setdefault(_identity(log), _Log(source, replace(log, size=_ended(log))))
            except UnreadableError as error:
                if error.reason is Unreadable.MISSING:
                    self._missing += (source,)
                else:
                    problems.append(f"{source.name}: {error.reason}")
            except OSError as error:
                problems.append(f"{source.name}: {error.strerror or error}")
        self._problems = tuple(problems)
        self._begin({identity: each.log for identity, each in found.items()})
        return [(each, self._counted[identity]) for identity, each in found.items()]

    def _begin(self, found: dict[Identity, Log]) -> None:
        """Where to begin in logs that are new, or that were cleared.

        Packed ones are old, and wait until all is wanted; one that was counted before it was
        packed is told by its first bytes.
        """
        new = {}
        for identity, log in found.items():
            counted = self._counted.get(identity)
            if counted is None:
                new[identity] = log
            elif not counted.print.holds(log.fd):
                self._counted[identity] = _Counted(log.fd, 0)
        shares = _shares([log.size for log in new.values()], AT_ONCE)
        for (identity, log), share in zip(new.items(), shares, strict=True):
            counted = _Counted(log.fd, log.size if log.packed else _start(log, share))
            if log.packed and _head(log).startswith(tuple(self._heads)):
                counted.start = 0
            self._counted[identity] = counted

    def _scan(
        self, each_log: _Log, spans: Sequence[Span], stop: Stop | None, told: Told | None = None
    ) -> Iterator[Span]:
        """Each span, once it is counted."""
        job = SurveyJob(self._wanted, each_log.source, self._since, self._until)
        for span, outcome in zip(spans, each(spans, job, told, stop), strict=True):
            self.counts.add(outcome.result)
            if outcome.problem:
                self._problems += (f"{each_log.source.name} {outcome.problem}",)
            yield span

    def _measure(self, logs: Sequence[tuple[_Log, _Counted]]) -> None:
        done = sum(counted.end - counted.start for _, counted in logs)
        total = sum(each.log.size for each, _ in logs)
        self.extent = Extent(done, total, len(logs), self._problems, self._missing)


@dataclass(frozen=True, slots=True)
class _Log:
    source: Source
    log: Log


class _Counted:
    """What was counted of a log: from `start` to `end`, both where lines begin."""

    __slots__ = ("end", "print", "start")

    def __init__(self, fd: int, start: int) -> None:
        self.start = start
        self.read_to(fd, start)

    def read_to(self, fd: int, end: int) -> None:
        self.end = end
        self.print = Fingerprint(fd, end)


def _with_older(sources: Sequence[Source]) -> Iterator[Source]:
    """Each log, and what was rotated away from it."""
    for source in sources:
        yield source
        if source.alone:
            continue
        for generation in all_generations(Path(source.path)):
            if str(generation.path) != source.path:
                yield source_of(generation.path, source)


def _head(log: Log) -> bytes:
    """A log's first bytes, unpacked."""
    if not log.packed:
        return os.pread(log.fd, _HEAD, 0)
    try:
        return zlib.decompressobj(wbits=31).decompress(os.pread(log.fd, _BLOCK, 0), _HEAD)
    except zlib.error:
        return b""


def _identity(log: Log) -> Identity:
    status = os.fstat(log.fd)
    return status.st_dev, status.st_ino


def _ended(log: Log) -> int:
    """Where the log's last whole line ends; a packed one is taken as it is."""
    at = log.size
    while at > 0 and not log.packed:
        start = max(at - _BLOCK, 0)
        newline = os.pread(log.fd, at - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        at = start
    return at


def _start(log: Log, share: int) -> int:
    """Where the last `share` bytes begin, at the beginning of a line."""
    return 0 if share >= log.size else spans_of(log, 0, log.size - share)[0].end


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """`most` shared out, so that small logs are had whole and large ones get alike."""
    shares = [0] * len(sizes)
    for place, index in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[index] = min(sizes[index], most // (len(sizes) - place))
        most -= shares[index]
    return shares


def _part(told: Told | None, before: int, total: int) -> Told | None:
    return (lambda done, _: told(before + done, total)) if told else None
