"""The webhook server itself, and what findings about deliveries have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from orket_console.base.refs import DeliveryRef, LogRef, Ref
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import Evidence, Step
from orket_console.incidents.diagnosis.rule import Case
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.refusals import Request

ANSWERS: Final = {
    "refused": "its port refuses connections",
    "unreachable": "its address can't be reached",
    "no answer": "its port closes without an answer",
    "timeout": "no answer comes",
}
_FOREIGN: Final = {
    "wrong service": "what answers there is not Orket's webhook server",
    "TLS": "what answers there speaks TLS",
    "other root": "the server of another installation answers there",
}
TEST: Final = seen.action("test-delivery", "send a signed test delivery after the fix")


def opened(ref: Ref) -> Ref:
    """A line of the server log as the delivery that it belongs to."""
    return DeliveryRef(ref) if isinstance(ref, LogRef) else ref


def refused_ones(requests: list[Request], what: str) -> tuple[Evidence, ...]:
    """The first of some refusals and the last two."""
    shown = requests[:1] + requests[1:][-2:]
    return tuple(Evidence(what, opened(one.ref)) for one in shown)


def server_down(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("webhook")
    if reading is None or reading.word not in ANSWERS:
        return
    hangs = reading.word == "timeout"
    what = "does not answer in time" if hangs else f"is not running: {ANSWERS[reading.word]}"
    yield Case(
        f"The webhook server {what}.",
        (seen.reading(reading),),
        (
            seen.action(
                "start-webhook",
                "start it with its variables exported: python -m orket.webhook_server",
            ),
            TEST,
        ),
        subjects=("webhook",),
        essence=(reading.word,),
        late=hangs,
    )


def foreign(facts: Facts) -> Iterator[Case]:
    reading = facts.reading("webhook")
    if reading is None or reading.word not in _FOREIGN:
        return
    yield Case(
        f"Another program has the webhook server's port: {_FOREIGN[reading.word]}.",
        (seen.reading(reading),),
        (Step("its port is fixed in Orket: stop the other program, then start the server"),),
        subjects=("webhook",),
        essence=(reading.word,),
    )
