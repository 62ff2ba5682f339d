"""Requests to the two servers, declared: halting a session, and a signed test delivery."""

from __future__ import annotations

from typing import Final

from orket_console.actions import server_needs, verdicts
from orket_console.actions.definition import Action, Effect, Softened
from orket_console.actions.parameters import Kind, Parameter
from orket_console.target.servers import API, WEBHOOK

HALT: Final = Action(
    name="halt-session",
    title="Halt session",
    purpose="has the API server cancel what works on a session",
    runbook="3, run stalls or non-progress: action 2",
    effect=Effect.SENDS,
    changes="ends the run where it stands; the ledger may call it running for ever",
    verdict=verdicts.program,
    timeout=120,
    module="halt",
    parameters=(Parameter("session", Kind.SESSION, "", "the session to halt", required=True),),
    needs=(server_needs.listens(API),),
    undo="nothing: the run is begun anew, or not",
)
DELIVERY: Final = Action(
    name="test-delivery",
    title="Webhook test delivery",
    purpose="sends a signed delivery as Gitea would, and follows it to its line and row",
    runbook="2, webhook failures: action 3",
    effect=Effect.SENDS,
    changes="is acted upon as Gitea's own: opened may start a run, approved asks Gitea to merge "
    "the pull request, changes_requested counts a review cycle in webhook.db",
    verdict=verdicts.program,
    timeout=120,
    module="deliver",
    parameters=(
        Parameter(
            "event",
            Kind.CHOICE,
            "",
            "what is told: push is only logged",
            default="push",
            required=True,
            choices=("push", "opened", "approved", "changes_requested"),
        ),
        Parameter(
            "repo",
            Kind.REPOSITORY,
            "--repo",
            "the repository it is about",
            default="orket-console/test-delivery",
        ),
        Parameter("number", Kind.WHOLE, "--number", "the pull request", default="1"),
        Parameter("file", Kind.FILE, "--file", "a captured body to send instead, byte for byte"),
    ),
    needs=(server_needs.listens(WEBHOOK), server_needs.webhook_secret_known),
    softened=(
        Softened("event", "push", Effect.SENDS, "a line in the server log: Orket ignores a push"),
    ),
)
REQUEST_ACTIONS: Final = (HALT, DELIVERY)
