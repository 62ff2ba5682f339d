"""How far pytest has come, read from its output as it grows.

Understands quiet, plain and verbose output, xdist's too, and percents as well as counts. What
has come so far tells the same however it was cut into pieces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from orket_console.actions.pieces import Piece
from orket_console.actions.pytest_lines import (
    Tally,
    closing_of,
    plain,
    problem_of,
    tally_of,
    total_of,
)
from orket_console.base.text import clean, one_line

MOST_FAILURES: Final = 2000
"""Failures that are named; all are counted."""
_LINE_CAP: Final = 8192
_SECTION: Final = re.compile(
    r"=+ (FAILURES|ERRORS|PASSES|XFAILURES|XPASSES|short test summary info|warnings summary"
    r"|slowest .*|rerun test summary info)(?: \(.*\))? =+"
)
_BEGIN: Final = re.compile(r"=+ test session starts(?: \(.*\))? =+")
_HEADLINE: Final = re.compile(
    r"_{2,} (?:ERROR (?:at (?:setup|teardown) of|collecting) )?(\S.*?) _{2,}"
)
_COUNTED: Final = re.compile(
    r"(?:collecting .*?)?collected (?P<all>\d+) items?(?:.* (?P<chosen>\d+) selected)?.*"
    r"|\d+ workers \[(?P<shared>\d+) items?\].*"
    r"|gw\d+ \[(?P<each>\d+)\].*"
)
_SUMMARY: Final = "short test summary info"


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that failed, by the best name that the output has given yet, and why, if told.

    `test` is an id such as `tests/core/test_a.py::test_b`, or only the test's name.
    """

    test: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class TestProgress:
    """`done` tests of `total` (None until pytest told it), of them `failed`, errors among these.

    `percent` is pytest's own, at the end of its last whole line. `failures` come in order;
    `closing` is its last line, empty until it has ended.
    """

    __test__ = False

    done: int = 0
    total: int | None = None
    percent: int | None = None
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    closing: str = ""

    def shown(self, before: int | None = None) -> str:
        """As `412 of 1180 tests, 3 failed`; `before` is how many there were the last time."""
        if not self.done and self.total is None:
            return ""
        if self.total is not None:
            amount = f"{self.done} of {self.total} tests"
        elif before is not None and before >= self.done and not self.closing:
            amount = f"{self.done} of about {before} tests"
        elif self.percent is not None and not self.closing:
            amount = f"{self.done} tests, {self.percent}%"
        else:
            amount = f"{self.done} tests"
        return f"{amount}, {self.failed} failed" if self.failed else amount

    def part(self, before: int | None = None) -> float | None:
        """How much is done, 0 to 1; None where that can't be told."""
        total = self.total or (before if before and before >= self.done else None)
        if total:
            return min(self.done / total, 1.0)
        return self.percent / 100 if self.percent is not None else None


class PytestProgress:
    """Takes output on in pieces of any size; `seen` is what it has told so far."""

    def __init__(self) -> None:
        self._held = ""
        self._begin()

    def _begin(self) -> None:
        self._tally = Tally()
        self._total: int | None = None
        self._section = ""
        self._closing = ""
        self._failures: list[Failure] = []
        self._places: dict[str, int] = {}
        self._shorts: set[str] = set()
        self._nameless: dict[str, list[int]] = {}

    def add(self, piece: Piece) -> None:
        """Output as it is handed on: pytest reports on stdout."""
        if piece.stream == "stdout":
            self.feed(piece.text)

    def feed(self, text: str) -> None:
        *whole, last = text.split("\n")
        for part in whole:
            self._line(self._joined(part))
            self._held = ""
        self._held = self._joined(last)

    def _joined(self, part: str) -> str:
        # A line that is longer is none of pytest's; the rest of it tells nothing.
        return (self._held + part)[:_LINE_CAP]

    @property
    def seen(self) -> TestProgress:
        tally = self._tally
        # A line of dots takes as long as its tests: what has come of it counts.
        now = None if self._section else tally_of(self._held)
        if now and self._closing:
            return TestProgress(now.done, now.total, now.percent, now.failed)
        tally = tally.plus(now) if now else tally
        total = self._total if self._total is not None else tally.total
        return TestProgress(
            done=tally.done if total is None else min(tally.done, total),
            total=total,
            percent=tally.percent,
            failed=tally.failed,
            failures=tuple(self._failures),
            closing=self._closing,
        )

    def _line(self, raw: str) -> None:
        line = plain(raw)
        if closing := closing_of(line):
            self._closing, self._section = one_line(closing), ""
        elif line.startswith("=") and self._headed(line):
            return
        elif self._section:
            self._reported(line)
        elif tally := tally_of(line):
            self._ran(tally)
        elif counted := _COUNTED.fullmatch(line):
            self._total = int(next(n for n in reversed(counted.groups()) if n))

    def _headed(self, line: str) -> bool:
        """Take on a line that begins a run or a section; whether it does."""
        if _BEGIN.fullmatch(line):
            self._begin()
        elif section := _SECTION.fullmatch(line):
            self._section = section[1]
        else:
            return False
        return True

    def _ran(self, tally: Tally) -> None:
        if self._closing:
            # Another pytest after the first: a gate may run it more than once.
            self._begin()
        self._tally = self._tally.plus(tally)
        if tally.test and tally.failed:
            self._name(tally.test, "")

    def _reported(self, line: str) -> None:
        """A line of one of the sections that follow the tests."""
        if self._section in ("FAILURES", "ERRORS"):
            if headline := _HEADLINE.fullmatch(line):
                self._headline(one_line(headline[1]))
        elif self._section == _SUMMARY and (problem := problem_of(line)):
            self._name(*problem)

    def _headline(self, name: str) -> None:
        """A failure's name without its file, unless it is known by its id already."""
        if name in self._shorts:
            return
        self._nameless.setdefault(name, []).append(len(self._failures))
        self._append(Failure(name))

    def _name(self, test: str, what: str) -> None:
        """A failure by its id, in the place of what was known of it."""
        failure = Failure(one_line(test), clean(what))
        place = self._places.get(failure.test)
        if place is None and (places := self._nameless.get(_short(failure.test))):
            place = places.pop(0)
        if place is None:
            self._append(failure)
        else:
            self._put(place, failure)

    def _append(self, failure: Failure) -> None:
        if len(self._failures) < MOST_FAILURES:
            self._failures.append(failure)
            self._put(len(self._failures) - 1, failure)

    def _put(self, place: int, failure: Failure) -> None:
        self._failures[place] = failure
        self._places[failure.test] = place
        self._shorts.add(_short(failure.test))


def progress_of(text: str) -> TestProgress:
    """How far the output `text` has come."""
    progress = PytestProgress()
    progress.feed(text)
    return progress.seen


def count_before(closing: str) -> int | None:
    """How many tests the run had that ended with this line; None for what is no such line."""
    found = closing_of(closing)
    return total_of(found) if found else None


def _short(test: str) -> str:
    """A test's id as the headline of its failure names it: `TestA.test_b[1]`."""
    _, _, name = test.partition("::")
    head, bracket, parameters = (name or test).partition("[")
    return head.replace("::", ".") + bracket + parameters
