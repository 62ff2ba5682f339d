"""Findings and looks as the rules would make them, for what goes by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orket_console.base.refs import LogRef, ProbeRef, TurnRef
from orket_console.base.state import State
from orket_console.health.reading import Reading, Round
from orket_console.incidents.diagnosis.diagnose import Diagnosis
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Finding
from orket_console.incidents.ledger.incidents import Opening
from orket_console.incidents.ledger.model import Who
from orket_console.incidents.looking import Looked

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ANN, BEN = Who("ann", "host"), Who("ben", "host", "192.0.2.7")
DOWN = Finding(
    rule="api-down",
    title="The API server is not running",
    failure=FailureClass.API,
    state=State.FAILING,
    conclusion="The API server is not running.",
    confidence=Confidence.CERTAIN,
    since=None,
    last=None,
    count=1,
    evidence=(
        Evidence("probe API: refused", ProbeRef("api")),
        Evidence("Address already in use", LogRef("/o/orket.log", 7, 1)),
    ),
    next=(),
    wrong_if="a process listens elsewhere",
    runbook="1",
    subjects=("api",),
    essence=("[Errno 98] Address already in use",),
    signature="v1:api:down:1",
)
STALLED = replace(
    DOWN,
    rule="no-progress",
    failure=FailureClass.RUN,
    last=START + timedelta(minutes=1),
    evidence=(Evidence("turn", TurnRef("s1", "ISS-1", 1, "coder")),),
    subjects=("s1",),
    signature="v1:run:stalled:2",
)
OK = (
    Reading(State.OK, "ok", "healthy", probe="api", title="API"),
    Reading(State.OK, "ok", "accepted", probe="api-key", title="API key"),
    Reading(State.OK, "ok", "8 keys", probe="env", title=".env"),
    Reading(State.OK, "ok", "", probe="runtime-db", title="Runtime DB"),
)
RED = (Reading(State.FAILING, "refused", "nothing listens", probe="api", title="API"), *OK[2:])


def looked_at(now: datetime, *findings: Finding, readings: tuple[Reading, ...] = OK) -> Looked:
    return Looked(Round(now, 0.1, readings), Diagnosis(findings, (), (), ()))


def opening_of(
    finding: Finding, now: datetime, captured: dict[str, object] | None = None
) -> Opening:
    """An incident of a finding, by Ann."""
    of = (finding.failure, finding.rule, finding.signature)
    return Opening(finding.conclusion, now, ANN, captured or {}, *of)
