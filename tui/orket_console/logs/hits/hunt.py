"""A filter searched for in whole logs, in a thread of its own, from where it is read on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from orket_console.base.text import one_line
from orket_console.logs.filter import Filter
from orket_console.logs.history import View
from orket_console.logs.hits.hitmap import HitMap
from orket_console.logs.hits.hunted import Hunted
from orket_console.logs.hits.job import HitJob
from orket_console.logs.pages import end_of_lines
from orket_console.logs.rotation import Identity
from orket_console.logs.scan.pool import StoppedError
from orket_console.logs.scan.scan import each
from orket_console.logs.scan.spans import Log, spans_of
from orket_console.logs.sources import Form

_MOST: Final = 128
"""Logs of one hunt that are held open."""


@dataclass(slots=True)
class _Log:
    name: str
    fd: int
    hits: HitMap


class Hunt:
    """`told` is called in the hunt's thread whenever more is known.

    What can't be searched, for whatever reason, is left to be read.
    """

    def __init__(self, wanted: Filter, told: Callable[[], None], *, older: bool) -> None:
        self.wanted = wanted
        self._told = told
        self._older = older
        self._logs: dict[Identity, _Log] = {}
        self._changed = threading.Condition()
        self._again = self._closed = False
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="orket-console-hunt", daemon=True)

    def screen(self, view: View) -> HitMap | None:
        """What is known of a view's log, which is searched from the view's place on.

        What was searched already is not again, unless the log was replaced or its place is far
        from there. None for a log whose lines are no events, which is read as a whole.
        """
        if view.source.form is not Form.EVENTS:
            return None
        found = os.fstat(view.fd)
        identity = (found.st_dev, found.st_ino)
        size = end_of_lines(view.fd, found.st_size)
        with self._changed:
            log = self._logs.get(identity)
            if log is not None and log.hits.size <= size and log.hits.covers(view.at):
                return log.hits
            if log is None and len(self._logs) >= _MOST:
                return None
            if log is not None:
                os.close(log.fd)
            hits = HitMap(size, view.at)
            self._logs[identity] = _Log(view.source.name, os.dup(view.fd), hits)
            self._again = True
            self._changed.notify()
        if self._thread.ident is None:
            self._thread.start()
        return hits

    def map_of(self, fd: int) -> HitMap | None:
        """What is known of an open log; None of one that is not searched."""
        found = os.fstat(fd)
        log = self._logs.get((found.st_dev, found.st_ino))
        return None if log is None else log.hits

    @property
    def progress(self) -> Hunted:
        maps = [log.hits for log in list(self._logs.values())]
        return Hunted(
            sum(each.searched for each in maps),
            sum(each.size for each in maps),
            sum(each.hits for each in maps),
            self._problem,
        )

    def close(self) -> None:
        """Stop searching. What is known stays known."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    # -- the thread

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._again or self._closed):
                    self._changed.wait()
                if self._closed:
                    break
                self._again = False
                logs = [_Log(log.name, os.dup(log.fd), log.hits) for log in self._logs.values()]
            try:
                self._search(logs)
            except StoppedError:
                continue
            except Exception as error:
                # Whatever it is: a search that ended in silence would be waited for.
                self._problem = one_line(str(error) or type(error).__name__)
                for log in logs:
                    log.hits.abandon()
            finally:
                for log in logs:
                    os.close(log.fd)
            self._told()
        for log in self._logs.values():
            os.close(log.fd)

    def _search(self, logs: list[_Log]) -> None:
        """One direction in all logs first, then the other."""
        for older in (self._older, not self._older):
            for log in logs:
                self._sweep(log, older=older)

    def _sweep(self, log: _Log, *, older: bool) -> None:
        low, high = log.hits.bounds
        if older:
            spans = spans_of(Log(log.name, log.fd, low))[::-1]
        else:
            spans = spans_of(Log(log.name, log.fd, log.hits.size), high)
        job = HitJob(self.wanted, log.name)
        with closing(each(spans, job, None, self._stopped, job.small)) as outcomes:
            for span, outcome in zip(spans, outcomes, strict=True):
                log.hits.add(span.start, span.end, outcome.result)
                if outcome.problem:
                    self._problem = f"{log.name} {outcome.problem}"
                self._told()

    def _stopped(self) -> bool:
        return self._closed or self._again
