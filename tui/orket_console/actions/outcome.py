"""What an ended action left behind to be judged by: its output, its exit status, its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orket_console.actions.pytest_lines import plain


@dataclass(frozen=True, slots=True)
class Report:
    """A file that an action was to write: as it is now, empty where there is none.

    `fresh` tells that it was written since the action began.
    """

    path: str
    content: bytes
    fresh: bool


@dataclass(frozen=True, slots=True)
class Output:
    """What an ended action left: the ends of both streams, and its exit status.

    `exit_status` is negative for a signal. `report` is None where none was looked for.
    """

    exit_status: int
    stdout: str
    stderr: str
    report: Report | None = None

    def lines(self) -> Iterator[str]:
        """stdout's lines without colours and trailing blanks."""
        return map(plain, lines_of(self.stdout))

    def lines_from_the_end(self) -> Iterator[str]:
        """As `lines`, the last one first."""
        return map(plain, _lines_from_the_end(self.stdout))

    def last_of_stdout(self) -> str:
        """stdout's last line that is not empty."""
        return next(filter(None, self.lines_from_the_end()), "")

    def last_line(self) -> str:
        """The last line that says something, of stderr, else of stdout."""
        for text in (self.stderr, self.stdout):
            for line in _lines_from_the_end(text):
                if line.strip():
                    return plain(line).strip()
        return ""


def lines_of(text: str) -> Iterator[str]:
    """The lines between newlines, one at a time: of megabytes a list would take many more."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _lines_from_the_end(text: str) -> Iterator[str]:
    end = len(text)
    while (start := text.rfind("\n", 0, end)) >= 0:
        yield text[start + 1 : end]
        end = start
    yield text[:end]
