"""Review cycles and review failures: each pull request's count, and why it was sent back."""

from __future__ import annotations

from pathlib import Path

from orket.clock import sql_now
from orket.log import log_event
from orket.store import connect, create_tables


class WebhookDatabase:
    """`db/webhook.db`, made on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ready = False

    def _ensure_tables(self) -> None:
        if not self._ready:
            create_tables(self.path, "webhook")
            self._log("Async database schema initialized")
            self._ready = True

    @staticmethod
    def _log(message: str) -> None:
        log_event("webhook_db", {"message": message, "level": "info"})

    def increment_cycle(self, repository: str, number: int) -> int:
        """Count one more review cycle of the pull request; the new count."""
        self._ensure_tables()
        key, stamp = f"{repository}#{number}", sql_now()
        with connect(self.path) as connection:
            connection.execute(
                "INSERT INTO pr_review_cycles (pr_key, repo_full_name, pr_number, cycle_count,"
                " created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (pr_key)"
                " DO UPDATE SET cycle_count = cycle_count + 1, updated_at = excluded.updated_at",
                (key, repository, number, stamp, stamp),
            )
            count = connection.execute(
                "SELECT cycle_count FROM pr_review_cycles WHERE pr_key = ?", (key,)
            ).fetchone()[0]
        self._log(f"Incremented PR cycle: {key} -> {count}")
        return int(count)

    def add_failure(self, repository: str, number: int, reviewer: str, reason: str) -> None:
        """Keep why this cycle was sent back."""
        self._ensure_tables()
        key = f"{repository}#{number}"
        with connect(self.path) as connection:
            connection.execute(
                "INSERT INTO review_failures (pr_key, cycle_number, reviewer, reason, created_at)"
                " SELECT pr_key, cycle_count, ?, ?, ? FROM pr_review_cycles WHERE pr_key = ?",
                (reviewer, reason, sql_now(), key),
            )
        self._log(f"Recorded failure reason for {key}")

    def close_cycle(self, repository: str, number: int, status: str) -> None:
        """End the pull request's cycles: `merged` or `rejected`."""
        self._ensure_tables()
        key = f"{repository}#{number}"
        with connect(self.path) as connection:
            connection.execute(
                "UPDATE pr_review_cycles SET status = ?, updated_at = ? WHERE pr_key = ?",
                (status, sql_now(), key),
            )
        self._log(f"Closed PR cycle: {key} ({status})")
