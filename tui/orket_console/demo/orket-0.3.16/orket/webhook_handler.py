"""The review policy: what each delivery from Gitea leads to.

Two cycles are plain, the third asks the architect, from the fourth on the pull request is
rejected. Escalation, rejection and merge call Gitea; when it can't be reached they raise
OSError, and the cycle stays counted and active.
"""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from orket.log import log_event
from orket.runtime_paths import webhook_db_path
from orket.webhook_db import WebhookDatabase

ESCALATION_CYCLE = 3
LAST_CYCLE = 4
ISSUE_ID = re.compile(r"ISSUE-[A-Z0-9]+")


class GiteaUnreachableError(Exception):
    """No answer from Gitea: nothing in the server handles it, so the client sees a bare 500."""


class WebhookHandler:
    """Handles deliveries for one workspace."""

    def __init__(self, workspace: Path) -> None:
        password = os.environ.get("GITEA_ADMIN_PASSWORD")
        if not password:
            raise RuntimeError(
                "GITEA_ADMIN_PASSWORD environment variable is not set."
                " Set it before initializing the webhook handler."
            )
        login = f"{os.environ.get('GITEA_ADMIN_USER', 'Orket')}:{password}"
        self._authorization = "Basic " + base64.b64encode(login.encode()).decode()
        self._gitea = os.environ.get("GITEA_URL", "http://localhost:3000")
        self._workspace = workspace
        self._database = WebhookDatabase(webhook_db_path())

    def handle(self, event: str, payload: dict[str, Any]) -> dict[str, str]:
        """What is answered to the delivery: `status` and `message`."""
        if event == "pull_request_review":
            return self._review(payload)
        if event == "pull_request":
            action = payload.get("action")
            if action in {"opened", "synchronized"}:
                return self._opened(payload)
            if action == "closed" and payload["pull_request"].get("merged"):
                return self._merged(payload)
        return {"status": "ignored", "message": f"Event type {event} not handled"}

    def _opened(self, payload: dict[str, Any]) -> dict[str, str]:
        pull, repository = payload["pull_request"], _full_name(payload)
        number = pull["number"]
        data = {"pr": number, "repo": repository, "action": payload.get("action")}
        log_event("pr_opened", data, self._workspace)
        issue = ISSUE_ID.search(pull["title"])
        if issue is None:
            return {"status": "ignored", "message": "No issue ID found in PR title"}
        return {"status": "success", "message": f"PR #{number} review triggered for {issue[0]}"}

    def _review(self, payload: dict[str, Any]) -> dict[str, str]:
        review, repository = payload["review"], _full_name(payload)
        number = payload["pull_request"]["number"]
        reviewer, state = review["user"]["login"], review["state"]
        seen = {"pr": f"{repository}/#{number}", "reviewer": reviewer, "state": state}
        log_event("pr_review", seen, self._workspace)
        if state == "approved":
            self._merge(repository, number)
            return {"status": "success", "message": f"PR #{number} approved and merged"}
        if state != "changes_requested":
            return {"status": "ignored", "message": "Review state not actionable"}
        cycle = self._database.increment_cycle(repository, number)
        reason = review.get("body", "No reason provided")
        self._database.add_failure(repository, number, reviewer, reason)
        if cycle == ESCALATION_CYCLE:
            self._escalate(repository, number)
            return {"status": "escalated", "message": f"PR #{number} escalated to architect"}
        if cycle >= LAST_CYCLE:
            self._reject(repository, number)
            message = f"PR #{number} auto-rejected after {LAST_CYCLE} cycles"
            return {"status": "rejected", "message": message}
        message = f"PR #{number} rejected (cycle {cycle}/{LAST_CYCLE})"
        return {"status": "changes_requested", "message": message}

    def _merged(self, payload: dict[str, Any]) -> dict[str, str]:
        pull, repository = payload["pull_request"], _full_name(payload)
        number = pull["number"]
        merged_by = (pull.get("merged_by") or {}).get("login", "unknown")
        data = {"pr": number, "repo": repository, "merged_by": merged_by}
        log_event("pr_merged", data, self._workspace)
        self._database.close_cycle(repository, number, "merged")
        message = f"PR #{number} merged, sandbox deployment triggered"
        return {"status": "success", "message": message}

    def _merge(self, repository: str, number: int) -> None:
        status, text = self._gitea_call("POST", f"{repository}/pulls/{number}/merge", {})
        if status == 200:
            log_event("pr_merged", {"pr": number, "repo": repository}, self._workspace)
        else:
            data = {"pr": number, "status": status, "error": text}
            log_event("pr_merge_failed", data, self._workspace)

    def _escalate(self, repository: str, number: int) -> None:
        note = {"body": f"@lead_architect: #{number} was sent back three times; look at the plan."}
        self._gitea_call("POST", f"{repository}/issues/{number}/comments", note)
        log_event("pr_escalated", {"pr": number, "repo": repository}, self._workspace)

    def _reject(self, repository: str, number: int) -> None:
        self._gitea_call("PATCH", f"{repository}/pulls/{number}", {"state": "closed"})
        title = f"Requirements review: #{number} was sent back {LAST_CYCLE} times"
        self._gitea_call("POST", f"{repository}/issues", {"title": title})
        log_event("pr_rejected", {"pr": number, "repo": repository}, self._workspace)
        self._database.close_cycle(repository, number, "rejected")

    def _gitea_call(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
        request = urllib.request.Request(  # noqa: S310 (the URL is the operator's own)
            f"{self._gitea}/api/v1/repos/{path}",
            data=json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": self._authorization},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=10) as response:
                return int(response.status), response.read(65536).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read(65536).decode("utf-8", "replace")
        except OSError as error:
            raise GiteaUnreachableError(str(error)) from error


def _full_name(payload: dict[str, Any]) -> str:
    repository = payload["repository"]
    return f"{repository['owner']['login']}/{repository['name']}"
