"""How far pytest has come, on stderr, instead of its output."""

from __future__ import annotations

import contextlib
import sys

import click

from orket_console.actions.durations import elapsed
from orket_console.actions.pieces import Piece
from orket_console.actions.progress import PytestProgress, TestProgress
from orket_console.base.clock import Clock


class ProgressLine:
    """Takes an action's output on; one line that changes on a terminal, else one now and then.

    Failed tests get lines of their own, as soon as they are named. `before` is how many tests
    there were the last time, `expected` how many seconds it took.
    """

    def __init__(self, clock: Clock, before: int | None, expected: float | None) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._before = before
        self._expected = expected
        self._terminal = sys.stderr.isatty()
        self._progress = PytestProgress()
        self._shown = ""
        self._tenth = -1
        self._named: set[str] = set()

    def take(self, piece: Piece) -> None:
        """A listener: it neither waits nor raises."""
        self._progress.add(piece)
        seen = self._progress.seen
        for failure in seen.failures:
            # Without its file, a name may still be told in full.
            if failure.test not in self._named and ("::" in failure.test or seen.closing):
                self._named.add(failure.test)
                self._line(f"FAILED {failure.test}{f' - {failure.what}' if failure.what else ''}")
        if text := seen.shown(self._before):
            spent = elapsed(self._clock.monotonic() - self._began, self._expected)
            self._tell(f"{text} · {spent}", seen)

    def end(self) -> None:
        """Leave the line that stands."""
        if self._terminal and self._shown:
            _say("\n")

    def _tell(self, text: str, seen: TestProgress) -> None:
        if self._terminal:
            _say(f"\r{text:<{len(self._shown)}}")
            self._shown = text
            return
        part = seen.part(self._before)
        tenth = int(part * 10) if part is not None else seen.done // 100
        if tenth > self._tenth:
            self._tenth = tenth
            _say(f"{text}\n")

    def _line(self, text: str) -> None:
        if self._terminal and self._shown:
            _say(f"\r{'':<{len(self._shown)}}\r")
            self._shown = ""
        _say(f"{text}\n")


def _say(text: str) -> None:
    # A reader that went away is no reason to stop: the output is kept in any case.
    with contextlib.suppress(OSError, ValueError):
        click.echo(text, nl=False, err=True)
