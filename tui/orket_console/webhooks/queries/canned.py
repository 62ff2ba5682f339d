"""The questions that incidents ask again and again.

What scans a table looks at its newest rows alone, so that its writer never waits for us.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from orket_console.base.clock import Clock
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.base.moments import EXAMPLES, moment
from orket_console.base.text import clean
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.filters import Filter
from orket_console.webhooks.model import LAST_CYCLE, Deliveries, Delivery, Outcome
from orket_console.webhooks.queries.model import Kind, Query, QueryAnswer, QueryParameter, Run
from orket_console.webhooks.queries.sql import Base, run_sql, under
from orket_console.webhooks.reviews import cycles, failures

_NEWEST: Final = 20_000
"""Rows that a statement looks at, from the newest back."""
_MOST: Final = 500
_DELIVERY: Final = ("time", "event", "repo#pr", "reviewer", "outcome", "status", "why")


def _since(default: str) -> QueryParameter:
    return QueryParameter("since", f"from when on: {EXAMPLES}", default, Kind.MOMENT)


_PR: Final = QueryParameter("pr", "a pull request: acme/shop#7, shop#7 or 7")


def _from_log(name: str, wanted: Filter) -> Run:
    """Deliveries with some outcome since a moment, newest first."""

    def run(
        target: Target, clock: Clock, values: Mapping[str, str], stop: threading.Event
    ) -> QueryAnswer:
        start, now = clock.monotonic(), clock.now()
        begin = _moment(values["since"], now)
        found = search(target, clock, wanted=wanted, limit=_MOST, since=begin, stop=stop)
        return QueryAnswer(
            query=name,
            statement="",
            source=clean(target.layout.shown(target.layout.server_log)),
            columns=_DELIVERY,
            rows=tuple(_delivery(row) for row in found.rows),
            at=now,
            seconds=clock.monotonic() - start,
            cut=_cut(found, stop),
            notes=found.notes,
            problems=found.problems,
        )

    return run


def _cut(found: Deliveries, stop: threading.Event) -> str:
    """Why there may be more deliveries than were found; empty where there are none."""
    if found.older is None:
        return ""
    if stop.is_set():
        return "stopped, older deliveries were not looked for"
    far = len(found.rows) < _MOST
    return "older deliveries were not looked for" if far else f"cut at {_MOST} rows"


def _delivery(row: Delivery) -> tuple[Any, ...]:
    return (_stamp(row.at), row.event, row.pr_key, row.reviewer, row.outcome, row.status, row.why)


def _stamp(at: datetime | None) -> str | None:
    """As the tables have it: UTC, in whole seconds."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else None


def _moment(text: str, now: datetime) -> datetime:
    begin = moment(text, now, local=False)
    if begin is None:
        raise ConsoleError(
            f"since={text!r} is no time", remedy=f"such as {EXAMPLES}", exit_code=ExitCode.USAGE
        )
    return begin


def _from_sql(name: str, statement: str) -> Run:
    """A statement whose `:since` is a moment as the operator writes it."""

    def run(
        target: Target, clock: Clock, values: Mapping[str, str], stop: threading.Event
    ) -> QueryAnswer:
        given = dict(values)
        if "since" in given:
            given["since"] = _moment(given["since"], clock.now()).isoformat()
        answer = run_sql(target, clock, Base.WEBHOOK, statement, given, stop=stop)
        return under(answer, name)

    return run


