"""Runbook class 2: webhooks do not arrive, are refused, or get stuck."""

from __future__ import annotations

from typing import Final

from orket_console.incidents.diagnosis.finding import FailureClass
from orket_console.incidents.diagnosis.rule import Rule
from orket_console.incidents.diagnosis.rules import webhook_handling as handling
from orket_console.incidents.diagnosis.rules import webhook_server as server
from orket_console.incidents.diagnosis.rules import webhook_signatures as signatures

WEBHOOK_RULES: Final = (
    Rule(
        "webhook-port-taken",
        "Another program has the webhook server's port",
        FailureClass.WEBHOOK,
        "the probe of the webhook server's port",
        "the process on that port is this installation's own webhook server",
        server.foreign,
        probes=("webhook",),
    ),
    Rule(
        "webhook-secret-missing",
        "The webhook secret is not set",
        FailureClass.WEBHOOK,
        "“GITEA_WEBHOOK_SECRET not set” in the server log; .env and the environments in sight",
        "the server gets the secret from where this user can't see it, and runs",
        signatures.no_secret,
        probes=("webhook", "env"),
    ),
    Rule(
        "webhook-down",
        "The webhook server is not running",
        FailureClass.WEBHOOK,
        "the probe of the webhook server's port",
        "it serves on another host or port",
        server.server_down,
        under=("webhook-secret-missing",),
        probes=("webhook",),
    ),
    Rule(
        "webhook-secret-mismatch",
        "The webhook secret does not match",
        FailureClass.WEBHOOK,
        "refused signatures since the last accepted delivery; .env against the server's secret",
        "one of the refused deliveries verifies with the server's secret",
        signatures.mismatch,
        probes=("env",),
    ),
    Rule(
        "webhook-signature-form",
        "Signatures have the wrong form",
        FailureClass.WEBHOOK,
        "refused signatures on a version that wants sha256=, where none was ever accepted",
        "a captured delivery's signature begins with sha256=",
        signatures.form,
    ),
    Rule(
        "webhook-signature-missing",
        "Deliveries are not signed",
        FailureClass.WEBHOOK,
        "missing signatures since the last accepted delivery, without the canary's",
        "Gitea's list of deliveries shows X-Gitea-Signature on them",
        signatures.unsigned,
        under=("auth-probing",),
    ),
    Rule(
        "gitea-unreachable",
        "Gitea can't be reached",
        FailureClass.WEBHOOK,
        "reviews whose next step never came, cycles past their last and active, Gitea's probe",
        "Gitea shows the merge, comment or rejection",
        handling.gitea,
        probes=("webhook-db", "gitea"),
    ),
    Rule(
        "webhook-rate-limit",
        "The rate limit was hit",
        FailureClass.WEBHOOK,
        "deliveries a minute in the server log against ORKET_RATE_LIMIT",
        "Gitea's list of deliveries shows no 429",
        handling.limit,
    ),
    Rule(
        "webhook-payload-refused",
        "Payloads are refused",
        FailureClass.WEBHOOK,
        "deliveries that were answered 400 or 413, or not understood",
        "the same payload is accepted when it is redelivered",
        handling.payload,
    ),
    Rule(
        "webhook-handler-error",
        "The webhook server fails at deliveries",
        FailureClass.WEBHOOK,
        "deliveries that ended in an error other than Gitea's being unreachable",
        "the delivery did what it should: Gitea shows it",
        handling.handler,
        under=("db-locked", "db-corrupt", "db-missing", "db-empty", "disk-full"),
    ),
)
