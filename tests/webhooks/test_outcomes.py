"""What the log's lines say of a delivery, in both versions' wording, and what silence says."""

from __future__ import annotations

from typing import Any

import pytest

from orket_console.base.refs import LogRef, SessionRef, TableRef
from orket_console.base.state import State
from orket_console.target.target import Target
from orket_console.webhooks.deliveries import deliveries
from orket_console.webhooks.model import Delivery

Site = Any
NOT_VALID = "Failed to parse or validate webhook payload: "
PYDANTIC = (
    "1 validation error for GiteaWebhookPayload\nnumber\n  Input should be greater than 0 "
    "[type=greater_than, input_value=-1, input_type=int]\n    For further information visit …"
)


def only(site: Site, target: Target) -> Delivery:
    (row,) = deliveries(target, site.later).rows
    return row


def seen(site: Site, target: Target) -> list[tuple[str, str, str]]:
    """Oldest first: pull request, outcome, why."""
    rows = deliveries(target, site.later).rows
    return [(row.pr_key, row.label, row.why) for row in reversed(rows)]


@pytest.mark.parametrize(
    ("message", "label", "why"),
    [
        ("Missing webhook signature", "refused 401", "missing signature"),
        ("Invalid webhook signature", "refused 401", "invalid signature"),
        ("Webhook rate limit exceeded", "refused 429", "rate limit"),
        ("Payload too large", "refused 413", "payload too large"),
        (
            NOT_VALID + "Expecting value: line 1 column 1 (char 0)",
            "refused 400",
            "not JSON: Expecting value: line 1 column 1 (char 0)",
        ),
        (
            NOT_VALID + PYDANTIC,
            "refused 400",
            "payload: number: Input should be greater than 0",
        ),
        (
            "Webhook handler error: database is locked",
            "error 500",
            "handler error: database is locked",
        ),
        ("something that no known version says", "unknown", "something that no known version says"),
    ],
)
def test_a_line_that_is_a_delivery_by_itself(
    site: Site, target: Target, message: str, label: str, why: str
) -> None:
    site.webhook(message, level="error")
    row = only(site, target)
    assert (row.label, row.why, row.event, row.pr_key) == (label, why, "", "")
    assert row.refs == (LogRef(str(site.log), 0, 1),)


@pytest.mark.parametrize(
    "message",
    [
        "GITEA_WEBHOOK_SECRET not set. Authentication disabled.",
        "GITEA_WEBHOOK_SECRET not set. All webhooks will be rejected.",
    ],
)
def test_a_server_without_secret_is_told_once(site: Site, target: Target, message: str) -> None:
    site.webhook(message, level="error")
    site.webhook("Invalid webhook signature", level="error")
    site.webhook("Invalid webhook signature", level="error")
    assert [why for _, _, why in seen(site, target)] == [
        "GITEA_WEBHOOK_SECRET is not set in the server",
        "invalid signature",
    ]


def test_a_refused_signature_says_what_else_writes_such_lines(site: Site, target: Target) -> None:
    site.webhook("Invalid webhook signature", level="error")
    notes = " ".join(only(site, target).notes)
    assert "sha256=" in notes
    assert "security canary" in notes


def test_events_that_are_not_handled(site: Site, target: Target) -> None:
    site.receive("push", None)
    site.receive("pull_request", 3)
    assert seen(site, target) == [
        ("", "ignored", "event not handled"),
        ("acme/shop#3", "ignored", "action not handled"),
    ]


def test_reviews_are_counted_by_their_rows(site: Site, target: Target) -> None:
    site.review(cycle=1)
    site.review(cycle=2)
    assert seen(site, target) == [
        ("acme/shop#7", "counted", "cycle 1 of 4"),
        ("acme/shop#7", "counted", "cycle 2 of 4"),
    ]
    row = deliveries(target, site.later).rows[0]
    assert row.state is State.OK
    assert row.reason == "missing tests"
    assert row.refs[-1] == TableRef("webhook.db", "review_failures", (2,))
    assert [ref.line for ref in row.refs if isinstance(ref, LogRef)] == [3, 4]


def test_silence_at_the_third_and_fourth_cycle_means_gitea(site: Site, target: Target) -> None:
    site.review(cycle=3)
    site.review(cycle=4)
    assert seen(site, target) == [
        ("acme/shop#7", "error 500", "Gitea unreachable, cycle 3 of 4: no escalation"),
        ("acme/shop#7", "error 500", "Gitea unreachable, cycle 4 of 4: no auto-reject"),
    ]
    assert "deduced" in deliveries(target, site.later).rows[0].notes[0]


def test_what_is_under_way_is_no_error_yet(site: Site, target: Target) -> None:
    site.review(cycle=4)
    site.review("approved", 8)
    site.receive("pull_request_review", 9)
    rows = deliveries(target, site.meanwhile).rows
    assert [row.label for row in rows] == ["pending", "pending", "pending"]
    assert [row.state for row in rows] == [State.INFO] * 3


