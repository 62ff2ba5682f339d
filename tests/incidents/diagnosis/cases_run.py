"""Runs that failed, stopped, got nowhere, or only say that they went well."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tests.incidents.diagnosis.case import has, only_like
from tests.incidents.diagnosis.site import NOW, Site

PROSE: Final = "I think we should consider the tool problem a little more before acting."
CUT: Final = (
    '```json\n{"tool": "write_file", "args": {"path": "agent_output/x.txt", "content": \n```'
)
PROGRESS: Final = (
    "Orchestration Turn Failed (Retry 1/3): Deterministic failure: progress contract not met "
    "after corrective reprompt."
)
GOVERNANCE: Final = (
    "Governance Violation: Governance violations: ['Governance Violation: Invalid transition for "
    "CardType.ISSUE: in_progress -> done']"
)


def failed_turn(
    site: Site, kind: str, error: str, *, answer: str | None = None, event: str = "turn_failed"
) -> None:
    """A run whose only turn fails with an exception."""
    reason = f"Orchestration Turn Failed (Retry 1/3): Unexpected error: {error}"
    site.run(
        "b0000001", "Epic broken", "failed", retries=1, failure_class="ExecutionFailed",
        failure_reason=reason,
    )  # fmt: skip
    site.turn("b0000001", "ISS-1", answer=answer, whole=answer is not None)
    of_turn = {"session_id": "b0000001", "issue_id": "b0000001-ISS-1", "turn_index": 1}
    site.say("turn_start", **of_turn)
    site.say(event, type=kind, error=error, **of_turn)
    site.say("retry_triggered", run_id="b0000001", retry_count=1, max_retries=3, error=error)
    site.finish("b0000001", "failed")


def _without_progress(site: Site, answer: str, status: str = "failed") -> None:
    failed = status == "failed"
    ledger = {"failure_class": "ExecutionFailed", "failure_reason": PROGRESS} if failed else {}
    site.run("b0000001", "Epic stuck", status, **ledger)
    site.turn("b0000001", "ISS-1", answer=answer, whole=False)
    if not failed:
        site.turn("b0000001", "ISS-1", 2)
    of_turn = {"session_id": "b0000001", "issue_id": "b0000001-ISS-1", "turn_index": 1}
    reasons = ["progress_contract_not_met"]
    site.say("turn_corrective_reprompt", contract_reasons=reasons, **of_turn)
    site.say("turn_non_progress", contract_reasons=reasons, **of_turn)
    site.finish("b0000001", status)


@has("model-unreachable", "a turn fails with the connection's error")
def _(site: Site) -> None:
    failed_turn(site, "ConnectionResetError", "[Errno 104] Connection reset by peer")


@has("model-unreachable", "the provider can't be prepared")
def _(site: Site) -> None:
    error = "Provider runtime preparation failed provider=ollama: command failed: ollama list"
    failed_turn(site, "turn_retry_exhausted", error)


@only_like("model-unreachable", "a tool's connection was reset, the model had answered")
def _(site: Site) -> None:
    failed_turn(site, "ConnectionResetError", "[Errno 104] Connection reset by peer", answer="{}")


@has("model-timeout", "a turn fails with a time-out that says nothing")
def _(site: Site) -> None:
    failed_turn(site, "TimeoutError", "")


@has("model-timeout", "the model timed out after three attempts")
def _(site: Site) -> None:
    error = "Model qwen2.5-coder:14b timed out after 3 attempts."
    failed_turn(site, "turn_retry_exhausted", error)


@only_like("model-timeout", "a tool timed out, the model had answered")
def _(site: Site) -> None:
    failed_turn(site, "TimeoutError", "", answer="{}")


@only_like("model-timeout", "the model timed out once, and the run went well")
def _(site: Site) -> None:
    site.run("b0000001", "Epic flaky")
    site.turn("b0000001", "ISS-1")
    site.say(
        "turn_retry_scheduled", session_id="b0000001", turn_index=1,
        error="Model qwen2.5-coder:14b timed out after 3 attempts.",
    )  # fmt: skip
    site.finish("b0000001", "done")


@has("no-progress", "prose, also when reprompted")
def _(site: Site) -> None:
    _without_progress(site, PROSE)


@only_like("no-progress", "a turn without progress, and then the run went well")
def _(site: Site) -> None:
    _without_progress(site, PROSE, "done")


@only_like("no-progress", "the answer was a call that can't be parsed")
def _(site: Site) -> None:
    _without_progress(site, CUT)


@has("malformed-tool-calls", "a call that breaks off")
def _(site: Site) -> None:
    _without_progress(site, CUT)


@only_like("malformed-tool-calls", "prose that speaks of tools")
def _(site: Site) -> None:
    _without_progress(site, PROSE)


def _blocked_call(site: Site, status: str, **ledger: object) -> None:
    site.run("b0000001", "Epic governed", status, **ledger)
    site.turn("b0000001", "ISS-1")
    for turn in (1, 2, 3):
        site.say(
            "tool_call_blocked", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=turn,
            tool="update_issue_status",
            reason="Invalid transition for CardType.ISSUE: in_progress -> done",
        )  # fmt: skip
    site.finish("b0000001", status)


@has("governance-violation", "the same transition is refused again and again")
def _(site: Site) -> None:
    _blocked_call(site, "failed", failure_class="GovernanceViolation", failure_reason=GOVERNANCE)


@only_like("governance-violation", "a call was refused, and the run went well")
def _(site: Site) -> None:
    _blocked_call(site, "done")


@only_like("governance-violation", "the class says so, the reason is no progress")
def _(site: Site) -> None:
    site.run(
        "b0000001", "Epic stuck", "failed", failure_class="GovernanceViolation",
        failure_reason=f"Governance Violation: {PROGRESS}",
    )  # fmt: skip
    site.turn("b0000001", "ISS-1", answer=PROSE, whole=False)
    site.finish("b0000001", "failed")


def _guarded(site: Site, status: str, event: str, **data: object) -> None:
    site.run("b0000001", "Epic guarded", status, issues={"ISS-1": "blocked"} if status != "done"
             else None)  # fmt: skip
    site.turn("b0000001", "ISS-1")
    blocks = "blocked" if status != "done" else "done"
    site.turn("b0000001", "ISS-1", 2, "integrity_guard", status=blocks)
    site.say(event, run_id="b0000001", issue_id="b0000001-ISS-1", **data)


REVIEW: Final = {"rationale": "Errors are swallowed.", "violations": ["a bare except"]}


@has("guard-rejection", "the guard rejected, and the run ended blocked")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)
    site.finish("b0000001", "terminal_failure")


@only_like("guard-rejection", "the guard rejected first, and approved then")
def _(site: Site) -> None:
    _guarded(site, "done", "guard_rejected", review_payload=REVIEW)
    site.say("guard_approved", run_id="b0000001", issue_id="b0000001-ISS-1")
    site.finish("b0000001", "done")


@only_like("guard-rejection", "the rejection itself was not valid")
def _(site: Site) -> None:
    _guarded(site, "failed", "guard_payload_invalid", reason="missing_remediation_actions")


@has("guard-payload-invalid", "the rejection lacks its remediation actions")
def _(site: Site) -> None:
    _guarded(site, "failed", "guard_payload_invalid", reason="missing_remediation_actions")


@only_like("guard-payload-invalid", "a rejection as the contract has it")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)


@has("dependency-block", "an issue was blocked by the one it depends on")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)
    updates = [{"issue_id": "b0000001-ISS-2", "blocked_by": ["b0000001-ISS-1"]}]
    site.say("dependency_block_propagated", run_id="b0000001", updates=updates)


@only_like("dependency-block", "all its issues were blocked by the guard itself")
def _(site: Site) -> None:
    _guarded(site, "terminal_failure", "guard_rejected", review_payload=REVIEW)


@has("stale-running", "recorded as running, silent for hours")
def _(site: Site) -> None:
    site.run("b0000001", "Epic killed", "running", end=False)
    site.say("turn_start", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=1)


@only_like("stale-running", "running, and heard of a minute ago")
def _(site: Site) -> None:
    site.at = NOW - timedelta(minutes=3)
    site.run("b0000001", "Epic at work", "running", end=False)
    site.say("turn_start", session_id="b0000001", issue_id="b0000001-ISS-1", turn_index=1)


@has("false-success", "done, without a single turn")
def _(site: Site) -> None:
    site.run("b0000001", "Epic noseat", issues={"ISS-1": "canceled"})
    site.finish("b0000001", "done")


@only_like("false-success", "made by Orket's own test suite")
def _(site: Site) -> None:
    site.run("b0000001", "Messy", issues={"ISS-1": "canceled"}, build="build-messy_epic")


@only_like("false-success", "done, all issues too")
def _(site: Site) -> None:
    site.run("b0000001", "Epic fine")
    site.turn("b0000001", "ISS-1")


@has("retry-exhaustion", "the issue used up its retries")
def _(site: Site) -> None:
    reason = "MAX RETRIES EXCEEDED for ISS-1. Limit: 3. Shutting down project orchestration."
    site.run(
        "b0000001", "Epic broken", "failed", retries=3, failure_class="ExecutionFailed",
        failure_reason=reason,
    )  # fmt: skip
    site.turn("b0000001", "ISS-1")
    site.say("catastrophic_failure", run_id="b0000001", issue_id="b0000001-ISS-1", retry_count=3)


@only_like("retry-exhaustion", "one of three retries was used")
def _(site: Site) -> None:
    failed_turn(site, "TimeoutError", "")


@has("run-unexplained", "it failed in words that nobody knows")
def _(site: Site) -> None:
    failed_turn(site, "Boom", "the flux capacitor is empty", answer="{}")


@only_like("run-unexplained", "it failed in words that a rule knows")
def _(site: Site) -> None:
    failed_turn(site, "TimeoutError", "")


@only_like("run-unexplained", "nobody knows the words, and the run went well")
def _(site: Site) -> None:
    site.run("b0000001", "Epic fine")
    site.turn("b0000001", "ISS-1")
    site.say("turn_failed", session_id="b0000001", type="Boom", error="no flux")


@has("verifier-failed", "what was written does not run")
def _(site: Site) -> None:
    _guarded(
        site, "terminal_failure", "guard_terminal_failure", reason="runtime_verification_failed"
    )


@only_like("verifier-failed", "it did not run at first, and the run went well")
def _(site: Site) -> None:
    _guarded(site, "done", "guard_retry_scheduled", reason="runtime_verification_failed")


@has("test-suite-runs", "a run named Messy")
def _(site: Site) -> None:
    site.run("b0000001", "Messy", issues={"ISS-1": "canceled"}, build="build-messy_epic")


@only_like("test-suite-runs", "an epic of one's own that is hollow")
def _(site: Site) -> None:
    site.run("b0000001", "Epic noseat", issues={"ISS-1": "canceled"})
