"""The steps of a recovery pass: those of the runbook's section for a failure class, then its
verification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from orket_console.base.refs import ProbeRef, Ref, SessionRef, TurnRef
from orket_console.health.probes import probe_named
from orket_console.incidents.diagnosis.finding import FailureClass, Finding
from orket_console.incidents.ledger.model import StepKind
from orket_console.incidents.ledger.passes import PlannedStep

GATES: Final = ("test-suite", "volatility-gate", "cli-smoke")
"""The runbook's post-recovery verification."""
CAUSE: Final = "cause:"
_STALE: Final = 3
_RERUN: Final = "The epic run again, and it ended well"
_DATABASES: Final = ("runtime-db", "webhook-db")
_MIGRATED: Final = ("migration-pending", "column-drift", "schema-missed", "db-empty", "unexplained")
_KEYED: Final = frozenset({
    "api-no-key", "api-key-stale", "api-key-refused", "api-bypass-open", "api-exposed",
})  # fmt: skip
"""API rules under which the server answers, with a wrong key or with none."""
_STOPPED: Final = ("webhook-down", "webhook-port-taken", "webhook-secret-missing")
"""Webhook rules under which the server does not run."""
_REFUSES_NOTHING: Final = ("gitea-unreachable", "webhook-takes-unsigned", "webhook-test-endpoint")
"""Webhook rules under which deliveries were accepted all the time."""
_TITLES: Final = {
    "test-suite": "Verification: tests",
    "volatility-gate": "Verification: volatility gate",
    "cli-smoke": "Verification: CLI smoke",
}


def plan_for(finding: Finding | None, failure: str) -> tuple[PlannedStep, ...]:
    """The steps for a finding; for an incident without one, by its class, if it has any."""
    steps = _BY_CLASS[_class_of(failure)](finding)
    gone = (_step("gone:", StepKind.VERIFY, "The failure is not found any more"),)
    verify = tuple(_step(f"gate:{gate}", StepKind.VERIFY, _TITLES[gate]) for gate in GATES)
    return (*steps, *(gone if failure else ()), *verify)


def _class_of(failure: str) -> FailureClass | None:
    return FailureClass(failure) if failure in set(FailureClass) else None


def _api(finding: Finding | None) -> tuple[PlannedStep, ...]:
    return (
        _step("seen:api", StepKind.CHECK, "Port, process and /health checked"),
        *_cause(finding, "Log read for the cause"),
        _step("seen:env", StepKind.CHECK, ".env checked against the process"),
        *_api_repaired(finding),
    )


def _api_repaired(finding: Finding | None) -> tuple[PlannedStep, ...]:
    """A server that answers all the time is restarted for its key, and not for its answer."""
    if finding is not None and finding.rule in _KEYED:
        return (_step("probe:api-key", StepKind.ACTION, "API server restarted with its key"),)
    return (
        _step("probe:api", StepKind.ACTION, "Restart API server"),
        _step("probe:api-key", StepKind.CHECK, "API key accepted, and needed"),
    )


def _webhook(finding: Finding | None) -> tuple[PlannedStep, ...]:
    rule = finding.rule if finding else ""
    delivered = _step("delivered:", StepKind.CHECK, "Deliveries are accepted again")
    return (
        _step("seen:webhook", StepKind.CHECK, "Webhook server checked"),
        _step("seen:env", StepKind.CHECK, "Secret checked against the process"),
        *_cause(finding, "Server log and deliveries read"),
        *_webhook_repaired(finding),
        _step("action:test-delivery", StepKind.ACTION, "Signed test delivery accepted"),
        *(() if rule in _REFUSES_NOTHING else (delivered,)),
    )


def _webhook_repaired(finding: Finding | None) -> tuple[PlannedStep, ...]:
    """What the failure's cause is gone by."""
    if finding is not None and finding.rule.startswith("gitea"):
        return (
            _step("probe:gitea", StepKind.ACTION, "Gitea answers again"),
            _step("query:stuck-cycles", StepKind.ACTION, "No review is stuck any more"),
        )
    if finding is not None and "env" in finding.subjects:
        return (_step("probe:env", StepKind.ACTION, "Webhook server has .env's secret"),)
    stopped = finding is None or finding.rule in _STOPPED
    kind = StepKind.ACTION if stopped else StepKind.CHECK
    return (_step("probe:webhook", kind, "Webhook server runs and answers"),)


