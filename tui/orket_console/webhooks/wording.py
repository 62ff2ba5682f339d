"""Orket's own wording, of both versions, and what each line says of a delivery.

Source: the messages of the webhook server and its handlers as they stand in the log.
"""

from __future__ import annotations

import re
from typing import Any, Final

from orket_console.base.text import clean, one_line

RECEIVED: Final = "Received Gitea webhook: "
TEST_RECEIVED: Final = "Test webhook received: "
NOT_VALID: Final = "Failed to parse or validate webhook payload: "
HANDLER_ERROR: Final = "Webhook handler error: "
NOT_CONFIGURED: Final = "GITEA_WEBHOOK_SECRET not set"
INVALID_SIGNATURE: Final = "Invalid webhook signature"
CAME_TWICE: Final = "came twice: "
"""Begins what we say of a delivery that the server itself knew to be one it already had."""
REFUSALS: Final = {
    "missing webhook signature": (401, "missing signature"),
    "invalid webhook signature": (401, "invalid signature"),
    "webhook rate limit exceeded": (429, "rate limit"),
    "payload too large": (413, "payload too large"),
}
"""Whole messages, in lower case. Neither version logs the last two; one that does is understood."""

_PR: Final = re.compile(r"/?#(\d+)$")


def text(data: dict[str, Any], name: str) -> str:
    """A field as safe text; numbers too, empty for anything else."""
    value = data.get(name)
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def line(data: dict[str, Any], name: str) -> str:
    return one_line(text(data, name))


def pr_key(data: dict[str, Any]) -> str:
    """The pull request that a line names, as the tables key it; empty for none.

    `pr_review` says `acme/shop/#7`, others `repo` and `pr`, the reception `repo` and `pr_number`.
    """
    pull, repository = line(data, "pr"), line(data, "repo")
    if _PR.search(pull):
        return _PR.sub(r"#\1", pull)
    number = pull or line(data, "pr_number")
    return f"{repository}#{number}" if repository and number else ""


def number(key: str) -> str:
    return key.rpartition("#")[2]
