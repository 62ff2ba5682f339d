"""What the failure report says, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orket_console.base.errors import ExitCode


@dataclass(frozen=True, slots=True)
class LineAt:
    """A line of the log by number (from 1) and byte, and what is the matter with it."""

    line: int
    offset: int
    what: str


@dataclass(frozen=True, slots=True)
class Example:
    """One line: the name of its log, its number (from 1) and its byte."""

    log: str
    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are alike: how many, the first few, and the first's and last's time.

    `filter` is the expression that shows them, and nothing else, in the log.
    """

    what: str
    count: int
    examples: tuple[Example, ...]
    first_at: datetime | None
    last_at: datetime | None
    filter: str

    @property
    def lines(self) -> tuple[int, ...]:
        return tuple(example.line for example in self.examples)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Lines, and of these warnings and errors, from `at` to the next bucket's."""

    at: datetime
    lines: int
    warnings: int
    errors: int


@dataclass(frozen=True, slots=True)
class LogRead:
    """One log: `problem` says why it was not read, or not to its end.

    `lines` are all lines, `before` those among them that are older than what was asked for.
    `upstream_stops` is the line at which upstream's own script would have ended with an
    exception; `upstream_says` what else it would have done with this log.
    """

    name: str
    path: str
    problem: str
    size: int
    lines: int
    before: int
    first_at: datetime | None
    last_at: datetime | None
    malformed_count: int
    malformed: tuple[LineAt, ...]
    upstream_stops: LineAt | None
    upstream_says: str


@dataclass(frozen=True, slots=True)
class Five:
    """What the upstream report says, by its names and with its values; names as written."""

    events: dict[str, int]
    failure_by_type: dict[str, int]
    non_progress_by_role: dict[str, int]
    guard_outcomes: dict[str, int]
    retry_triggered: int


@dataclass(frozen=True, slots=True)
class FailureReport(Five):
    """The first five are the upstream report's.

    They count the logs `upstream_logs`; everything else counts all `logs`. Names of events,
    types and roles in the five are as written; all other texts are sanitised. Groups are
    sorted by count. Failures are errors and turns that got nowhere; `without_turn_failed`
    are those of turns and sessions that have no `turn_failed`, so upstream counts no failure.
    """

    upstream_logs: tuple[str, ...]
    since: datetime | None
    logs: tuple[LogRead, ...]
    lines: int
    first_at: datetime | None
    last_at: datetime | None
    malformed_count: int
    severities: dict[str, int]
    failures: tuple[Group, ...]
    without_turn_failed: tuple[Group, ...]
    by_signature: tuple[Group, ...]
    by_session: tuple[Group, ...]
    by_issue: tuple[Group, ...]
    by_role: tuple[Group, ...]
    by_model: tuple[Group, ...]
    non_progress: tuple[Group, ...]
    retries: tuple[Group, ...]
    guard: tuple[Group, ...]
    tool_failures: tuple[Group, ...]
    model_failures: tuple[Group, ...]
    webhook_failures: tuple[Group, ...]
    warnings: tuple[Group, ...]
    unended_turns: tuple[Group, ...]
    rate: tuple[Bucket, ...]
    rate_seconds: int

    @property
    def exit_code(self) -> ExitCode:
        """What was asked for could not be read: no log at all, or one not to its end."""
        wanted = [log for log in self.logs if log.name in self.upstream_logs]
        unread = any(log.problem for log in wanted) or all(log.problem for log in self.logs)
        return ExitCode.CANNOT_TELL if unread else ExitCode.OK
