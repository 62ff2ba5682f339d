"""What is done to a log that is read whole: a job, and its part on one span."""

from __future__ import annotations

from typing import Protocol, TypeVar

from orket_console.base.lines import Line

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Part(Protocol[R_co]):
    """A job on one span, which begins with a line's first byte.

    Offsets are bytes in the log (of a packed one: unpacked). A part knows no line numbers
    but those it counts itself, from its span's first line on: `Job.merge` puts them right.
    """

    def take(self, lines: bytes, offset: int) -> None:
        """The next whole lines, newlines and all; they begin at `offset`. Never empty."""

    def take_long(self, line: Line) -> None:
        """The next line, ended, that is longer than `reading.LONGEST` and therefore cut."""

    def take_rest(self, line: Line) -> None:
        """What stands after the log's last newline: a line half written, or never ended."""

    def result(self) -> R_co:
        """What was found in this span; asked once, at its end. Small: it goes over a pipe."""


class Job(Protocol[R]):
    """What to do; pickled to the worker processes, so defined at a module's top level."""

    def begin(self) -> Part[R]:
        """A part for one more span."""

    def merge(self, first: R, second: R) -> R:
        """The result of two neighbouring spans, `first` before `second` in the log.

        May change and return `first`. Line numbers of `second` grow by the count of `first`.
        """
