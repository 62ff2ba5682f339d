"""What deliveries of the past left behind: lines in both logs and rows in the webhook database.

The same lines and rows as the installation's own webhook server writes for the same delivery.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orket_console.demo.deliveries import Delivery
from orket_console.demo.steps import SERVERS_LOG, LogLine, Sql, Timeline, sql_time

_ESCALATION_CYCLE = 3
_LAST_CYCLE = 4
_COUNT = (
    "INSERT INTO pr_review_cycles (pr_key, repo_full_name, pr_number, cycle_count, created_at,"
    " updated_at) VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (pr_key)"
    " DO UPDATE SET cycle_count = cycle_count + 1, updated_at = excluded.updated_at"
)
_FAILURE = (
    "INSERT INTO review_failures (pr_key, cycle_number, reviewer, reason, created_at)"
    " VALUES (?, ?, ?, ?, ?)"
)
_CLOSE = "UPDATE pr_review_cycles SET status = ?, updated_at = ? WHERE pr_key = ?"


@dataclass(slots=True)
class WebhookStory:
    """Tells deliveries one after the other onto a timeline."""

    timeline: Timeline
    cycles: Counter[str] = field(default_factory=Counter)
    database_is_open: bool = False

    def refuse(self) -> None:
        """A delivery whose signature is not the one that the server computes: 401."""
        self._server("webhook", {"message": "Invalid webhook signature", "level": "error"})

    def accept(self, delivery: Delivery) -> None:
        """A delivery that is signed well."""
        payload, repository = delivery.payload, delivery.payload["repository"]["full_name"]
        received = {
            "message": f"Received Gitea webhook: {delivery.event}",
            "level": "info",
            "event": delivery.event,
            "repo": repository,
            "pr_number": payload["number"],
        }
        self._server("webhook", received)
        self.timeline.wait(0.0003)
        if delivery.event == "pull_request_review":
            self._review(repository, delivery)
        elif payload["action"] == "closed":
            merged = {"pr": payload["number"], "repo": repository, "merged_by": "orket-bot"}
            self._server("pr_merged", merged)
            self._close(repository, payload["number"], "merged")
        else:
            opened = {"pr": payload["number"], "repo": repository, "action": payload["action"]}
            self._server("pr_opened", opened)

    def _review(self, repository: str, delivery: Delivery) -> None:
        number, review = delivery.payload["number"], delivery.payload["review"]
        reviewer, state = review["user"]["login"], review["state"]
        seen = {"pr": f"{repository}/#{number}", "reviewer": reviewer, "state": state}
        self._server("pr_review", seen)
        named = {"pr": number, "repo": repository}
        if state == "approved":
            self.timeline.wait(0.02)
            self._server("pr_merged", named)
            return
        self._count(repository, number, reviewer, review["body"])
        cycle = self.cycles[f"{repository}#{number}"]
        if cycle < _ESCALATION_CYCLE or not delivery.gitea_answers:
            return
        self.timeline.wait(0.03)
        if cycle == _ESCALATION_CYCLE:
            self._server("pr_escalated", named)
        elif cycle >= _LAST_CYCLE:
            self._server("pr_rejected", named)
            self._close(repository, number, "rejected")

    def _count(self, repository: str, number: int, reviewer: str, reason: str) -> None:
        key = f"{repository}#{number}"
        self.cycles[key] += 1
        cycle = self.cycles[key]
        stamp = sql_time(self.timeline.wait(0.004))
        self._open_database()
        self._change(_COUNT, key, repository, number, stamp, stamp)
        self._database(f"Incremented PR cycle: {key} -> {cycle}")
        self.timeline.wait(0.003)
        self._change(_FAILURE, key, cycle, reviewer, reason, stamp)
        self._database(f"Recorded failure reason for {key}")

    def _close(self, repository: str, number: int, status: str) -> None:
        stamp = sql_time(self.timeline.wait(0.003))
        self._open_database()
        self._change(_CLOSE, status, stamp, f"{repository}#{number}")
        self._database(f"Closed PR cycle: {repository}#{number} ({status})")

    def _open_database(self) -> None:
        if not self.database_is_open:
            self._database("Async database schema initialized")
            self.database_is_open = True

    def _change(self, statement: str, *parameters: object) -> None:
        self.timeline.add(Sql("webhook", statement, parameters))

    def _database(self, message: str) -> None:
        self.timeline.log("webhook_db", {"message": message, "level": "info"})

    def _server(self, event: str, data: dict[str, Any]) -> None:
        self.timeline.add(LogLine(event, data, file=SERVERS_LOG))


def server_starts(timeline: Timeline, at: datetime, webhook_address: str) -> None:
    """The lines with which the two servers began."""
    timeline.cursor = at
    starting = {"message": f"Starting webhook server on {webhook_address}", "level": "info"}
    timeline.add(LogLine("webhook_server", starting, file=SERVERS_LOG))
    timeline.wait(0.041)
    posture = {"api_key_configured": True, "insecure_no_api_key_bypass": False}
    timeline.add(LogLine("api_security_posture", posture, file=SERVERS_LOG))
