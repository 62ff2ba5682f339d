"""Deliveries that are refused for their signature, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import Confidence, Step
from orket_console.incidents.diagnosis.rule import Case
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.refusals import PROVEN, Request, requests_of
from orket_console.incidents.diagnosis.rules.webhook_server import ANSWERS, TEST, refused_ones

STORM: Final = 3
"""Refusals in a row, with nothing accepted between, that are more than a slip."""
_RESTART: Final = seen.action(
    "restart-webhook", "restart the webhook server, so that it has .env's secret"
)
_VERIFY: Final = Step("webhooks verify-signature tells which mistake a captured delivery has")


def no_secret(facts: Facts) -> Iterator[Case]:
    unset = requests_of(facts).after_proof("unset")
    nowhere = facts.posture.webhook_used and not facts.posture.webhook_secret
    gone = facts.word("webhook") in ANSWERS and _has_server(facts)
    if not unset and not (nowhere and gone):
        return
    how = "the server says so" if unset else "no .env and no environment in sight has it"
    yield Case(
        f"GITEA_WEBHOOK_SECRET is not set: {how}, so every delivery is refused"
        f"{'' if unset else ' and the server does not start'}.",
        (
            *refused_ones(unset, "refused: no secret set"),
            *(() if unset else (seen.probe("env", "GITEA_WEBHOOK_SECRET is set nowhere"),)),
        ),
        (
            seen.action(
                "restart-webhook",
                "export GITEA_WEBHOOK_SECRET for the webhook server (0.3 does not read .env)",
            ),
            TEST,
        ),
        confidence=Confidence.CERTAIN if unset else Confidence.LIKELY,
        since=unset[0].at if unset else None,
        last=unset[-1].at if unset else None,
        count=len(unset) or 1,
        subjects=("webhook", "log-root"),
        essence=("GITEA_WEBHOOK_SECRET", "not set"),
    )


def _has_server(facts: Facts) -> bool:
    """Whether a webhook server has ever left something here: a delivery or its database."""
    webhook = next((one for one in facts.databases if one.kind == "webhook"), None)
    return bool(facts.webhooks.deliveries) or bool(webhook and webhook.used)


def _is_stale(facts: Facts) -> bool:
    return any(server == "webhook" for _, server in facts.posture.stale) or (
        "webhook" in facts.posture.rewritten
    )


def _storm(facts: Facts) -> list[Request]:
    found = requests_of(facts).after_proof("invalid")
    return found if len(found) >= STORM else []


def _was_proven(facts: Facts) -> bool:
    return any(one.kind in PROVEN for one in requests_of(facts).real)


def _is_form(facts: Facts) -> bool:
    """Whether the signatures may be right but for their form: a new version that has never
    accepted one."""
    return facts.generation == "new" and not _was_proven(facts) and not _is_stale(facts)


def mismatch(facts: Facts) -> Iterator[Case]:
    refused = _storm(facts)
    if not refused or _is_form(facts):
        return
    stale = _is_stale(facts)
    why = "the server still runs with the old one" if stale else "Gitea has another than the server"
    proof = (seen.probe("env", "the webhook server's secret is not .env's"),) if stale else ()
    yield Case(
        f"The webhook secret does not match: {seen.plural(len(refused), 'delivery')} in a row "
        f"{'was' if len(refused) == 1 else 'were'} refused with 401, {why}.",
        (*refused_ones(refused, "401: invalid signature"), *proof),
        (
            Step("compare the running server's GITEA_WEBHOOK_SECRET with Gitea's webhook settings"),
            *((_RESTART,) if stale else ()),
            _VERIFY,
            TEST,
        ),
        confidence=Confidence.CERTAIN if stale else Confidence.LIKELY,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root", *(("env",) if stale else ())),
        essence=("invalid signature", "stale" if stale else "other"),
    )  # fmt: skip


def form(facts: Facts) -> Iterator[Case]:
    refused = _storm(facts)
    if not refused or not _is_form(facts):
        return
    yield Case(
        f"All {len(refused)} signatures were refused and none ever accepted: this version wants "
        "sha256=<hex>, Gitea's own header is bare hex.",
        refused_ones(refused, "401: invalid signature"),
        (
            _VERIFY,
            Step("let the sender put sha256= before the hex, or a proxy before the server do it"),
        ),
        confidence=Confidence.POSSIBLE,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root",),
        essence=("invalid signature", "form"),
    )


def unsigned(facts: Facts) -> Iterator[Case]:
    refused = requests_of(facts).after_proof("missing")
    if len(refused) < STORM:
        return
    yield Case(
        f"Deliveries come without a signature: {len(refused)} were refused with 401 since the last "
        "good one.",
        refused_ones(refused, "401: missing signature"),
        (
            Step("set the secret in Gitea's webhook settings: without one it signs nothing"),
            Step("a proxy between them may drop X-Gitea-Signature"),
            TEST,
        ),
        confidence=Confidence.LIKELY,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root",),
        essence=("missing signature",),
    )
