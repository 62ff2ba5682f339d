"""Lines and runs that look like trouble and are none, told from those that are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.refs import SessionRef
from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import run_causes, seen
from orket_console.incidents.diagnosis.rules.refusals import PROVEN, Request, requests_of

MANY: Final = 10
WITHIN: Final = timedelta(minutes=1)
_LONG: Final = timedelta(hours=1)
_AUTH: Final = ("missing", "invalid", "key")


def _canary(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    if not requests.noise:
        return
    first = requests.noise[0]
    count = len(requests.noise)
    by = " and ".join(f"the {source}" for source in requests.noise_from)
    yield Case(
        f"{seen.plural(count, 'refused request')} in the log {'is' if count == 1 else 'are'} no "
        f"attack: made by {by}.",
        (Evidence("the first of them", first.ref),),
        (Step("nothing to do; they count for no other finding"),),
        state=State.INFO,
        confidence=Confidence.LIKELY,
        since=first.at,
        last=requests.noise[-1].at,
        count=count,
        subjects=("log-root",),
        essence=requests.noise_from,
    )


def _suite_runs(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if run_causes.is_of_suite(one)]
    if not runs:
        return
    yield Case(
        f"{seen.plural(len(runs), 'run')} named Messy {'was' if len(runs) == 1 else 'were'} made "
        "by Orket's own test suite: no work was lost.",
        tuple(Evidence("run Messy", SessionRef(one.run.session)) for one in runs[:3]),
        (Step("nothing to do; they count for no other finding"),),
        state=State.INFO,
        since=seen.earliest(one.run.started for one in runs),
        last=seen.latest(one.run.started for one in runs),
        count=len(runs),
        subjects=tuple(one.run.session for one in runs),
        essence=("Messy",),
    )


def _attack(facts: Facts) -> Iterator[Case]:
    requests = requests_of(facts)
    # What is refused while others go through is not a wrong secret, but a wrong sender.
    last_proof = max((one.at for one in requests.real if one.kind in PROVEN), default=None)
    refused = [
        one
        for one in requests.refused(*_AUTH)
        if one.kind != "invalid" or (last_proof is not None and one.at <= last_proof)
    ]
    burst = _densest(refused)
    if len(burst) < MANY:
        return
    over = _is_over(facts, refused[-1].at)
    yield Case(
        f"Somebody {'tried' if over else 'tries'} requests without the right key or signature: "
        f"{len(burst)} within a minute, neither the canary's nor the test suite's"
        f"{'; none for an hour since' if over else ''}.",
        tuple(Evidence(f"refused: {one.kind}", one.ref) for one in (*burst[:2], burst[-1])),
        (
            Step("find where they come from: the proxy's log has their address"),
            Step("close the port to strangers: 0.3 binds 0.0.0.0"),
            seen.in_log("event:webhook or event:api_auth_rejected", "see them all"),
        ),
        state=State.INFO if over else State.DEGRADED,
        confidence=Confidence.LIKELY,
        since=burst[0].at,
        last=burst[-1].at,
        count=len(burst),
        subjects=("log-root",),
        essence=tuple(sorted({one.kind for one in burst})),
    )


def _is_over(facts: Facts, last: datetime) -> bool:
    """Whether the server log went on for long without another; by its own times, not by ours."""
    log = facts.log.log("root/orket.log")
    return log is not None and log.last_at is not None and log.last_at - last > _LONG


def _densest(refused: list[Request]) -> list[Request]:
    """The most requests that lie within a minute; the earliest of several such."""
    best: list[Request] = []
    start = 0
    for end, one in enumerate(refused):
        while one.at - refused[start].at > WITHIN:
            start += 1
        if end + 1 - start > len(best):
            best = refused[start : end + 1]
    return best


NOISE_RULES: Final = (
    Rule(
        "auth-probing",
        "Somebody tries keys or signatures",
        FailureClass.WEBHOOK,
        "refused requests in the server log that no canary and no test suite made",
        "a sender of yours is misconfigured: its address will tell",
        _attack,
    ),
    Rule(
        "canary-noise",
        "Refusals of the canary or the test suite",
        FailureClass.NOISE,
        "refused requests, their company in the log, and the console's records of actions",
        "neither was run at that time: then a single request came from elsewhere",
        _canary,
    ),
    Rule(
        "test-suite-runs",
        "Runs of the test suite",
        FailureClass.NOISE,
        "runs named Messy of the build build-messy_epic",
        "an epic of yours is named Messy",
        _suite_runs,
    ),
)
