"""How a builder's turn goes wrong: the lines, the violation report and the retry it leads to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orket_console.demo.scenarios import Outcome
from orket_console.demo.steps import Artifact
from orket_console.demo.turns import WORKSPACE, Call, Turn

FORBIDDEN = "Invalid transition for CardType.ISSUE: in_progress -> done"
NO_PROGRESS = "Deterministic failure: progress contract not met after corrective reprompt."
RESET = "model backend closed the connection: [Errno 104] Connection reset by peer"
NO_TABLE = "no such table: run_flows"
_TOO_EARLY: Call = {"tool": "update_issue_status", "args": {"status": "done"}}
_TRACEBACK = """\
Traceback (most recent call last):
  File "{root}/orket/application/workflows/turn_executor.py", line 226, in execute_turn
    response = await model_client.complete(messages)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{root}/orket/{file}", line {number}, in {function}
    {statement}
{last}
"""
_ORIGINS = {
    Outcome.TIMEOUT: ("model/provider.py", 23, "complete", "raise asyncio.TimeoutError()"),
    Outcome.CRASH: ("model/provider.py", 21, "complete", "raise RuntimeError(reason)"),
    Outcome.NO_TABLE: ("flows.py", 57, "remember_flow", "connection.execute(INSERT_FLOW, row)"),
}
_EXCEPTIONS = {
    Outcome.TIMEOUT: ("TimeoutError", "", "TimeoutError"),
    Outcome.CRASH: ("RuntimeError", RESET, f"RuntimeError: {RESET}"),
    Outcome.NO_TABLE: (
        "OperationalError",
        NO_TABLE,
        f"sqlite3.OperationalError: {NO_TABLE}",
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What became of the issue, and what the run says of it when it ends."""

    issue_status: str
    detail: str
    failure_class: str
    reason: str
    retried: bool


def fail_turn(turn: Turn, outcome: Outcome, prose: tuple[str, str]) -> Failure:
    """Let a started turn fail in the way of `outcome`; `prose` are two answers without a call."""
    if outcome is Outcome.GOVERNANCE:
        turn.answer_with([_TOO_EARLY])
        turn.block(_TOO_EARLY, FORBIDDEN)
        detail = f"Governance violations: ['Governance Violation: {FORBIDDEN}']"
        reason = f"Governance Violation: {detail}"
        return Failure("blocked", detail, "GovernanceViolation", reason, retried=False)
    if outcome is Outcome.NO_PROGRESS:
        turn.ramble(prose[0])
        turn.give_up(prose[1])
        detail = NO_PROGRESS
    else:
        kind, error, last = _EXCEPTIONS[outcome]
        file, number, function, statement = _ORIGINS[outcome]
        trace = _TRACEBACK.format(
            root=turn.root, file=file, number=number, function=function, statement=statement,
            last=last,
        )  # fmt: skip
        turn.timeline.wait(30.0 if outcome is Outcome.TIMEOUT else turn.rng.uniform(0.2, 2.5))
        turn.fail(kind, error, trace)
        detail = f"Unexpected error: {error}"
    reason = f"Orchestration Turn Failed (Retry 1/3): {detail}"
    return Failure("ready", detail, "ExecutionFailed", reason, retried=True)


def violation_report(
    at: datetime, root: Path, session_id: str, issue_id: str, role: str, failure: Failure
) -> tuple[Artifact, str]:
    """`policy_violation_<issue>.json`, and the absolute path that the log names."""
    path = f"{WORKSPACE}/agent_output/policy_violation_{issue_id}.json"
    governed = not failure.retried
    remedy = (
        "Review the state machine documentation. The requested status change is illegal."
        if governed
        else "Manual intervention required. Check the last turn in orket.log."
    )
    report = {
        "timestamp": at.isoformat(),
        "session_id": session_id,
        "card_id": issue_id,
        "violation_type": "state_transition" if governed else "governance",
        "detail": failure.detail,
        "attempted_action": None,
        "remedy_suggestion": remedy,
        "active_roles": [role],
    }
    return Artifact(path, json.dumps(report, indent=4, ensure_ascii=False)), str(root / path)
