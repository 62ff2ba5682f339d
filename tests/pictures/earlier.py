"""What the ledger of the stage knows from earlier: the same failure, and the pass that ended it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from orket_console.base.clock import FixedClock
from orket_console.incidents.diagnosis.finding import FailureClass
from orket_console.incidents.ledger.incidents import Opening, close_incident, open_incident
from orket_console.incidents.ledger.model import StepState, Who
from orket_console.incidents.ledger.passes import Closing, begin_pass, close_step, end_pass, steps
from orket_console.incidents.ledger.signatures import Seen, record_look
from orket_console.incidents.ledger.store import open_ledger
from orket_console.incidents.recovery.plan import plan_for
from orket_console.target.target import Target

SIGNATURE: Final = "v1:api-unavailable:api-port-taken:5ef550a35e4c"
RULE: Final = "api-port-taken"
TITLE: Final = "The API server could not start: another program had its port then."
_THEN: Final = datetime(2026, 11, 19, 22, 4, 10, tzinfo=UTC)
_ANN: Final = Who("ann", "web1", "192.0.2.7")


def lay_earlier(target: Target) -> None:
    """An incident of the same failure, four days ago, that one clean pass ended."""
    store = open_ledger(target, FixedClock(_THEN))
    seen = Seen(SIGNATURE, FailureClass.API, RULE, "The API's port was taken", None)
    record_look(store, [seen], _THEN)
    opening = Opening(TITLE, _THEN, _ANN, {}, FailureClass.API, RULE, SIGNATURE)
    one = open_incident(store, opening)
    planned = plan_for(None, FailureClass.API)
    begun = begin_pass(store, one.id, planned, _THEN, _ANN)
    for number, step in enumerate(steps(store, begun.id), 1):
        at = _THEN + timedelta(minutes=number)
        proof = ({"what": f"{step.wants}", "at": at.isoformat()},)
        close_step(store, step.id, Closing(StepState.CLOSED, at, _ANN, proof))
    ended = _THEN + timedelta(minutes=12)
    end_pass(store, begun, ended, _ANN, [], {})
    record_look(store, [], ended)
    close_incident(store, one.id, ended, _ANN, "port freed, API restarted")
