"""The demo's webhook server answers, logs and counts as the real one does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orket_console.demo.deliveries import Delivery, PullRequest

LaidDown = Callable[..., Path]
SECRET = "the-right-one"
PULL = PullRequest("acme/shop", 7, "Basket survives a reload", "basket-7")
TAGGED = PullRequest("acme/shop", 8, "[ISSUE-SHOP8] Address form", "address-8")
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def webhook(programs: LaidDown, started: Callable[..., Any]) -> Callable[..., Any]:
    """Starts the webhook server with the secret; its log starts empty."""

    def start(**environment: str) -> Any:
        root = programs()
        settings = {
            "GITEA_WEBHOOK_SECRET": SECRET,
            "GITEA_ADMIN_PASSWORD": "p",
            "GITEA_URL": NOWHERE,
        }
        server = started(root, "-m", "orket.webhook_server", **settings | environment)
        (root / "orket.log").write_text("", encoding="utf-8")
        return server

    return start


def deliver(server: Any, delivery: Delivery) -> Any:
    return server.deliver(delivery.payload, secret=SECRET, event=delivery.event)


def sent_back(pull: PullRequest = PULL) -> Delivery:
    return pull.review("integrity_guard", "changes_requested", "no [bold]tests[/bold]")


def cycles(root: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(root / ".orket/durable/db/webhook.db")
    query = "SELECT cycle_count, status FROM pr_review_cycles WHERE pr_key = 'acme/shop#7'"
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def messages(server: Any) -> list[tuple[str, Any]]:
    return [(record["event"], record["data"].get("message")) for record in server.log()]


def test_name_and_health(webhook: Callable[..., Any]) -> None:
    server = webhook()
    name = {"service": "Orket Webhook Server", "status": "running", "version": "0.3.16"}
    assert server.ask("/").json == name
    assert server.ask("/health").body == b'{"status":"healthy"}'


def test_no_signature(webhook: Callable[..., Any]) -> None:
    server = webhook()
    answer = server.ask("/webhook/gitea", b"{}", X_Gitea_Event="push")
    assert (answer.status, answer.json) == (401, {"detail": "Missing signature"})
    assert messages(server) == [("webhook", "Missing webhook signature")]
    assert server.log()[0]["data"]["level"] == "error"


@pytest.mark.parametrize("signature", ["0" * 64, "sha256=0", "é"])
def test_a_wrong_signature(webhook: Callable[..., Any], signature: str) -> None:
    server = webhook()
    answer = server.ask("/webhook/gitea", b"{}", X_Gitea_Signature=signature.encode("latin-1"))
    assert (answer.status, answer.json) == (401, {"detail": "Invalid signature"})
    assert messages(server) == [("webhook", "Invalid webhook signature")]


def test_another_secret(webhook: Callable[..., Any]) -> None:
    assert webhook().deliver({}, secret="the-new-one").status == 401


@pytest.mark.parametrize(
    "body", [b"{not json", b"[]", b'{"number": -1}', b'{"number": "x"}', b"[" * 100000]
)
def test_a_body_that_is_no_payload(webhook: Callable[..., Any], body: bytes) -> None:
    server = webhook()
    answer = server.deliver(body, secret=SECRET)
    assert answer.status == 400
    assert answer.json["detail"].startswith("Invalid payload: ")
    ((event, message),) = messages(server)
    assert event == "webhook"
    assert str(message).startswith("Failed to parse or validate webhook payload: ")


def test_a_body_over_one_megabyte(webhook: Callable[..., Any]) -> None:
    server = webhook()
    answer = server.deliver(b'"' + b"x" * 1024 * 1024 + b'"', secret=SECRET)
    assert (answer.status, answer.json) == (413, {"detail": "Payload too large"})
    assert server.ask("/health").status == 200


def test_more_than_the_limit_in_a_minute(webhook: Callable[..., Any]) -> None:
    server = webhook(ORKET_RATE_LIMIT="2")
    statuses = [deliver(server, PULL.pushed()).status for _ in range(3)]
    refused = deliver(server, PULL.pushed())
    assert statuses == [200, 200, 429]
    assert refused.json == {"detail": "Webhook rate limit exceeded"}
    assert refused.headers["Retry-After"] == "60"


def test_an_opened_pull_request(webhook: Callable[..., Any]) -> None:
    server = webhook()
    ignored = {"status": "ignored", "message": "No issue ID found in PR title"}
    triggered = {"status": "success", "message": "PR #8 review triggered for ISSUE-SHOP8"}
    assert deliver(server, PULL.opened()).json == ignored
    assert deliver(server, TAGGED.opened()).json == triggered
    received, opened = server.log()[:2]
    assert received["data"]["message"] == "Received Gitea webhook: pull_request"
    assert (received["data"]["repo"], received["data"]["pr_number"]) == ("acme/shop", 7)
    assert (opened["event"], opened["data"]["pr"]) == ("pr_opened", 7)


def test_an_event_that_nobody_handles(webhook: Callable[..., Any]) -> None:
    answer = webhook().deliver({"ref": "main"}, secret=SECRET, event="push")
    assert answer.json == {"status": "ignored", "message": "Event type push not handled"}


def test_cycles_up_to_the_reject(webhook: Callable[..., Any]) -> None:
    server = webhook()
    # Its own stand-in answers for Gitea.
    reachable = webhook(GITEA_URL=f"http://127.0.0.1:{server.port}/demo-gitea")
    states = [deliver(reachable, sent_back()).json["status"] for _ in range(4)]
    assert states == ["changes_requested", "changes_requested", "escalated", "rejected"]
    assert cycles(reachable.root) == [(4, "rejected")]
    events = [event for event, _ in messages(reachable)]
    assert "pr_escalated" in events
    assert events[-1] == "pr_rejected"


def test_cycles_get_stuck_when_gitea_is_gone(webhook: Callable[..., Any]) -> None:
    server = webhook()
    answers = [deliver(server, sent_back()) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 500, 500, 500]
    assert answers[-1].body == b"Internal Server Error"
    assert cycles(server.root) == [(5, "active")]
    runs_log = (server.root / "workspace/default/orket.log").read_text("utf-8").splitlines()
    last = [json.loads(line)["data"]["message"] for line in runs_log[-2:]]
    assert last == [
        "Incremented PR cycle: acme/shop#7 -> 5",
        "Recorded failure reason for acme/shop#7",
    ]


def test_the_reason_is_kept_as_it_came(webhook: Callable[..., Any]) -> None:
    server = webhook()
    deliver(server, sent_back())
    connection = sqlite3.connect(server.root / ".orket/durable/db/webhook.db")
    query = "SELECT cycle_number, reviewer, reason FROM review_failures WHERE pr_key = ?"
    found = connection.execute(query, ("acme/shop#7",)).fetchall()
    connection.close()
    assert found == [(1, "integrity_guard", "no [bold]tests[/bold]")]


def test_a_merge_closes_the_cycle(webhook: Callable[..., Any]) -> None:
    server = webhook()
    deliver(server, sent_back())
    answer = deliver(server, PULL.merged()).json
    assert answer["message"] == "PR #7 merged, sandbox deployment triggered"
    assert cycles(server.root) == [(1, "merged")]


def test_a_payload_that_lacks_what_its_event_needs(webhook: Callable[..., Any]) -> None:
    server = webhook()
    answer = server.deliver({"action": "opened"}, secret=SECRET)
    assert (answer.status, answer.json) == (500, {"detail": "'pull_request'"})
    assert messages(server)[-1] == ("webhook", "Webhook handler error: 'pull_request'")


def test_nothing_is_written_to_the_events_table(webhook: Callable[..., Any]) -> None:
    server = webhook()
    deliver(server, PULL.opened())
    connection = sqlite3.connect(server.root / ".orket/durable/db/webhook.db")
    assert connection.execute("SELECT count(*) FROM webhook_events").fetchone() == (0,)
    connection.close()


def test_the_test_endpoint(webhook: Callable[..., Any]) -> None:
    body = b'{"event": "push"}'
    assert webhook().ask("/webhook/test", body).status == 403
    enabled = webhook(ORKET_ENABLE_WEBHOOK_TEST_ENDPOINT="true", ORKET_WEBHOOK_TEST_TOKEN="token")
    assert enabled.ask("/webhook/test", body).status == 401
    answer = enabled.ask("/webhook/test", body, X_Webhook_Test_Token="token")
    assert answer.json["status"] == "ignored"