def test_escalation_and_rejection(site: Site, target: Target) -> None:
    site.review(cycle=3)
    site.say("pr_escalated", pr=7, repo="acme/shop")
    site.review(cycle=4)
    site.say("pr_rejected", pr=7, repo="acme/shop")
    assert seen(site, target) == [
        ("acme/shop#7", "counted", "cycle 3 of 4, to the architect"),
        ("acme/shop#7", "counted", "cycle 4 of 4, rejected"),
    ]


def test_answers_of_gitea_that_are_refusals(site: Site, target: Target) -> None:
    site.review(cycle=3)
    site.say("pr_escalation_failed", pr=7, repo="acme/shop", error="failed with status 404: no")
    site.review(cycle=4)
    site.say("pr_reject_failed", pr=7, repo="acme/shop", step="close_pr", error="status 403")
    site.review("approved", 8)
    site.say("pr_merge_failed", pr=8, status=405, error="<html>[bold]not allowed[/bold]</html>")
    assert seen(site, target) == [
        ("acme/shop#7", "error", "escalation failed: failed with status 404: no"),
        ("acme/shop#7", "error", "auto-reject failed at close_pr: status 403"),
        ("acme/shop#8", "error", "merge failed: Gitea answered 405"),
    ]
    assert deliveries(target, site.later).rows[0].reason == "<html>[bold]not allowed[/bold]</html>"


def test_approval(site: Site, target: Target) -> None:
    site.review("approved", 8)
    site.say("pr_merged", pr=8, repo="acme/shop")
    site.review("approved", 9)
    site.review("commented", 9)
    assert seen(site, target) == [
        ("acme/shop#8", "accepted", "approved and merged"),
        ("acme/shop#9", "error 500", "merge failed: Gitea unreachable"),
        ("acme/shop#9", "ignored", "review commented: not acted on"),
    ]


def test_answers_go_to_the_review_that_can_have_caused_them(site: Site, target: Target) -> None:
    site.review("approved", 8)
    site.review("approved", 9)
    site.review("commented", 8)
    site.say("pr_merged", pr=8, repo="acme/shop")
    site.say("pr_merge_failed", pr=9, status=500, error="x")
    assert [(key, label) for key, label, _ in seen(site, target)] == [
        ("acme/shop#8", "accepted"),
        ("acme/shop#9", "error"),
        ("acme/shop#8", "ignored"),
    ]


def test_merged_pull_requests_and_their_sandboxes(site: Site, target: Target) -> None:
    for number, after in (
        (1, ""),
        (2, "deployed"),
        (3, "deployment_failed"),
        (4, "deployment_skipped"),
    ):
        site.receive("pull_request", number)
        site.say("pr_merged", pr=number, repo="acme/shop", merged_by="ada")
        if after:
            site.say(
                f"sandbox_{after}",
                pr=number,
                repo="acme/shop",
                error="no docker",
                reason="not yet",
                sandbox_id="s1",
            )
    assert seen(site, target) == [
        ("acme/shop#1", "accepted", "merged by ada"),
        ("acme/shop#2", "accepted", "merged by ada"),
        ("acme/shop#3", "error", "merged, but no sandbox: no docker"),
        ("acme/shop#4", "accepted", "merged by ada"),
    ]
    rows = deliveries(target, site.later).rows
    assert rows[0].notes == ("no sandbox was deployed: not yet",)
    assert rows[2].notes == ("sandbox s1 was deployed",)


def test_a_merged_payload_without_head(site: Site, target: Target) -> None:
    site.receive("pull_request")
    site.say("pr_merged", pr=7, repo="acme/shop", merged_by="unknown")
    site.webhook("Webhook handler error: 'head'", level="error")
    assert seen(site, target) == [
        ("acme/shop#7", "error 500", "merged, then handler error: 'head'")
    ]


def test_opened_without_and_with_an_issue(site: Site, target: Target) -> None:
    site.receive("pull_request", 1)
    site.say("pr_opened", pr=1, repo="acme/shop", action="opened")
    site.receive("pull_request", 2)
    site.say("pr_opened", pr=2, repo="acme/shop", action="opened")
    site.say("pipeline_atomic_issue", card_id="ISSUE-WH1", parent_epic="Epic")
    site.receive("pull_request", 3)
    site.say("pr_opened", pr=3, repo="acme/shop", action="synchronized")
    site.say("pipeline_atomic_issue", card_id="ISSUE-WH2", parent_epic="Epic")
    site.say("session_start", run_id="bf32892f", epic="Epic")
    assert seen(site, target) == [
        ("acme/shop#1", "ignored", "no issue id in the title"),
        ("acme/shop#2", "accepted", "run of ISSUE-WH1 asked for, no session followed"),
        ("acme/shop#3", "accepted", "run bf32892f of ISSUE-WH2 started"),
    ]
    assert deliveries(target, site.later).rows[0].refs[-1] == SessionRef("bf32892f")


