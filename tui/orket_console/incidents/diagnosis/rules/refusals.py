"""Refused requests in the order of time, and which of them are the console's own noise.

The security canary and Orket's test suite write the same lines as an attack does. They differ
in their company: the canary leaves one missing signature by itself (on the new version right
behind one refused key), the test suite lines that only it writes, and both happen while an
action of the console runs, where it was the console that started them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.refs import Ref
from orket_console.incidents.diagnosis.facts import ActionSpan, Facts, Moment
from orket_console.webhooks.model import Delivery, Outcome

BURST: Final = timedelta(seconds=10)
"""Requests further apart than this are no company for each other."""
_SUITE_REPOSITORY: Final = "org/repo#"
PROVEN: Final = frozenset({"proven", "payload"})
"""A payload is looked at behind its signature alone."""
_MISSING: Final = "missing signature"
_CANARIES: Final = 2
"""Canaries in one burst: the release smoke runs it, too."""
_SLACK: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `kind` is `missing`, `invalid`, `unset`, `payload`, `key` or `limit` for one that was
    refused, `proven` for one that was not, `test` for one of Orket's test suite.
    """

    at: datetime
    kind: str
    ref: Ref
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Requests:
    """All requests that were seen, oldest first: those that are noise, with why, and the rest."""

    real: tuple[Request, ...]
    noise: tuple[Request, ...]
    noise_from: tuple[str, ...]

    @property
    def noisy(self) -> frozenset[str]:
        """The keys of deliveries that are noise."""
        return frozenset(one.delivery.key for one in self.noise if one.delivery is not None)

    def taken_since(self, at: datetime) -> bool:
        """Whether a delivery was let in, and not for its payload refused, after that."""
        return any(one.kind == "proven" and one.at > at for one in self.real)

    def refused(self, *kinds: str) -> list[Request]:
        return [one for one in self.real if one.kind in kinds]

    def after_proof(self, *kinds: str) -> list[Request]:
        """Those refused since the last request whose signature was right."""
        proven = [index for index, one in enumerate(self.real) if one.kind in PROVEN]
        start = proven[-1] + 1 if proven else 0
        return [one for one in self.real[start:] if one.kind in kinds]


def requests_of(facts: Facts) -> Requests:
    found = [_request(delivery) for delivery in facts.webhooks.deliveries]
    found += [request for moment in facts.log.moments for request in _keys(moment)]
    ordered = sorted((one for one in found if one is not None), key=lambda one: one.at)
    real: list[Request] = []
    noise: list[Request] = []
    sources: list[str] = []
    for burst in _bursts(ordered):
        source = _source(burst, facts.actions)
        if source:
            noise += burst
            sources.append(source)
        else:
            real += burst
    return Requests(tuple(real), tuple(noise), tuple(sorted(set(sources))))


def _request(delivery: Delivery) -> Request | None:
    if delivery.at is None or not delivery.refs:
        return None
    return Request(delivery.at, _kind(delivery), delivery.refs[0], delivery)


def _kind(delivery: Delivery) -> str:
    if delivery.why.startswith("test:") or delivery.pr_key.startswith(_SUITE_REPOSITORY):
        return "test"
    if delivery.outcome is not Outcome.REFUSED:
        # Whatever became of it afterwards: its signature was right.
        return "proven"
    if delivery.status == 401:
        if delivery.why == _MISSING:
            return "missing"
        return "invalid" if delivery.why == "invalid signature" else "unset"
    return "limit" if delivery.status == 429 else "payload"


def _keys(moment: Moment) -> list[Request]:
    """The first and the last of refused keys: what lies between is counted, not dated."""
    if moment.event != "api_auth_rejected" or not moment.refs:
        return []
    ends = {moment.first_at: moment.refs[0], moment.last_at: moment.newest or moment.refs[-1]}
    return [Request(at, "key", ref) for at, ref in ends.items() if at is not None]


def _bursts(ordered: Sequence[Request]) -> list[list[Request]]:
    bursts: list[list[Request]] = []
    for one in ordered:
        if bursts and one.at - bursts[-1][-1].at <= BURST:
            bursts[-1].append(one)
        else:
            bursts.append([one])
    return bursts


def _source(burst: Sequence[Request], actions: Sequence[ActionSpan]) -> str:
    """What made these requests, if it was no stranger; empty for what can't be told."""
    for action in actions:
        ended = action.ended or burst[-1].at
        if action.started - _SLACK <= burst[0].at and burst[-1].at <= ended + _SLACK:
            return action.action
    kinds = [one.kind for one in burst]
    if "test" in kinds and "proven" not in kinds:
        return "test suite"
    counts = Counter(kinds)
    if set(counts) <= {"missing", "key"} and max(counts.values()) <= _CANARIES:
        return "security canary"
    return ""
