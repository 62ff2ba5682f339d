"""Deliveries that come again: after an error, as duplicates, or as something new."""

from __future__ import annotations

from typing import Any

from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.evidence import delivery_lines


def marks(target: Target, site: Any) -> list[str]:
    """The mark of each delivery, first to last."""
    return [row.mark for row in reversed(deliveries(target, site.later).rows)]


def test_what_comes_again_after_an_error_is_the_next_attempt(target: Target, site: Any) -> None:
    for _ in range(3):
        site.review("approved")
    site.review("approved", number=8)
    assert marks(target, site) == ["", "attempt 2", "attempt 3", ""]
    third = deliveries(target, site.later).rows[1]
    assert third.summary.startswith("attempt 3: merge failed")
    lines = delivery_lines(third, target.layout, lambda at: f"{at:%H:%M:%S}")
    assert "  attempt 3: the same of 05:00:02 ended in an error" in lines


def test_a_review_with_other_words_is_another_review(target: Target, site: Any) -> None:
    site.review()
    site.count(4, reason="no tests")
    site.review()
    site.count(5, reason="no docs")
    site.review()
    site.count(6, reason="no docs")
    assert marks(target, site) == ["", "", "attempt 2"]


def test_a_review_that_was_counted_and_comes_with_the_same_words_is_a_duplicate(
    target: Target, site: Any
) -> None:
    site.review(cycle=1)
    site.review(cycle=2)
    site.review("commented")
    assert marks(target, site) == ["", "duplicate", ""]


def test_what_the_server_had_already_is_a_duplicate_of_whatever_came_of_it(
    target: Target, site: Any
) -> None:
    site.review("approved")
    site.receive("pull_request_review")
    site.say("webhook_event_duplicate_skipped", 0, pr=7, repo="acme/shop", event_id="e1")
    rows = deliveries(target, site.later).rows
    assert rows[0].is_duplicate
    lines = delivery_lines(rows[0], target.layout, lambda at: f"{at:%H:%M:%S}")
    assert "  duplicate: the server had it already" in lines


def test_a_pull_request_opens_once(target: Target, site: Any) -> None:
    for action in ("opened", "opened", "synchronized", "synchronized"):
        site.receive("pull_request")
        site.say("pr_opened", 0, pr=7, repo="acme/shop", action=action)
        site.say("pipeline_atomic_issue", 0, card_id="ISSUE-1")
    assert marks(target, site) == ["", "duplicate", "", ""]


def test_rows_of_the_table_are_the_same_by_their_payload(target: Target, site: Any) -> None:
    for payload, result in (("{}", "success"), ("{}", "success"), ('{"a":1}', "success")):
        site.event("push", "acme/shop#7", payload, result, site.now)
    assert marks(target, site) == ["", "duplicate", ""]


def test_refusals_name_nothing_and_so_repeat_nothing(target: Target, site: Any) -> None:
    site.webhook("Invalid webhook signature")
    site.webhook("Invalid webhook signature")
    assert marks(target, site) == ["", ""]
