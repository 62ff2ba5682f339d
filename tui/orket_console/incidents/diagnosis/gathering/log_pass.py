"""The logs as the rules want them, by the failure report's own pass over each.

What was read is kept: a log that grew is read on, and one that is as it was costs a stat. Of
a large log the end comes first, and how much older was not read is told. Of what was rotated
away from a log the newest part is read as well.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from orket_console.base.clock import parse_time
from orket_console.base.files import Unreadable, UnreadableError
from orket_console.base.refs import LogRef
from orket_console.base.text import one_line, shorten
from orket_console.incidents.diagnosis.facts import Begun, LogFacts, LogSeen, Moment
from orket_console.logs.report.found import Found, MomentKey
from orket_console.logs.report.groups import Alike
from orket_console.logs.report.moments import MomentJob
from orket_console.logs.rotation import generations
from orket_console.logs.scan.scan import ProgressOf, Stop, each
from orket_console.logs.scan.spans import Log, Span, open_log, spans_of
from orket_console.target.layout import Layout

AT_ONCE: Final = 16 << 20
"""Bytes of each log that are read without being asked for: no process is started for them."""
_BLOCK: Final = 1 << 16
_FINGERPRINT: Final = 1 << 10
_MOST_ENDED: Final = 50_000
_JOB: Final = MomentJob()
_OLDER: Final = MomentJob(most=100)
"""Of what is long past less is kept: it would cost more to carry about than to find."""


@dataclass(slots=True)
class _Kept:
    """What was found between `start` and `end` of one file; `print` is of the bytes before.

    `ended` are turns that ended in it: one may have begun before the log was rotated.
    """

    device: int
    inode: int
    start: int
    end: int
    print: int
    found: Found
    problem: str = ""
    ended: set[str] = field(default_factory=set)


def own_logs(layout: Layout) -> dict[str, Path]:
    """The run log and the server log of an installation, by the names an operator knows."""
    return {layout.shown(path): path for path in (layout.run_log, layout.server_log)}


class LogPass:
    """Reads some logs, by name. For one thread at a time."""

    def __init__(self, logs: Mapping[str, Path], most: int = AT_ONCE) -> None:
        self._logs = logs
        self._most = most
        self._kept: dict[tuple[int, int], _Kept] = {}

    def read(
        self,
        *,
        whole: bool = False,
        progress: ProgressOf | None = None,
        stop: Stop | None = None,
    ) -> LogFacts:
        """What the logs tell up to now; with `whole` from their beginnings on.

        Never raises for a log that can't be read: its `problem` says so. Raises `StoppedError`
        when `stop` says so, and `ConsoleError` where a scan's process failed.
        """
        logs: list[LogSeen] = []
        read: list[tuple[str, Path, _Kept]] = []
        for name, path in self._generations():
            try:
                with open_log(path, name) as log:
                    kept = self._read_one(log, progress, stop, whole=whole)
            except UnreadableError as error:
                logs.append(_unread(path, name, error))
                continue
            logs.append(_seen(path, log, kept))
            read.append((name, path, kept))
        self._kept = {(kept.device, kept.inode): kept for _, _, kept in read}
        ended = set[str]().union(*(kept.ended for _, _, kept in read))
        return LogFacts(
            tuple(logs),
            tuple(moment for one in read for moment in _moments(*one)),
            tuple(begun for _, path, kept in read for begun in _begun(path, kept, ended)),
        )

    def _generations(self) -> Iterator[tuple[str, Path]]:
        """Each log behind the newest part that was rotated away from it, if there is one."""
        for name, path in self._logs.items():
            older = [one.path for one in generations(path) if one.path != path]
            for before in older[-1:]:
                yield name.removesuffix(path.name) + one_line(before.name), before
            yield name, path

    def _read_one(
        self, log: Log, progress: ProgressOf | None, stop: Stop | None, *, whole: bool
    ) -> _Kept:
        log = replace(log, size=_ended(log))
        info = os.fstat(log.fd)
        kept = self._kept.get((info.st_dev, info.st_ino))
        if kept is None or not _goes_on(kept, log):
            start = 0 if log.packed or log.size <= self._most else _line_at(log, self._most)
            kept = _Kept(info.st_dev, info.st_ino, start, start, 0, Found())
        if kept.end < log.size:
            found, problem = _scanned(_JOB, spans_of(log, kept.end), progress, stop)
            if len(kept.ended) < _MOST_ENDED:
                kept.ended |= found.ended
            kept.found = _JOB.merge(kept.found, found)
            kept.end, kept.problem = log.size, problem
            kept.print = fingerprint(log, kept.end)
        if whole and kept.start:
            older = spans_of(replace(log, size=kept.start))
            found, problem = _scanned(_OLDER, older, progress, stop)
            kept.found = _JOB.merge(found, kept.found)
            kept.start, kept.problem = 0, kept.problem or problem
        return kept


def _scanned(
    job: MomentJob, spans: list[Span], progress: ProgressOf | None, stop: Stop | None
) -> tuple[Found, str]:
    found, problem = Found(), ""
    with closing(each(spans, job, progress, stop)) as outcomes:
        for outcome in outcomes:
            if job is _JOB:
                found.ended |= outcome.result.ended
            found = job.merge(found, outcome.result)
            problem = problem or outcome.problem
    return found, problem


def _goes_on(kept: _Kept, log: Log) -> bool:
    """Whether the file is the one that was read, with more at its end at most."""
    return kept.end <= log.size and not log.packed and fingerprint(log, kept.end) == kept.print


def fingerprint(log: Log, end: int) -> int:
    """Of what stands right before `end`: another once the file was written anew."""
    start = max(end - _FINGERPRINT, 0)
    return zlib.crc32(os.pread(log.fd, end - start, start))


def _ended(log: Log) -> int:
    """Where the log's last whole line ends: one half written is read once it is whole."""
    at = log.size
    while at > 0 and not log.packed:
        start = max(at - _BLOCK, 0)
        newline = os.pread(log.fd, at - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        at = start
    return at


def _line_at(log: Log, most: int) -> int:
    """Where the last `most` bytes begin, at the beginning of a line."""
    return spans_of(log, 0, log.size - most)[0].end


def _unread(path: Path, name: str, error: UnreadableError) -> LogSeen:
    missing = error.reason is Unreadable.MISSING
    detail = f" {error.detail}" if error.detail else ""
    return LogSeen(name, str(path), f"{error.reason}{detail}", missing, 0, 0, 0, 0, None, None)


def _seen(path: Path, log: Log, kept: _Kept) -> LogSeen:
    found = kept.found
    return LogSeen(
        name=log.name,
        path=str(path),
        problem=kept.problem,
        missing=False,
        size=log.size,
        unread=kept.start,
        lines=found.lines,
        malformed=found.malformed_count,
        first_at=parse_time(found.times.first),
        last_at=parse_time(found.times.last),
    )


def _moments(name: str, path: Path, kept: _Kept) -> Iterable[Moment]:
    for key, alike in kept.found.moments.items():
        yield _moment(path, name, key, alike, whole=not kept.start)


def _moment(path: Path, name: str, key: MomentKey, alike: Alike, *, whole: bool) -> Moment:
    def ref(line: int, offset: int) -> LogRef:
        return LogRef(str(path), offset, line + 1 if whole else None)

    return Moment(
        log=name,
        event=key.event,
        kind=key.kind,
        words=shorten(key.words, 240),
        session=key.session,
        issue=key.issue,
        turn=key.turn,
        role=key.role,
        count=alike.count,
        first_at=parse_time(alike.first[1]) if alike.first else None,
        last_at=parse_time(alike.last[1]) if alike.last else None,
        refs=tuple(ref(line, offset) for line, offset in alike.lines),
        newest=ref(alike.last[0], alike.last[2]) if alike.last else None,
    )


def _begun(path: Path, kept: _Kept, ended: Container[str]) -> Iterable[Begun]:
    """Turns that did not end, in a later part of the log either."""
    for key, turn in kept.found.open_turns.items():
        if key in ended:
            continue
        line = None if kept.start else turn.line + 1
        ref = LogRef(str(path), turn.offset, line)
        at = parse_time(turn.time)
        yield Begun(turn.session, turn.issue, turn.index, turn.role, at, ref)
