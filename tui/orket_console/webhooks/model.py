"""What the webhooks room answers with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from orket_console.base.refs import LogRef, Ref, TableRef
from orket_console.base.state import State

LAST_CYCLE: Final = 4
"""The review cycle at which Orket rejects the pull request; the third goes to the architect."""
ESCALATION_CYCLE: Final = 3
EVENTS_TABLE: Final = "webhook_events"


class Outcome(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    COUNTED = "counted"
    """A review that asked for changes, counted as a cycle."""
    IGNORED = "ignored"
    REFUSED = "refused"
    ERROR = "error"
    PENDING = "pending"
    """Its handler may still be at work."""
    UNKNOWN = "unknown"


_STATES: Final = {
    Outcome.ACCEPTED: State.OK,
    Outcome.COUNTED: State.OK,
    Outcome.IGNORED: State.INFO,
    Outcome.REFUSED: State.FAILING,
    Outcome.ERROR: State.FAILING,
    Outcome.PENDING: State.INFO,
    Outcome.UNKNOWN: State.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook that reached the server, as its log lines or its table row tell it.

    `key` is its own for as long as it lives. `event` and `pr_key` (`acme/shop#7`) are empty
    where they are not recorded, as for refused ones. `status` is the HTTP status that was
    answered, None where nothing tells it. `why` is one line; `reason` the reviewer's or the
    server's whole text; `reviewer` who reviewed; `notes` say how the outcome is known.
    `payload` is the body that the table kept, as JSON text; the log keeps none. `action` is
    what happened to the pull request, or the review's kind; `words` what the reviewer said.
    `attempt` counts from 1, `repeats` is when the one before it came; `is_duplicate` that it
    came again though that one went well.
    """

    key: str
    at: datetime | None
    event: str
    pr_key: str
    outcome: Outcome
    status: int | None
    why: str
    reason: str
    notes: tuple[str, ...]
    payload: str
    refs: tuple[Ref, ...]
    reviewer: str = ""
    action: str = ""
    words: str = ""
    attempt: int = 1
    repeats: datetime | None = None
    is_duplicate: bool = False

    @property
    def mark(self) -> str:
        """`duplicate`, `attempt 2`; empty for what came once."""
        if self.is_duplicate:
            return "duplicate"
        return f"attempt {self.attempt}" if self.attempt > 1 else ""

    @property
    def summary(self) -> str:
        """Why, after its mark."""
        return f"{self.mark}: {self.why}" if self.mark else self.why

    @property
    def state(self) -> State:
        return _STATES[self.outcome]

    @property
    def label(self) -> str:
        """`refused 401`, `counted`."""
        shown = self.status if self.outcome in (Outcome.REFUSED, Outcome.ERROR) else None
        return f"{self.outcome} {shown}" if shown else str(self.outcome)

    @property
    def log_offset(self) -> int | None:
        """The byte at which its first log line begins; None if the log does not tell of it."""
        first = self.refs[0]
        return first.offset if isinstance(first, LogRef) else None

    @property
    def table_row(self) -> int | None:
        """Its row in `webhook_events`; None if that does not tell of it."""
        for ref in self.refs:
            if isinstance(ref, TableRef) and ref.table == EVENTS_TABLE:
                return ref.rows[0]
        return None


@dataclass(frozen=True, slots=True)
class Gap:
    """Where the timeline has a hole, and how that is known.

    It stands under the delivery whose key is `below`, on top where that is empty.
    """

    key: str
    below: str
    at: datetime | None
    pr_key: str
    why: str
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class ReviewFailure:
    """A row of `review_failures`: why a reviewer asked for changes. Times are UTC."""

    row: int
    at: datetime | None
    pr_key: str
    cycle: int | None
    reviewer: str
    reason: str
    ref: Ref

    @property
    def key(self) -> str:
        return f"failure:{self.row}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A row of `pr_review_cycles` with the failures of its pull request, first to last.

    `stuck`: past its last cycle and still active. `why` says what that means.
    """

    row: int
    pr_key: str
    count: int | None
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    stuck: bool
    why: str
    failures: tuple[ReviewFailure, ...]
    refs: tuple[Ref, ...]

    @property
    def key(self) -> str:
        return f"cycle:{self.row}"

    @property
    def state(self) -> State:
        if self.stuck:
            return State.FAILING
        if self.status == "active":
            return State.DEGRADED if (self.count or 0) >= ESCALATION_CYCLE else State.OK
        return State.INFO

    @property
    def label(self) -> str:
        """`cycle 5 of 4`."""
        return f"cycle {'?' if self.count is None else self.count} of {LAST_CYCLE}"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where an older page goes on: below this byte of the log, below this row of the table."""

    log: int
    row: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Newest first. `problems` are parts that could not be read, in words; `notes` what one
    should know of the rest; `empty` why there is no row. `older` is None at the end. `gaps` are
    holes among all rows; with a filter there are none. No older page has a delivery that came
    after `reached`; None where that can't be told."""

    rows: tuple[Delivery, ...]
    older: Cursor | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    empty: str
    gaps: tuple[Gap, ...] = ()
    reached: datetime | None = None

    @property
    def timeline(self) -> tuple[Delivery | Gap, ...]:
        """The rows with the gaps in their places."""
        under: dict[str, list[Gap]] = defaultdict(list)
        for gap in self.gaps:
            under[gap.below].append(gap)
        found: list[Delivery | Gap] = [*under[""]]
        for row in self.rows:
            found += [row, *under[row.key]]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Cycles:
    """Stuck ones first, then the newest. `older` is the row below which the next page goes on."""

    rows: tuple[Cycle, ...]
    older: int | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Failures:
    """Newest first; `older` as for cycles."""

    rows: tuple[ReviewFailure, ...]
    older: int | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    empty: str
