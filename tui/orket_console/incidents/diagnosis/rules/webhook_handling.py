"""Deliveries that were let in: refused for what they hold or how many came, stuck, or failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.refs import PullRef, TableRef
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import RED, Confidence, Evidence, Step
from orket_console.incidents.diagnosis.rule import Case
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.refusals import Request, requests_of
from orket_console.incidents.diagnosis.rules.webhook_server import TEST, opened, refused_ones
from orket_console.webhooks.model import Delivery, Outcome

_MINUTE: Final = timedelta(minutes=1)
_GITEA: Final = "Gitea unreachable"
_MISSET: Final = ("bad URL", "plain http")
"""What the probe says where it could not ask."""
_NOT_UNDERSTOOD: Final = "payload not understood"


def payload(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    refused = [one for one in requests.real if one.kind == "payload" or _is_not_understood(one)]
    if not refused:
        return
    last = refused[-1].delivery
    why = f": {shorten(last.why, 100)}" if last and last.why else ""
    over = requests.taken_since(refused[-1].at)
    since = "; others were taken since" if over else ""
    yield Case(
        f"{seen.plural(len(refused), 'delivery')} had a payload that the server can't use{why}"
        f"{since}.",
        refused_ones(refused, "refused: payload"),
        (Step("see in Gitea what it sent: a custom webhook, a proxy, or another version"), TEST),
        state=State.INFO if over else State.DEGRADED,
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


def limit(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    said = requests.refused("limit")
    came = [one for one in (*requests.real, *requests.noise) if one.kind != "key"]
    full = _fullest(sorted(came, key=lambda one: one.at), facts.posture.rate_limit)
    if not said and not full:
        return
    shown = said or full
    deduced = "" if said else "; the refused ones leave no line, so Gitea's list tells which"
    over = requests.taken_since(shown[-1].at)
    yield Case(
        f"The webhook rate limit was hit: {facts.posture.rate_limit} deliveries within a minute"
        f"{deduced}{'; others were taken since' if over else ''}.",
        tuple(Evidence("a delivery of that minute", opened(one.ref)) for one in shown[-2:]),
        (
            Step("redeliver from Gitea what it shows as 429"),
            Step("raise ORKET_RATE_LIMIT where the webhook server is started, if this is normal"),
        ),
        state=State.INFO if over else State.DEGRADED,
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


def gitea(facts: Facts) -> Iterator[Case]:
    lost = [one for one in facts.webhooks.deliveries if _is_lost(one)]
    stuck = sorted((c for c in facts.webhooks.cycles if c.stuck), key=lambda one: one.row)
    probe = facts.reading("gitea")
    down = probe is not None and probe.state in RED and probe.word not in _MISSET
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
            *(Evidence(one.why, opened(one.refs[0])) for one in lost[-2:]),
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


def handler(facts: Facts) -> Iterator[Case]:
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
    last = seen.latest(one.at for one in failed)
    over = last is not None and any(_went_well(one, last) for one in facts.webhooks.deliveries)
    yield Case(
        f"The webhook server failed at {seen.plural(len(failed), 'delivery')}: "
        f"{shorten(failed[-1].why, 120)}{'; others went well since' if over else ''}.",
        tuple(Evidence(shorten(one.why, 90), opened(one.refs[0])) for one in failed[-3:]),
        (Step("read the delivery's lines, and the server's own output: not all is in the log"),),
        state=State.INFO if over else State.DEGRADED,
        since=seen.earliest(one.at for one in failed),
        last=last,
        count=len(failed),
        subjects=("log-root", *sorted({one.pr_key for one in failed if one.pr_key})),
        essence=tuple(sorted({one.why for one in failed}))[:4],
    )


def _went_well(delivery: Delivery, since: datetime) -> bool:
    good = delivery.outcome in (Outcome.ACCEPTED, Outcome.COUNTED)
    return good and delivery.at is not None and delivery.at > since