def _run(finding: Finding | None) -> tuple[PlannedStep, ...]:
    turn = _turn_of(finding)
    replay = (
        (_step(f"turn:{turn}", StepKind.ACTION, f"Turn {turn} replayed"),)
        if turn is not None
        else ()
    )
    return (
        _step("action:failure-report", StepKind.CHECK, "Failure report made"),
        *_cause(finding, "Turn artifacts read for the cause"),
        *replay,
        *_ended_well(finding),
        _step("seen:runtime-db", StepKind.CHECK, "Runs in the ledger checked"),
    )


def _ended_well(finding: Finding | None) -> tuple[PlannedStep, ...]:
    """That nothing works on runs that say running; and that the epic can end well again."""
    if finding is None:
        return ()
    refs = (each.ref for each in finding.evidence)
    sessions = [ref.session for ref in refs if isinstance(ref, SessionRef)]
    stale = sessions[:_STALE] if finding.rule == "stale-running" else []
    return (
        *(_step(f"quiet:{one}", StepKind.CHECK, f"Nothing works on run {one}") for one in stale),
        *(_step(f"ran:{one}", StepKind.ACTION, _RERUN) for one in sessions[:1]),
    )


def _schema(finding: Finding | None) -> tuple[PlannedStep, ...]:
    return (
        _step("seen:runtime-db", StepKind.CHECK, "Runtime database checked"),
        _step("seen:webhook-db", StepKind.CHECK, "Webhook database checked"),
        *_cause(finding, "What differs read in the databases"),
        *_schema_repaired(finding),
        _step("gate:release-smoke", StepKind.ACTION, "Smoke gate: release smoke"),
        _step("gate:security-canary", StepKind.ACTION, "Smoke gate: security canary"),
    )


def _schema_repaired(finding: Finding | None) -> tuple[PlannedStep, ...]:
    """Migrations, where they help: not for a file that is locked, damaged or gone."""
    if finding is None or finding.rule in _MIGRATED:
        return (_step("action:migrations", StepKind.ACTION, "Run migrations"),)
    found = [probe for probe in _DATABASES if probe in finding.subjects]
    return tuple(
        _step(f"probe:{probe}", StepKind.ACTION, f"Database well again ({probe})")
        for probe in found or _DATABASES[:1]
    )


def _host(finding: Finding | None) -> tuple[PlannedStep, ...]:
    return (
        _step("seen:disk", StepKind.CHECK, "Disks checked"),
        *_cause(finding, "What it left in the logs read"),
    )


def _by_hand(_finding: Finding | None) -> tuple[PlannedStep, ...]:
    return (
        _step("seen:api", StepKind.CHECK, "API server checked"),
        _step("seen:webhook", StepKind.CHECK, "Webhook server checked"),
        _step("seen:env", StepKind.CHECK, ".env checked against the processes"),
        _step("seen:runtime-db", StepKind.CHECK, "Runtime database checked"),
    )


_BY_CLASS: Final[
    Mapping[FailureClass | None, Callable[[Finding | None], tuple[PlannedStep, ...]]]
] = {
    FailureClass.API: _api,
    FailureClass.WEBHOOK: _webhook,
    FailureClass.RUN: _run,
    FailureClass.SCHEMA: _schema,
    FailureClass.HOST: _host,
    FailureClass.NOISE: _by_hand,
    None: _by_hand,
}


def _cause(finding: Finding | None, title: str) -> tuple[PlannedStep, ...]:
    """Only where the failure has left something that can be read."""
    refs = [each.ref for each in finding.evidence] if finding else []
    readable = [ref for ref in refs if not isinstance(ref, ProbeRef)]
    return (_step(CAUSE, StepKind.CHECK, title),) if readable else ()


def _turn_of(finding: Finding | None) -> TurnRef | None:
    refs: list[Ref] = [each.ref for each in finding.evidence] if finding else []
    return next((ref for ref in refs if isinstance(ref, TurnRef)), None)


def _step(key: str, kind: StepKind, title: str) -> PlannedStep:
    return PlannedStep(key, kind, title, _waits_for(key))


def _waits_for(key: str) -> str:
    """What closes a step, in words."""
    kind, _, subject = key.partition(":")
    return {
        "seen": f"a look at probe {_title_of(subject)}",
        "probe": f"probe {_title_of(subject)} ok",
        "cause": "evidence in a log, a table or a turn",
        "gone": "a look that does not find it",
        "action": f"{subject} passed",
        "gate": f"{subject} passed",
        "turn": "its artifacts replayed",
        "query": f"query {subject} without a row",
        "ran": f"a run of the epic of {subject} that ended well since",
        "quiet": f"run {subject} without a process that works on it",
        "delivered": "a delivery accepted since",
    }[kind]


def _title_of(probe: str) -> str:
    known = probe_named(probe)
    return known.title if known else probe
