"""Which sections of the report a line belongs to, told by its event, severity and words."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final

from orket_console.base.severity import Severity, derive
from orket_console.logs.survey.said import Said

TURN_START: Final = "turn_start"
TURN_FAILED: Final = "turn_failed"
NON_PROGRESS: Final = "turn_non_progress"
TURN_COMPLETE: Final = "turn_complete"
TURN_ENDS: Final = frozenset({TURN_COMPLETE, TURN_FAILED, NON_PROGRESS})
RETRIES: Final = frozenset({
    "retry_triggered", "turn_retry_scheduled", "turn_retry_exhausted", "turn_corrective_reprompt",
    "guard_retry_scheduled", "model_connection_retry", "model_timeout_retry",
    "odr_prebuild_format_violation_retry", "team_replan_scheduled",
})  # fmt: skip
_POLICY: Final = frozenset({"tool_violation", "GovernanceViolation"})
_MODEL_ERRORS: Final = (
    "ModelTimeoutError", "ModelConnectionError", "ModelProviderError", "TimeoutError",
    "ConnectionError", "ConnectionResetError", "ConnectionRefusedError", "ConnectError",
    "ReadTimeout", "ConnectTimeout",
)  # fmt: skip


class Section(StrEnum):
    """The report's tables of failures and warnings, by the name of their field."""

    FAILURES = "failures"
    NON_PROGRESS = "non_progress"
    RETRIES = "retries"
    GUARD = "guard"
    TOOLS = "tool_failures"
    MODELS = "model_failures"
    WEBHOOKS = "webhook_failures"
    WARNINGS = "warnings"
    SIGNATURE = "by_signature"
    SESSION = "by_session"
    ISSUE = "by_issue"
    ROLE = "by_role"
    MODEL = "by_model"


@lru_cache(maxsize=4096)
def calm_severity(event: str) -> Severity:
    """The severity of an event whose line says nothing else about it."""
    return derive(None, "", event, None, broke=False, troubled=False)


def is_watched(event: str) -> bool:
    """Whether every line of this event matters, whatever else it says."""
    return (
        calm_severity(event) >= Severity.WARN
        or event in RETRIES
        or event == TURN_START
        or event in TURN_ENDS
    )


def is_failure(event: str, severity: Severity) -> bool:
    """A failure: an error, or a turn that got nowhere (which the writer calls no error)."""
    return severity >= Severity.ERROR or event == NON_PROGRESS


def sections(event: str, severity: Severity, said: Said) -> Iterator[Section]:
    """The kinds of failure, retry and warning that a line is one of."""
    if event in RETRIES:
        yield Section.RETRIES
    if is_failure(event, severity):
        yield Section.FAILURES
    elif severity >= Severity.WARN:
        yield Section.WARNINGS
    if event == NON_PROGRESS:
        yield Section.NON_PROGRESS
    if severity < Severity.WARN:
        return
    if _is_guard(event, said):
        yield Section.GUARD
    if event.startswith("tool_"):
        yield Section.TOOLS
    if _is_model(event, said):
        yield Section.MODELS
    if event.startswith(("webhook", "pr_")):
        yield Section.WEBHOOKS


def _is_guard(event: str, said: Said) -> bool:
    """A guard or a policy refused something."""
    if event.startswith(("guard_", "policy_")) or event.endswith("_violation"):
        return True
    return said.type in _POLICY or said.failure_class in _POLICY


def _is_model(event: str, said: Said) -> bool:
    """The model did not answer, or not in time: by its events, or by a turn's error."""
    if event.startswith("model_"):
        return True
    if not event.startswith("turn_"):
        return False
    if said.type in _MODEL_ERRORS or said.error_type in _MODEL_ERRORS:
        return True
    return (said.error or "").lower().startswith("model ")
