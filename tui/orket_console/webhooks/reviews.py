"""Review failures and review cycles, as the webhook database keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from orket_console.base.clock import parse_time
from orket_console.base.files import UnreadableError
from orket_console.base.refs import LogRef, Ref, TableRef
from orket_console.base.text import one_line, shorten
from orket_console.target.target import Target
from orket_console.webhooks.filters import Filter
from orket_console.webhooks.model import (
    ESCALATION_CYCLE,
    LAST_CYCLE,
    Cycle,
    Cycles,
    Failures,
    Outcome,
    ReviewFailure,
)
from orket_console.webhooks.server_log import read_window
from orket_console.webhooks.story import Draft, tell
from orket_console.webhooks.tables import PAGE, Table, read_page, take, text, whole

FAILURES: Final = Table(
    "review_failures", ("pr_key", "cycle_number", "created_at"), ("reviewer", "reason")
)
CYCLES: Final = Table(
    "pr_review_cycles", ("pr_key", "cycle_count", "status", "created_at", "updated_at")
)
_REASONS: Final = 2000
"""Failures that are read for the pull requests of one page."""
_MOST_LINES: Final = 50
"""Log lines that a cycle refers to, the newest."""
ANY: Final = Filter()


def failures(
    target: Target, *, wanted: Filter = ANY, limit: int = 200, before: int | None = None
) -> Failures:
    """Review failures that the filter takes, newest first. Source: `review_failures`."""

    def make(record: dict[str, Any]) -> ReviewFailure | None:
        failure = read_failure(record, target.webhook_db.path.name)
        return failure if wanted.takes_failure(failure) else None

    found = take(target.webhook_db, FAILURES, before, limit, make)
    empty = ""
    if not found.rows:
        empty = why_empty(
            FAILURES.name, found.unread, wanted, "no review has asked for changes yet"
        )
    return Failures(found.rows, found.older or None, found.problems, found.notes, empty)


def cycles(
    target: Target, *, wanted: Filter = ANY, limit: int = 200, before: int | None = None
) -> Cycles:
    """Review cycles with their failures; stuck ones first, then the newest.

    Sources: `pr_review_cycles`, `review_failures`, and the end of the webhook server's log for
    the lines about each pull request.
    """
    found = take(
        target.webhook_db, CYCLES, before, limit if wanted.is_empty else PAGE, lambda record: record
    )
    reasons = failures_of(target, [text(record["pr_key"]) for record in found.rows])
    lines = _log_lines(target)
    made = [_cycle(record, reasons.rows, lines, target) for record in found.rows]
    taken = [cycle for cycle in made if wanted.takes_cycle(cycle)]
    empty = ""
    if not taken:
        empty = why_empty(CYCLES.name, found.unread, wanted, "no review has asked for changes yet")
    return Cycles(
        tuple(sorted(taken, key=lambda cycle: not cycle.stuck)),
        found.older or None,
        tuple(dict.fromkeys((*found.problems, *reasons.problems))),
        found.notes,
        empty,
    )


def read_failure(record: dict[str, Any], database: str) -> ReviewFailure:
    """A row of `review_failures`, whatever its columns hold."""
    return ReviewFailure(
        row=record["row"],
        at=parse_time(record["created_at"]),
        pr_key=one_line(text(record["pr_key"])),
        cycle=whole(record["cycle_number"]),
        reviewer=one_line(text(record["reviewer"])),
        reason=text(record["reason"]),
        ref=TableRef(database, FAILURES.name, (record["row"],)),
    )


def why_empty(table: str, unread: str, wanted: Filter, nothing: str) -> str:
    """Why a list has no row, and which key helps."""
    if unread:
        return f"{table} can't be read: {unread}. r tries again."
    if not wanted.is_empty:
        return "Nothing matches the filter: / changes it."
    return f"{table} is empty: {nothing}."


@dataclass(frozen=True, slots=True)
class Reasons:
    """Failures by pull request, first to last; `unread` says why there may be none."""

    rows: dict[str, list[ReviewFailure]]
    unread: str = ""
    problems: tuple[str, ...] = ()


def failures_of(target: Target, keys: Sequence[str]) -> Reasons:
    """The failures of these pull requests. Source: `review_failures`, by its index."""
    if not keys:
        return Reasons({})
    condition = f"pr_key IN ({', '.join('?' * len(keys))})"
    page = read_page(target.webhook_db, FAILURES, None, _REASONS, condition, keys)
    found: dict[str, list[ReviewFailure]] = defaultdict(list)
    for record in reversed(page.records):
        failure = read_failure(record, target.webhook_db.path.name)
        found[failure.pr_key].append(failure)
    problems = page.problems
    if page.older:
        problems += (f"{FAILURES.name}: only the newest {len(page.records)} reasons were read",)
    return Reasons(found, page.unread, problems)


def _log_lines(target: Target) -> dict[str, list[Draft]]:
    """What the end of the log says of each pull request; nothing where it can't be read."""
    try:
        window = read_window(target, None)
    except UnreadableError:
        return {}
    found: dict[str, list[Draft]] = defaultdict(list)
    for draft in tell(window.events):
        found[draft.pr_key].append(draft)
    return found


def _cycle(
    record: dict[str, Any],
    reasons: dict[str, list[ReviewFailure]],
    lines: dict[str, list[Draft]],
    target: Target,
) -> Cycle:
    database, key = target.webhook_db.path.name, one_line(text(record["pr_key"]))
    count, status = whole(record["cycle_count"]), one_line(text(record["status"]))
    of_key, drafts = tuple(reasons.get(key, ())), lines.get(key, [])
    refs: list[Ref] = [TableRef(database, CYCLES.name, (record["row"],))]
    if of_key:
        refs.append(TableRef(database, FAILURES.name, tuple(failure.row for failure in of_key)))
    log_refs: list[LogRef] = [ref for draft in drafts for ref in draft.refs]
    return Cycle(
        row=record["row"],
        pr_key=key,
        count=count,
        status=status,
        created_at=parse_time(record["created_at"]),
        updated_at=parse_time(record["updated_at"]),
        stuck=status == "active" and count is not None and count >= LAST_CYCLE,
        why=_why(count, status, drafts),
        failures=of_key,
        refs=(*refs, *log_refs[-_MOST_LINES:]),
    )


def _why(count: int | None, status: str, drafts: Iterable[Draft]) -> str:
    """What a cycle's state means for its pull request."""
    if status == "rejected":
        return "rejected; a requirements issue was made"
    if status != "active" or count is None:
        return status or "no status"
    reviews = [draft for draft in drafts if draft.review == "changes_requested"]
    last = reviews[-1].told if reviews else None
    if last is not None and last.outcome is Outcome.ERROR:
        return shorten(last.why, 200)
    if count >= LAST_CYCLE:
        return "auto-reject never finished: Gitea unreachable"
    if count < ESCALATION_CYCLE:
        return f"open: cycle {ESCALATION_CYCLE} goes to the architect"
    if reviews and last is None:
        return "escalation not seen in the log: Gitea unreachable"
    return f"with the architect: cycle {LAST_CYCLE} rejects it"
