"""Review cycles and failures from the webhook database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from orket_console.base.refs import LogRef, TableRef
from orket_console.base.state import State
from orket_console.target.target import Target
from orket_console.webhooks.filters import parse_filter
from orket_console.webhooks.reviews import cycles, failures

Site = Any


def test_cycles_with_their_failures_in_order(site: Site, target: Target) -> None:
    for cycle in (1, 2):
        site.review()
        site.count(cycle, reason=f"reason {cycle} [bold]edge[/bold]")
    site.review(cycle=1, number=8)
    rows = cycles(target).rows
    assert [(row.pr_key, row.label, row.stuck) for row in rows] == [
        ("acme/shop#8", "cycle 1 of 4", False),
        ("acme/shop#7", "cycle 2 of 4", False),
    ]
    assert [(f.cycle, f.reason) for f in rows[1].failures] == [
        (1, "reason 1 [bold]edge[/bold]"),
        (2, "reason 2 [bold]edge[/bold]"),
    ]
    assert rows[1].refs[:2] == (
        TableRef("webhook.db", "pr_review_cycles", (1,)),
        TableRef("webhook.db", "review_failures", (1, 2)),
    )
    assert [ref.line for ref in rows[1].refs if isinstance(ref, LogRef)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("count", "status", "stuck", "state", "why"),
    [
        (1, "active", False, State.OK, "open: cycle 3 goes to the architect"),
        (3, "active", False, State.DEGRADED, "with the architect: cycle 4 rejects it"),
        (4, "active", True, State.FAILING, "auto-reject never finished: Gitea unreachable"),
        (9, "active", True, State.FAILING, "auto-reject never finished: Gitea unreachable"),
        (4, "rejected", False, State.INFO, "rejected; a requirements issue was made"),
        (5, "merged", False, State.INFO, "merged"),
        (4, "", False, State.INFO, "no status"),
    ],
)
def test_stuck_is_past_the_last_cycle_and_still_active(
    site: Site, target: Target, count: int, status: str, stuck: bool, state: State, why: str
) -> None:
    site.count(count)
    site.execute("UPDATE pr_review_cycles SET status = ?", (status,))
    (row,) = cycles(target).rows
    assert (row.stuck, row.state, row.why) == (stuck, state, why)


def test_stuck_ones_come_first(site: Site, target: Target) -> None:
    site.count(4, 1)
    site.count(1, 2)
    site.count(5, 3)
    assert [row.pr_key[-1] for row in cycles(target).rows] == ["3", "1", "2"]


def test_what_the_log_says_of_a_stuck_one_is_told(site: Site, target: Target) -> None:
    site.review(cycle=4)
    site.say("pr_reject_failed", pr=7, repo="acme/shop", step="close_pr", error="status 403")
    (row,) = cycles(target).rows
    assert row.why == "auto-reject failed at close_pr: status 403"


def test_a_third_cycle_without_escalation(site: Site, target: Target) -> None:
    site.review(cycle=3)
    assert cycles(target).rows[0].why == "escalation not seen in the log: Gitea unreachable"
    site.say("pr_escalated", pr=7, repo="acme/shop")
    assert cycles(target).rows[0].why == "with the architect: cycle 4 rejects it"


def test_a_missing_log_takes_no_cycle_away(site: Site, target: Target) -> None:
    site.count(5)
    site.log.unlink()
    found = cycles(target)
    assert [row.stuck for row in found.rows] == [True]
    assert found.problems == ()


def test_cycles_are_filtered_and_paged(site: Site, target: Target) -> None:
    for number in range(1, 8):
        site.count(1, number, reason=f"reason-{number}")
    first = cycles(target, limit=3)
    second = cycles(target, limit=3, before=first.older)
    third = cycles(target, limit=3, before=second.older)
    keys = [row.pr_key for page in (first, second, third) for row in page.rows]
    assert keys == [f"acme/shop#{number}" for number in range(7, 0, -1)]
    assert third.older is None
    found = cycles(target, wanted=parse_filter("reason-4"))
    assert [row.pr_key for row in found.rows] == ["acme/shop#4"]
    assert cycles(target, wanted=parse_filter("pr:6")).rows[0].pr_key == "acme/shop#6"
    assert "matches the filter" in cycles(target, wanted=parse_filter("nothing")).empty


def test_failures_newest_first_filtered_and_paged(site: Site, target: Target) -> None:
    for number in range(1, 8):
        site.count(1, number, reason=f"reason {number}\nsecond line")
    first = failures(target, limit=4)
    second = failures(target, limit=4, before=first.older)
    rows = [*first.rows, *second.rows]
    assert [row.row for row in rows] == list(range(7, 0, -1))
    assert second.older is None
    found = failures(target, wanted=parse_filter("INTEGRITY_GUARD pr:3"))
    assert [row.reason for row in found.rows] == ["reason 3\nsecond line"]
    assert [row.row for row in failures(target, wanted=parse_filter("reason 2"), limit=1).rows] == [
        2
    ]


def test_a_filter_looks_through_many_rows(site: Site, target: Target) -> None:
    site.count(1, reason="needle")
    site.execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60000)"
        " INSERT INTO review_failures (pr_key, cycle_number, reason) SELECT 'a/b#1', 1, '' FROM n"
    )
    found = failures(target, wanted=parse_filter("needle"))
    assert found.rows == ()
    assert found.older is not None
    assert "50000 rows looked through, down to row" in found.notes[0]
    found = failures(target, wanted=parse_filter("needle"), before=found.older)
    assert [row.reason for row in found.rows] == ["needle"]


def test_empty_tables_say_so(site: Site, target: Target) -> None:
    assert cycles(target).empty == "pr_review_cycles is empty: no review has asked for changes yet."
    assert failures(target).empty == (
        "review_failures is empty: no review has asked for changes yet."
    )


@pytest.mark.parametrize("table", ["pr_review_cycles", "review_failures"])
def test_a_missing_table_is_named(site: Site, target: Target, table: str) -> None:
    site.count(5)
    site.execute(f"DROP TABLE {table}")
    problem = f"webhook.db has no table {table}: compare it with the migrations"
    assert problem in cycles(target).problems
    if table == "review_failures":
        assert [row.stuck for row in cycles(target).rows] == [True]
        assert failures(target).problems == (problem,)
        assert "can't be read" in failures(target).empty


def test_a_renamed_column_is_named_and_the_rest_is_shown(site: Site, target: Target) -> None:
    site.count(5)
    site.execute("ALTER TABLE pr_review_cycles RENAME COLUMN cycle_count TO cycles")
    site.execute("ALTER TABLE review_failures RENAME COLUMN reason TO why")
    found = cycles(target)
    (row,) = found.rows
    assert (row.label, row.status, row.stuck) == ("cycle ? of 4", "active", False)
    assert [problem.split(":")[0] for problem in found.problems] == [
        "webhook.db pr_review_cycles has no column cycle_count",
        "webhook.db review_failures has no column reason",
    ]


def test_a_locked_database_is_told(site: Site, target: Target) -> None:
    site.count(5)
    with closing(sqlite3.connect(site.database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        found = cycles(target)
    assert found.rows == ()
    assert "locked by a writer" in found.problems[0]
    assert found.empty == (
        "pr_review_cycles can't be read: webhook.db locked by a writer. r tries again."
    )


def test_rows_before_a_corrupt_page_are_shown(site: Site, target: Target) -> None:
    site.execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000)"
        " INSERT INTO review_failures (pr_key, cycle_number, reason)"
        " SELECT 'a/b#1', x, hex(randomblob(100)) FROM n"
    )
    with closing(sqlite3.connect(site.database)) as connection:
        (page,) = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 'review_failures' AND pagetype = 'leaf'"
            " ORDER BY pageno LIMIT 1 OFFSET 40"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    raw = bytearray(site.database.read_bytes())
    raw[(page - 1) * size : page * size] = b"\xff" * size
    site.database.write_bytes(raw)
    found = failures(target, limit=3000)
    assert 0 < len(found.rows) < 3000
    assert any("corrupt" in problem for problem in found.problems)


def test_odd_values_are_shown_and_safe(site: Site, target: Target) -> None:
    site.execute(
        "INSERT INTO review_failures (pr_key, cycle_number, reviewer, reason, created_at)"
        " VALUES (x'00', 'two', NULL, CAST(x'ff1b5b' AS TEXT), 'never')"
    )
    site.execute(
        "INSERT INTO pr_review_cycles (pr_key, repo_full_name, pr_number, cycle_count, status)"
        " VALUES ('[/bold]\x1b', 'x', 1, 'many', x'ff')"
    )
    (failure,) = failures(target).rows
    assert (failure.pr_key, failure.cycle, failure.reviewer) == ("‹1 bytes›", None, "")
    assert (failure.reason, failure.at) == ("\ufffd␛[", None)
    (cycle,) = cycles(target).rows
    assert (cycle.pr_key, cycle.label, cycle.status) == ("[/bold]␛", "cycle ? of 4", "‹1 bytes›")


def test_reading_writes_nothing(site: Site, target: Target) -> None:
    site.review(cycle=4)
    before = {path: path.stat().st_mtime_ns for path in site.root.rglob("*")}
    cycles(target)
    failures(target)
    assert {path: path.stat().st_mtime_ns for path in site.root.rglob("*")} == before
