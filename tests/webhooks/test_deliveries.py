"""The log and the table as one list: paged, filtered, and whole whatever is missing."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orket_console.base.events import Event
from orket_console.base.refs import LogRef, TableRef
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries, search
from orket_console.webhooks.filters import Filter, parse_filter
from orket_console.webhooks.model import Deliveries, Outcome
from orket_console.webhooks.server_log import OVERLAP
from orket_console.webhooks.story import tell

Site = Any
ALL = Filter()


def pages(site: Site, target: Target, **how: Any) -> list[Deliveries]:
    """Every page, to the end."""
    found = [deliveries(target, site.later, **how)]
    while found[-1].older is not None:
        found.append(deliveries(target, site.later, before=found[-1].older, **how))
        assert len(found) < 200
    return found


def test_newest_first_with_places_in_the_log(site: Site, target: Target) -> None:
    site.review(cycle=1)
    site.receive("push", None)
    rows = deliveries(target, site.later).rows
    assert [row.event for row in rows] == ["push", "pull_request_review"]
    assert [ref for ref in rows[1].refs if isinstance(ref, LogRef)] == [
        LogRef(str(site.log), 0, 1),
        LogRef(str(site.log), len(site.log.read_bytes().splitlines()[0]) + 1, 2),
    ]


def test_an_empty_table_is_told_of(site: Site, target: Target) -> None:
    site.receive("push", None)
    found = deliveries(target, site.later)
    (note,) = found.notes
    assert note == (
        "webhook_events is empty, as it is on every known version; "
        "what happened is read from root/orket.log"
    )
    assert (found.problems, found.empty, found.older) == ((), "", None)


def test_an_empty_list_says_why(site: Site, target: Target) -> None:
    found = deliveries(target, site.later)
    assert found.rows == ()
    assert "webhook_events is empty, as it is on every known version" in found.empty
    assert "root/orket.log has no webhook line" in found.empty
    site.receive("push", None)
    filtered = deliveries(target, site.later, wanted=parse_filter("no-such-word"))
    assert filtered.empty == "Nothing of 1 deliveries matches the filter: / changes it."


def test_pages_are_the_whole_list_and_nothing_twice(site: Site, target: Target) -> None:
    for number in range(1, 26):
        site.receive("pull_request", number)
        site.say("pr_merged", pr=number, repo="acme/shop", merged_by="ada")
        if number % 5 == 0:
            site.event("push", "acme/other#1", "{}", "ignored", site.now + timedelta(seconds=1))
            site.now += timedelta(seconds=10)
    whole = deliveries(target, site.later).rows
    assert len(whole) == 30
    for limit in (1, 2, 7, 29, 30, 31):
        paged = [row for page in pages(site, target, limit=limit) for row in page.rows]
        assert paged == list(whole)


def test_windows_of_a_long_log_lose_and_double_nothing(
    site: Site, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orket_console.webhooks.server_log.OVERLAP", 700)
    monkeypatch.setattr("orket_console.webhooks.deliveries.OVERLAP", 700)
    for number in range(1, 60):
        site.review("approved", number)
        site.say("pr_merged", pr=number, repo="acme/shop")
    whole = deliveries(target, site.later, limit=500).rows
    assert {row.label for row in whole} == {"accepted"}
    for window in (1500, 2000, 3001, 9000):
        rows = [row for p in pages(site, target, limit=500, window=window) for row in p.rows]
        assert [(row.key, row.why) for row in rows] == [(row.key, row.why) for row in whole]


def test_a_window_in_a_desert_still_goes_on(site: Site, target: Target) -> None:
    site.receive("push", None)
    with site.log.open("a") as file:
        file.write('{"event": "api_run_active"}\n' * 20_000)
    first = deliveries(target, site.later, window=OVERLAP)
    assert first.rows == ()
    assert first.older is not None
    assert [row.event for row in search(target, site.later, wanted=ALL, limit=5).rows] == ["push"]
    rows = [row for p in pages(site, target, window=OVERLAP // 2) for row in p.rows]
    assert [row.event for row in rows] == ["push"]


def test_search_goes_on_until_the_limit(site: Site, target: Target) -> None:
    for _ in range(30):
        site.receive("push", None)
    found = search(target, site.later, wanted=ALL, limit=10)
    assert len(found.rows) == 10
    assert found.older is not None
    assert len(search(target, site.later, wanted=ALL, limit=30).rows) == 30


def test_filters(site: Site, target: Target) -> None:
    site.review(cycle=1)
    site.review("approved", 17)
    site.webhook("Invalid webhook signature")

    def found(expression: str) -> int:
        return len(deliveries(target, site.later, wanted=parse_filter(expression)).rows)

    assert found("") == 3
    assert found("outcome:refused") == 1
    assert found("outcome:refused,counted") == 2
    assert found("pr:7") == 1
    assert found("pr:#17") == 1
    assert found("pr:shop") == 2
    assert found("401 SIGNATURE") == 1
    assert found("missing tests") == 1
    assert found("[bold]") == 0


def test_the_table_and_the_log_tell_of_one_delivery_once(site: Site, target: Target) -> None:
    site.review(cycle=1)
    payload = json.dumps({"action": "reviewed", "x": "[/bold]"})
    site.event("pull_request_review", "acme/shop#7", payload, "changes_requested", site.now)
    (row,) = deliveries(target, site.later).rows
    assert row.payload == payload
    assert (row.outcome, row.why) == (Outcome.COUNTED, "changes_requested")
    assert TableRef("webhook.db", "webhook_events", (1,)) in row.refs
    assert isinstance(row.refs[0], LogRef)


def test_deliveries_further_apart_are_two(site: Site, target: Target) -> None:
    site.review(cycle=1)
    site.event(
        "pull_request_review", "acme/shop#7", "{}", "ignored", site.now + timedelta(seconds=30)
    )
    site.event("pull_request_review", "acme/shop#8", "{}", "ignored", site.now)
    assert len(deliveries(target, site.later).rows) == 3


def test_near_deliveries_are_paired_one_by_one(site: Site, target: Target) -> None:
    for _ in range(3):
        site.receive("push", 7)
        site.event("push", "acme/shop#7", "{}", "ignored", site.now)
    rows = deliveries(target, site.later).rows
    assert len(rows) == 3
    assert [row.table_row for row in rows] == [3, 2, 1]


@pytest.mark.parametrize(
    ("result", "label", "why"),
    [
        ("success", "accepted", "success"),
        ('{"status": "ignored", "message": "not handled"}', "ignored", "not handled"),
        ('{"status": "error", "message": "x"}', "error", "x"),
        ("401", "refused 401", "answered 401"),
        ("500", "error 500", "answered 500"),
        ("200", "accepted", "answered 200"),
        ("", "unknown", "no result recorded"),
        ("{half", "unknown", "{half"),
        ("[bold]odd[/bold]", "unknown", "[bold]odd[/bold]"),
    ],
)
def test_results_of_the_table(
    site: Site, target: Target, result: str, label: str, why: str
) -> None:
    site.event("push", None, "{}", result, site.now)
    (row,) = deliveries(target, site.later).rows
    assert (row.label, row.why, row.key) == (label, why, "row:1")


def test_rows_whose_columns_hold_anything(site: Site, target: Target) -> None:
    site.execute(
        "INSERT INTO webhook_events (event_type, pr_key, payload, result, created_at)"
        " VALUES (x'ff00', 7, CAST(x'ff1b' AS TEXT), 2.5, 'never')"
    )
    (row,) = deliveries(target, site.later).rows
    assert (row.at, row.event, row.pr_key, row.payload) == (None, "‹2 bytes›", "7", "\ufffd␛")


def test_a_giant_payload_is_read_in_part_and_says_so(site: Site, target: Target) -> None:
    site.event("push", None, "x" * 200_000, "success", site.now)
    (row,) = deliveries(target, site.later).rows
    assert len(row.payload) == 65_536
    assert row.notes == ("only the first 65536 characters of the payload were read",)


def test_a_missing_table_is_named_and_the_log_is_shown(site: Site, target: Target) -> None:
    site.review(cycle=1)
    site.execute("DROP TABLE webhook_events")
    found = deliveries(target, site.later)
    assert [row.label for row in found.rows] == ["counted"]
    assert found.problems == (
        "webhook.db has no table webhook_events: compare it with the migrations",
    )
    site.execute("DROP TABLE review_failures")
    found = deliveries(target, site.later)
    assert [row.label for row in found.rows] == ["unknown"]
    assert "no table review_failures" in found.rows[0].why
    assert len(found.problems) == 2


def test_a_renamed_column_is_named_and_the_rest_is_shown(site: Site, target: Target) -> None:
    site.event("push", "acme/shop#7", "{}", "success", site.now)
    site.execute("ALTER TABLE webhook_events RENAME COLUMN result TO outcome")
    found = deliveries(target, site.later)
    assert [(row.event, row.label) for row in found.rows] == [("push", "unknown")]
    assert found.problems == (
        "webhook.db webhook_events has no column result: its values are missing here",
    )


def test_a_locked_database_is_told_and_the_log_is_shown(site: Site, target: Target) -> None:
    site.review(cycle=1)
    with closing(sqlite3.connect(site.database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        found = deliveries(target, site.later)
    assert [row.label for row in found.rows] == ["unknown"]
    assert found.rows[0].why == "changes requested; cycle not known: webhook.db locked by a writer"
    assert any("locked by a writer" in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "missing"), (b"", "empty"), (b"garbage" * 500, "not a database")],
    ids=["missing", "empty", "garbage"],
)
def test_a_database_that_is_none(
    site: Site, target: Target, content: bytes | None, word: str
) -> None:
    site.receive("push", None)
    site.database.unlink()
    if content is not None:
        site.database.write_bytes(content)
    found = deliveries(target, site.later)
    assert [row.event for row in found.rows] == ["push"]
    assert any(f"webhook.db: {word}" in problem for problem in found.problems)


def test_a_missing_log_is_told_and_the_table_is_shown(site: Site, target: Target) -> None:
    site.event("push", None, "{}", "success", site.now)
    site.log.unlink()
    found = deliveries(target, site.later)
    assert [row.event for row in found.rows] == ["push"]
    assert found.problems == ("root/orket.log: missing; its deliveries are missing here",)


def test_a_fifo_in_place_of_the_log(site: Site, target: Target) -> None:
    site.log.unlink()
    os.mkfifo(site.log)
    found = deliveries(target, site.later)
    assert found.problems == (
        "root/orket.log: not a regular file; its deliveries are missing here",
    )
    assert "r tries again" in found.empty


def test_random_bytes_in_the_log_are_counted_and_passed_over(site: Site, target: Target) -> None:
    site.receive("push", None)
    with site.log.open("ab") as file:
        file.write(os.urandom(100_000).replace(b"\n", b" ") + b"\n" + b"[" * 100_000 + b"\n{\n")
    site.receive("push", None)
    with site.log.open("a") as file:
        file.write('{"event": "webhook", "data": {"message": "Missing webh')
    found = deliveries(target, site.later)
    assert [row.event for row in found.rows] == ["push", "push"]
    assert "3 lines of the log are no records and were passed over" in found.notes


def test_a_line_without_a_time_keeps_its_place(site: Site, target: Target) -> None:
    site.receive("push", 1)
    with site.log.open("a") as file:
        file.write(
            json.dumps({"event": "webhook", "data": {"message": "Payload too large"}}) + "\n"
        )
    site.receive("push", 2)
    site.event("issues", None, "{}", "ignored", site.now + timedelta(seconds=90))
    rows = deliveries(target, site.later).rows
    assert [row.event for row in rows] == ["issues", "push", "", "push"]


def test_a_database_in_wal_mode_is_read_through_a_copy(site: Site, target: Target) -> None:
    site.execute("PRAGMA journal_mode=wal")
    site.review(cycle=1)
    before = sorted(path.name for path in site.database.parent.iterdir())
    found = deliveries(target, site.later)
    assert [row.label for row in found.rows] == ["counted"]
    assert "webhook.db was read through a copy: nobody has it open" in found.notes
    assert sorted(path.name for path in site.database.parent.iterdir()) == before


NAMES = (
    "webhook", "pr_review", "pr_opened", "pr_merged", "pr_merge_failed", "pr_escalated",
    "pr_rejected", "pr_reject_failed", "sandbox_deployment_failed", "pipeline_atomic_issue",
    "session_start", "webhook_run_card_error", "webhook_event_duplicate_skipped",
)  # fmt: skip
MESSAGES = (
    "Received Gitea webhook: pull_request_review", "Received Gitea webhook: pull_request",
    "Missing webhook signature", "Invalid webhook signature", "Webhook handler error: x",
    "GITEA_WEBHOOK_SECRET not set.", "Failed to parse or validate webhook payload: x", "odd",
)  # fmt: skip
line = st.fixed_dictionaries(
    {
        "event": st.sampled_from(NAMES),
        "data": st.fixed_dictionaries(
            {},
            optional={
                "message": st.sampled_from(MESSAGES),
                "pr": st.sampled_from(["acme/shop/#7", 7, 8, None]),
                "repo": st.sampled_from(["acme/shop", None, 5]),
                "pr_number": st.sampled_from([7, 8, None]),
                "state": st.sampled_from(["approved", "changes_requested", "commented"]),
                "merged_by": st.just("ada"),
                "card_id": st.just("ISSUE-1"),
                "issue_id": st.just("ISSUE-1"),
                "run_id": st.just("bf32892f"),
            },
        ),
    }
)


@given(st.lists(line, max_size=30))
@settings(max_examples=200)
def test_any_order_of_lines_gives_each_line_one_place(lines: list[dict[str, Any]]) -> None:
    events = [
        (LogRef("log", at, at + 1), Event(None, "", each["event"], "", each["data"], each))
        for at, each in enumerate(lines)
    ]
    drafts = tell(events)
    places = [ref.offset for draft in drafts for ref in draft.refs]
    assert len(set(places)) == len(places)
    assert [draft.refs[0].offset for draft in drafts] == sorted(
        draft.refs[0].offset for draft in drafts
    )
    begun = {at for at, each in enumerate(lines) if each["event"] == "webhook"}
    assert begun <= set(places)