def _history(
    target: Target, clock: Clock, values: Mapping[str, str], stop: threading.Event
) -> QueryAnswer:
    """All that is known of one pull request, oldest first."""
    start, now = clock.monotonic(), clock.now()
    wanted = Filter(pr=values["pr"].casefold().removeprefix("#"))
    sent = search(target, clock, wanted=wanted, limit=_MOST, stop=stop)
    review = failures(target, wanted=wanted, limit=_MOST)
    cycle = cycles(target, wanted=wanted, limit=_MOST)
    # Each newest first; what bears one time stays in its own order.
    rows: list[tuple[datetime | None, tuple[Any, ...]]] = [
        (row.at, ("delivery", row.pr_key, row.label, row.reviewer, f"{row.event}: {row.why}"))
        for row in reversed(sent.rows)
    ]
    rows += [
        (row.at, ("failure", row.pr_key, f"cycle {row.cycle}", row.reviewer, row.reason))
        for row in reversed(review.rows)
    ]
    rows += [
        (row.updated_at, ("cycle", row.pr_key, row.label, "", f"{row.status}: {row.why}"))
        for row in reversed(cycle.rows)
    ]
    rows.sort(key=lambda pair: (pair[0] is not None, pair[0]))
    problems = dict.fromkeys((*sent.problems, *review.problems, *cycle.problems))
    log = clean(target.layout.shown(target.layout.server_log))
    return QueryAnswer(
        query="pr-history",
        statement="",
        source=f"{log}, {target.webhook_db.path.name}",
        columns=("time", "kind", "repo#pr", "state", "who", "what"),
        rows=tuple((_stamp(at), *cells) for at, cells in rows),
        at=now,
        seconds=clock.monotonic() - start,
        cut=_cut(sent, stop),
        problems=tuple(problems),
    )


_BY_REVIEWER: Final = f"""
SELECT coalesce(reviewer, '–') AS reviewer, count(*) AS failures,
       count(DISTINCT pr_key) AS pull_requests, max(cycle_number) AS highest_cycle,
       max(created_at) AS last
FROM (SELECT * FROM review_failures ORDER BY rowid DESC LIMIT {_NEWEST})
WHERE datetime(created_at) >= datetime(:since)
GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608  numbers of our own
_STUCK: Final = f"""
SELECT pr_key, cycle_count, status, created_at, updated_at
FROM (SELECT * FROM pr_review_cycles ORDER BY rowid DESC LIMIT {_NEWEST})
WHERE cycle_count >= {LAST_CYCLE} AND status = 'active'
ORDER BY updated_at
"""  # noqa: S608
_REPOSITORIES: Final = f"""
SELECT repo_full_name, count(*) AS pull_requests, sum(status = 'active') AS active,
       max(cycle_count) AS highest_cycle, max(updated_at) AS last
FROM (SELECT * FROM pr_review_cycles ORDER BY rowid DESC LIMIT {_NEWEST})
GROUP BY 1 ORDER BY last DESC
"""  # noqa: S608
_PHASES: Final = """
SELECT rock_id, status, updated_at, data_json
FROM bug_fix_phases ORDER BY rowid DESC LIMIT 500
"""


def _sql(name: str, title: str, purpose: str, statement: str, *parameters: QueryParameter) -> Query:
    run = _from_sql(name, statement)
    return Query(name, title, purpose, run, parameters, statement.strip())


CANNED: Final = (
    Query(
        "refusals",
        "Refused deliveries",
        "what the server turned away, and why",
        _from_log("refusals", Filter(outcomes=frozenset({Outcome.REFUSED}))),
        (_since("-1h"),),
    ),
    Query(
        "errors",
        "Deliveries in error",
        "what broke while it was handled",
        _from_log("errors", Filter(outcomes=frozenset({Outcome.ERROR}))),
        (_since("-1d"),),
    ),
    Query(
        "pr-history",
        "History of a pull request",
        "its deliveries, failures and cycles in order",
        _history,
        (_PR,),
    ),
    _sql(
        "failures-by-reviewer",
        "Failures by reviewer",
        "who asked for changes, how often, on how many pull requests",
        _BY_REVIEWER,
        _since("-30d"),
    ),
    _sql("stuck-cycles", "Stuck cycles", "past the last cycle, and still active", _STUCK),
    _sql("repositories", "Repositories", "pull requests and cycles of each", _REPOSITORIES),
    _sql("bug-fix-phases", "Bug-fix phases", "as the webhook database keeps them", _PHASES),
)