def test_a_run_that_failed(site: Site, target: Target) -> None:
    site.receive("pull_request")
    site.say("pr_opened", pr=7, repo="acme/shop", action="opened")
    site.say("pipeline_atomic_issue", card_id="ISSUE-WH1", parent_epic="Epic")
    site.say("session_start", run_id="bf32892f")
    site.say("session_end", 1800, run_id="bf32892f")
    site.say("webhook_run_card_error", issue_id="ISSUE-WH1", error="no provider")
    assert seen(site, target) == [("acme/shop#7", "error", "run of ISSUE-WH1 failed: no provider")]


def test_a_run_that_is_not_the_webhooks(site: Site, target: Target) -> None:
    site.receive("pull_request")
    site.say("pr_opened", pr=7, repo="acme/shop", action="opened")
    site.say("pipeline_atomic_issue", 600, card_id="ISSUE-X", parent_epic="Epic")
    assert seen(site, target) == [("acme/shop#7", "ignored", "no issue id in the title")]


def test_a_delivery_that_came_twice(site: Site, target: Target) -> None:
    site.receive("pull_request_review")
    site.say(
        "webhook_event_duplicate_skipped",
        event_type="pull_request_review",
        event_id="e-1",
        pr="acme/shop/#7",
    )
    assert seen(site, target) == [("acme/shop#7", "ignored", "came twice: event e-1")]


def test_a_review_that_was_not_understood(site: Site, target: Target) -> None:
    site.receive("pull_request_review")
    site.webhook("Webhook handler error: 'user'", level="error")
    site.receive("pull_request_review", 8)
    site.webhook("Test webhook received: pull_request_review", level="info")
    assert seen(site, target) == [
        ("acme/shop#7", "error 500", "handler error: 'user'"),
        ("acme/shop#8", "error", "payload not understood"),
        ("", "error", "test: payload not understood"),
    ]


def test_a_review_whose_reception_was_lost(site: Site, target: Target) -> None:
    site.say("pr_review", pr="acme/shop/#7", reviewer="guard", state="commented")
    site.say("pr_merged", pr=8, repo="acme/shop", merged_by="ada")
    site.say("pr_rejected", pr=9, repo="acme/shop")
    assert seen(site, target) == [
        ("acme/shop#7", "ignored", "review commented: not acted on"),
        ("acme/shop#8", "accepted", "merged by ada"),
        ("acme/shop#9", "counted", "cycle ? of 4, rejected"),
    ]


def test_a_review_that_left_no_row_is_not_called_well(site: Site, target: Target) -> None:
    site.review()
    row = only(site, target)
    assert (row.label, row.state) == ("unknown", State.UNKNOWN)
    assert row.why == "changes requested; cycle not known: review_failures has no row for it"


def test_rows_are_matched_by_time_and_not_by_count(site: Site, target: Target) -> None:
    site.count(1)
    site.now = site.now.replace(hour=6)
    site.review()
    site.now = site.now.replace(hour=7)
    site.review(cycle=2)
    assert [label for _, label, _ in seen(site, target)] == ["unknown", "counted"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"message": None},
        {"message": 7},
        {"message": "Received Gitea webhook: "},
        {"message": "Received Gitea webhook: x", "repo": [], "pr_number": {}},
        {
            "message": "Received Gitea webhook: \x1b[2J[/bold]\ud83d\u202e",
            "repo": "\x07",
            "pr_number": 1,
        },
    ],
)
def test_odd_lines_are_shown_and_safe(site: Site, target: Target, data: dict[str, Any]) -> None:
    site.say("webhook", **data)
    row = only(site, target)
    for text in (row.event, row.pr_key, row.why, row.reason):
        assert not set(text) & set("\x1b\x07\ud83d\u202e\n")


@pytest.mark.parametrize(
    "event",
    [
        "pr_review",
        "pr_opened",
        "pr_merged",
        "pr_merge_failed",
        "pr_escalated",
        "pr_rejected",
        "pr_escalation_failed",
        "pr_reject_failed",
        "webhook_event_duplicate_skipped",
        "webhook_run_card_error",
        "pipeline_atomic_issue",
        "session_start",
        "sandbox_deployed",
    ],
)
def test_a_line_with_nothing_in_it_breaks_nothing(site: Site, target: Target, event: str) -> None:
    site.say(event)
    site.receive("push", None)
    site.say(event, pr=[1], repo=7, error={"a": 1}, status=None)
    assert deliveries(target, site.later).problems == ()


def test_a_giant_reason_is_cut_and_says_so(site: Site, target: Target) -> None:
    site.webhook("Webhook handler error: " + "x" * 100_000)
    row = only(site, target)
    assert len(row.why) <= 300
    assert row.reason.endswith("… cut at 20000 of 100000 characters")
