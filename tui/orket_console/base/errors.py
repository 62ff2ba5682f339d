"""How the console fails: exit codes and one error type that says what, where and what to do."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of every command, with a screen or without."""

    OK = 0
    WRONG = 1
    """Something is wrong: a probe fails, an action failed, two turns differ."""
    USAGE = 2
    CANNOT_TELL = 3
    """No installation, unreadable, or only a part of the answer."""
    TIMED_OUT = 4
    CRASHED = 70
    """The console itself failed; its report is named."""
    INTERRUPTED = 130


class ConsoleError(Exception):
    """A failure that an operator can act on.

    `what` happened, `where` (a path, table or endpoint; may be empty) and the `remedy`
    (what to do next; may be empty). Its text is one line.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        exit_code: ExitCode = ExitCode.CANNOT_TELL,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f": {self.remedy}" if self.remedy else ""
        return " ".join(f"{self.what}{place}{advice}".split())
