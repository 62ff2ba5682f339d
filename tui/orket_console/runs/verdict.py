"""What became of a turn, from its artifacts and the report of what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orket_console.base.text import shorten
from orket_console.runs.artifact import Artifact, Found
from orket_console.runs.calls import Call
from orket_console.runs.model import Verdict
from orket_console.runs.reports import Report

_LONGEST: Final = 300
_NO_PROGRESS: Final = "progress contract"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a turn left behind.

    `response` tells whether there is an answer, unread. `rationale` is the guard's, where it
    blocked. `active` tells that its run still shows life: what is not there yet may come.
    """

    checkpoint: Artifact
    response: Artifact
    calls: tuple[Call, ...]
    parser_complaint: str
    rationale: str
    report: Report | None
    state_to: str
    active: bool


def judge_turn(evidence: Evidence) -> tuple[Verdict, str]:
    """The verdict and why; the reason is empty for a turn that went well."""
    checkpoint = evidence.checkpoint
    if checkpoint.found not in (Found.PRESENT, Found.MISSING):
        return Verdict.UNREADABLE, checkpoint.problem
    if checkpoint.there and not isinstance(checkpoint.value, dict):
        return Verdict.UNREADABLE, f"{checkpoint.name}: not an object"
    if not checkpoint.there:
        return _without_checkpoint(evidence)
    failed = next((call for call in evidence.calls if call.outcome == "failed"), None)
    if failed is not None:
        return Verdict.FAILED, f"{failed.tool}: {failed.error}"
    if evidence.report is not None:
        return Verdict.REFUSED, _reason(evidence.report)
    odd = next((call for call in evidence.calls if call.outcome != "ok"), None)
    if odd is None:
        if evidence.state_to == "blocked":
            return Verdict.BLOCKED, evidence.rationale or _wait_reason(evidence.calls)
        return Verdict.OK, ""
    if odd.outcome == "unreadable result":
        return Verdict.UNREADABLE, odd.error
    if evidence.active:
        return Verdict.RUNNING, f"{odd.tool} has no result yet"
    return Verdict.UNFINISHED, f"{odd.tool} has no result"


def _without_checkpoint(evidence: Evidence) -> tuple[Verdict, str]:
    """The checkpoint is written last: without it the turn failed, is at work, or was cut off."""
    answered = evidence.response.found is not Found.MISSING
    report = evidence.report
    if answered and not evidence.calls and (report is not None or not evidence.active):
        reason = _reason(report) if report else evidence.parser_complaint
        return Verdict.NO_PROGRESS, reason or "the answer holds no tool call"
    if report is not None:
        halted = answered and _NO_PROGRESS in report.detail
        return Verdict.NO_PROGRESS if halted else Verdict.FAILED, _reason(report)
    if evidence.active:
        return Verdict.RUNNING, "the answer is at work" if answered else "the model is asked"
    if answered:
        return Verdict.UNFINISHED, "it ends before its checkpoint"
    return Verdict.UNFINISHED, "no answer, and nothing says why: see its log"


def _reason(report: Report) -> str:
    reason = report.reason
    if reason.rstrip(" :").lower() == "unexpected error":
        return "unexpected error without a message: see its log"
    return shorten(reason, _LONGEST) or f"refused by {report.kind or 'a policy'}"


def _wait_reason(calls: tuple[Call, ...]) -> str:
    for call in reversed(calls):
        if isinstance(call.args, dict) and call.args.get("wait_reason"):
            return f"waits for {shorten(str(call.args['wait_reason']), 60)}"
    return "asked to block its issue"
