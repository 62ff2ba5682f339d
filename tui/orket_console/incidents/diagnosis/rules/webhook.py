"""Runbook class 2: webhooks do not arrive, are refused, or get stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from orket_console.base.refs import DeliveryRef, LogRef, PullRef, Ref, TableRef
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.refusals import PROVEN, Request, requests_of
from orket_console.webhooks.model import Delivery, Outcome

STORM: Final = 3
"""Refusals in a row, with nothing accepted between, that are more than a slip."""
_ANSWERS: Final = {
    "refused": "its port refuses connections",
    "unreachable": "its address can't be reached",
    "no answer": "its port closes without an answer",
    "timeout": "no answer comes",
}
_MINUTE: Final = timedelta(minutes=1)
_GITEA: Final = "Gitea unreachable"
_RED: Final = frozenset({State.FAILING, State.DEGRADED})
_MISSET: Final = ("bad URL", "plain http")
"""What the probe says where it could not ask."""
_NOT_UNDERSTOOD: Final = "payload not understood"
_TEST: Final = Step("send a signed test delivery after the fix")
_VERIFY: Final = Step("webhooks verify-signature tells which mistake a captured delivery has")


def _opened(ref: Ref) -> Ref:
    return DeliveryRef(ref) if isinstance(ref, LogRef) else ref


def _refused(requests: list[Request], what: str) -> tuple[Evidence, ...]:
    shown = requests[:1] + requests[1:][-2:]
    return tuple(Evidence(what, _opened(one.ref)) for one in shown)


def _server_down(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("webhook")
    if reading is None or reading.word not in _ANSWERS:
        return
    hangs = reading.word == "timeout"
    what = "does not answer in time" if hangs else f"is not running: {_ANSWERS[reading.word]}"
    yield Case(
        f"The webhook server {what}.",
        (seen.reading(reading),),
        (
            Step("start it with its variables exported: python -m orket.webhook_server"),
            _TEST,
        ),
        subjects=("webhook",),
        essence=(reading.word,),
        late=hangs,
    )


def _foreign(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("webhook")
    if reading is None or reading.word not in ("wrong service", "TLS", "other root"):
        return
    yield Case(
        f"Another program has the webhook server's port: what answers there is “{reading.word}”.",
        (seen.reading(reading),),
        (Step("its port is fixed in Orket: stop the other program, then start the server"),),
        subjects=("webhook",),
        essence=(reading.word,),
    )


def _no_secret(facts: Facts) -> Iterator[Case]:
    unset = requests_of(facts).after_proof("unset")
    nowhere = facts.posture.webhook_used and not facts.posture.webhook_secret
    gone = facts.word("webhook") in _ANSWERS and _has_server(facts)
    if not unset and not (nowhere and gone):
        return
    how = "the server says so" if unset else "no .env and no environment in sight has it"
    yield Case(
        f"GITEA_WEBHOOK_SECRET is not set: {how}, so every delivery is refused"
        f"{'' if unset else ' and the server does not start'}.",
        (
            *_refused(unset, "refused: no secret set"),
            *(() if unset else (seen.probe("env", "GITEA_WEBHOOK_SECRET is set nowhere"),)),
        ),
        (
            Step("export GITEA_WEBHOOK_SECRET for the webhook server: 0.3 does not read .env"),
            _TEST,
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


def _mismatch(facts: Facts) -> Iterator[Case]:
    refused = _storm(facts)
    if not refused or _is_form(facts):
        return
    stale = _is_stale(facts)
    why = "the server still runs with the old one" if stale else "Gitea has another than the server"
    proof = (seen.probe("env", "the webhook server's secret is not .env's"),) if stale else ()
    yield Case(
        f"The webhook secret does not match: {seen.plural(len(refused), 'delivery')} in a row "
        f"{'was' if len(refused) == 1 else 'were'} refused with 401, {why}.",
        (*_refused(refused, "401: invalid signature"), *proof),
        (
            Step("compare the running server's GITEA_WEBHOOK_SECRET with Gitea's webhook settings"),
            *((Step("restart the webhook server, so that it runs with what .env says"),)
              if stale else ()),
            _VERIFY,
            _TEST,
        ),
        confidence=Confidence.CERTAIN if stale else Confidence.LIKELY,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root", *(("env",) if stale else ())),
        essence=("invalid signature", "stale" if stale else "other"),
    )  # fmt: skip


def _form(facts: Facts) -> Iterator[Case]:
    refused = _storm(facts)
    if not refused or not _is_form(facts):
        return
    yield Case(
        f"All {len(refused)} signatures were refused and none ever accepted: this version wants "
        "sha256=<hex>, Gitea's own header is bare hex.",
        _refused(refused, "401: invalid signature"),
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


def _unsigned(facts: Facts) -> Iterator[Case]:
    refused = requests_of(facts).after_proof("missing")
    if len(refused) < STORM:
        return
    yield Case(
        f"Deliveries come without a signature: {len(refused)} were refused with 401 since the last "
        "good one.",
        _refused(refused, "401: missing signature"),
        (
            Step("set the secret in Gitea's webhook settings: without one it signs nothing"),
            Step("a proxy between them may drop X-Gitea-Signature"),
            _TEST,
        ),
        confidence=Confidence.LIKELY,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root",),
        essence=("missing signature",),
    )


def _payload(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    refused = [one for one in requests.real if one.kind == "payload" or _is_not_understood(one)]
    if not refused:
        return
    last = refused[-1].delivery
    why = f": {shorten(last.why, 100)}" if last and last.why else ""
    yield Case(
        f"{seen.plural(len(refused), 'delivery')} had a payload that the server can't use{why}.",
        _refused(refused, "refused: payload"),
        (Step("see in Gitea what it sent: a custom webhook, a proxy, or another version"), _TEST),
        state=State.DEGRADED,
        since=refused[0].at,
        last=refused[-1].at,
        count=len(refused),
        subjects=("log-root",),
        essence=tuple(sorted({one.delivery.why for one in refused if one.delivery}))[:4],
    )


def _is_not_understood(request: Request) -> bool:
    """The new version answers 200 to some that it can do nothing with."""
    delivery = request.delivery
    return delivery is not None and delivery.why == _NOT_UNDERSTOOD


def _limit(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    said = requests.refused("limit")
    came = [one for one in (*requests.real, *requests.noise) if one.kind != "key"]
    full = _fullest(sorted(came, key=lambda one: one.at), facts.posture.rate_limit)
    if not said and not full:
        return
    shown = said or full
    deduced = "" if said else "; the refused ones leave no line, so Gitea's list tells which"
    yield Case(
        f"The webhook rate limit was hit: {facts.posture.rate_limit} deliveries within a minute"
        f"{deduced}.",
        tuple(Evidence("a delivery of that minute", _opened(one.ref)) for one in shown[-2:]),
        (
            Step("redeliver from Gitea what it shows as 429"),
            Step("raise ORKET_RATE_LIMIT where the webhook server is started, if this is normal"),
        ),
        state=State.DEGRADED,
        confidence=Confidence.CERTAIN if said else Confidence.LIKELY,
        since=shown[0].at,
        last=shown[-1].at,
        count=len(said) or 1,
        subjects=("webhook",),
        essence=("rate limit",),
    )


def _fullest(came: list[Request], limit: int) -> list[Request]:
    """The last minute in which as many came as the limit lets through."""
    for end in range(len(came) - 1, limit - 2, -1):
        window = came[end + 1 - limit : end + 1]
        if window[-1].at - window[0].at < _MINUTE:
            return window
    return []


def _gitea(facts: Facts) -> Iterator[Case]:
    lost = [one for one in facts.webhooks.deliveries if _is_lost(one)]
    stuck = sorted((c for c in facts.webhooks.cycles if c.stuck), key=lambda one: one.row)
    probe = facts.reading("gitea")
    down = probe is not None and probe.state in _RED and probe.word not in _MISSET
    reached = any(_reached(one) for one in facts.webhooks.deliveries[_after(facts, lost) :])
    if reached:
        lost = []
    if not lost and not stuck and not down:
        return
    names = sorted({cycle.pr_key for cycle in stuck} | {one.pr_key for one in lost if one.pr_key})
    yield Case(
        f"Gitea could not be reached by the webhook server{_left(names, len(stuck))}.",
        (
            *((seen.reading(probe),) if probe and down else ()),
            *(Evidence(one.why, _opened(one.refs[0])) for one in lost[:2]),
            *(Evidence(f"{one.label}, {one.status}", PullRef(one.pr_key)) for one in stuck[:3]),
            *((Evidence("review cycles", TableRef("webhook.db", "pr_review_cycles",
                tuple(cycle.row for cycle in stuck))),) if stuck else ()),
        ),
        (
            Step("is Gitea up, and GITEA_URL right where the webhook server was started?"),
            Step("then redeliver the last review of each: nothing tries again by itself"),
        ),
        state=State.FAILING if lost or stuck else State.DEGRADED,
        confidence=Confidence.CERTAIN if down else Confidence.LIKELY,
        since=seen.earliest(one.at for one in lost),
        last=seen.latest(one.at for one in lost),
        count=len(lost) or len(stuck) or 1,
        subjects=("webhook-db", "gitea", *names),
        essence=("Gitea unreachable",),
    )  # fmt: skip


def _left(names: list[str], stuck: int) -> str:
    if not names:
        return ""
    held = f", {stuck} stuck in review" if stuck else ""
    return f": {seen.plural(len(names), 'pull request')} left behind{held}, {seen.listed(names)}"


def _is_lost(delivery: Delivery) -> bool:
    return delivery.outcome is Outcome.ERROR and _GITEA in delivery.why


def _reached(delivery: Delivery) -> bool:
    """Whether Gitea did what the webhook server asked: a merge, an escalation, a rejection."""
    told = ("approved and merged", "to the architect", "rejected")
    good = delivery.outcome in (Outcome.ACCEPTED, Outcome.COUNTED)
    return good and any(word in delivery.why for word in told)


def _after(facts: Facts, lost: list[Delivery]) -> int:
    """Where the deliveries behind the last lost one begin."""
    return facts.webhooks.deliveries.index(lost[-1]) + 1 if lost else 0


def _handler(facts: Facts) -> Iterator[Case]:
    noisy = requests_of(facts).noisy
    failed = [
        one
        for one in facts.webhooks.deliveries
        if one.outcome is Outcome.ERROR
        and not _is_lost(one)
        and one.why != _NOT_UNDERSTOOD
        and one.key not in noisy
    ]
    if not failed:
        return
    yield Case(
        f"The webhook server failed at {seen.plural(len(failed), 'delivery')}: "
        f"{shorten(failed[-1].why, 120)}.",
        tuple(Evidence(shorten(one.why, 90), _opened(one.refs[0])) for one in failed[-3:]),
        (Step("read the delivery's lines, and the server's own output: not all is in the log"),),
        state=State.DEGRADED,
        since=seen.earliest(one.at for one in failed),
        last=seen.latest(one.at for one in failed),
        count=len(failed),
        subjects=("log-root", *sorted({one.pr_key for one in failed if one.pr_key})),
        essence=tuple(sorted({one.why for one in failed}))[:4],
    )


WEBHOOK_RULES: Final = (
    Rule(
        "webhook-port-taken",
        "Another program has the webhook server's port",
        FailureClass.WEBHOOK,
        "the probe of the webhook server's port",
        "the process on that port is this installation's own webhook server",
        _foreign,
        probes=("webhook",),
    ),
    Rule(
        "webhook-secret-missing",
        "The webhook secret is not set",
        FailureClass.WEBHOOK,
        "“GITEA_WEBHOOK_SECRET not set” in the server log; .env and the environments in sight",
        "the server gets the secret from where this user can't see it, and runs",
        _no_secret,
        probes=("webhook", "env", "log-root"),
    ),
    Rule(
        "webhook-down",
        "The webhook server is not running",
        FailureClass.WEBHOOK,
        "the probe of the webhook server's port",
        "it serves on another host or port",
        _server_down,
        under=("webhook-secret-missing",),
        probes=("webhook",),
    ),
    Rule(
        "webhook-secret-mismatch",
        "The webhook secret does not match",
        FailureClass.WEBHOOK,
        "refused signatures since the last accepted delivery; .env against the server's secret",
        "one of the refused deliveries verifies with the server's secret",
        _mismatch,
        probes=("log-root", "env"),
    ),
    Rule(
        "webhook-signature-form",
        "Signatures have the wrong form",
        FailureClass.WEBHOOK,
        "refused signatures on a version that wants sha256=, where none was ever accepted",
        "a captured delivery's signature begins with sha256=",
        _form,
        probes=("log-root",),
    ),
    Rule(
        "webhook-signature-missing",
        "Deliveries are not signed",
        FailureClass.WEBHOOK,
        "missing signatures since the last accepted delivery, without the canary's",
        "Gitea's list of deliveries shows X-Gitea-Signature on them",
        _unsigned,
        under=("auth-probing",),
        probes=("log-root",),
    ),
    Rule(
        "gitea-unreachable",
        "Gitea can't be reached",
        FailureClass.WEBHOOK,
        "reviews whose next step never came, cycles past their last and active, Gitea's probe",
        "Gitea shows the merge, comment or rejection",
        _gitea,
        probes=("webhook-db", "gitea"),
    ),
    Rule(
        "webhook-rate-limit",
        "The rate limit was hit",
        FailureClass.WEBHOOK,
        "deliveries a minute in the server log against ORKET_RATE_LIMIT",
        "Gitea's list of deliveries shows no 429",
        _limit,
    ),
    Rule(
        "webhook-payload-refused",
        "Payloads are refused",
        FailureClass.WEBHOOK,
        "deliveries that were answered 400 or 413, or not understood",
        "the same payload is accepted when it is redelivered",
        _payload,
        probes=("log-root",),
    ),
    Rule(
        "webhook-handler-error",
        "The webhook server fails at deliveries",
        FailureClass.WEBHOOK,
        "deliveries that ended in an error other than Gitea's being unreachable",
        "the delivery did what it should: Gitea shows it",
        _handler,
        under=("db-locked", "db-corrupt", "db-missing", "db-empty", "disk-full"),
        probes=("log-root",),
    ),
)
