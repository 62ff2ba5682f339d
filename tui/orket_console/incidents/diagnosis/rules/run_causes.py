"""Why one run failed: the first cause that its evidence fits, in a fixed order.

The order is that of depth: a model that can't be reached makes a run get nowhere, so it comes
before “no progress”; an answer that can't be parsed comes before one that calls no tool.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Moment, RunSeen
from orket_console.runs.model import Verdict
from orket_console.runs.status import RUNNING

SUITE_RUN: Final = ("Messy", "build-messy_epic")
"""Name and build of the runs that Orket's own test suite leaves in the ledger."""
TIMEOUTS: Final = frozenset({
    "TimeoutError", "ModelTimeoutError", "ReadTimeout", "ConnectTimeout", "CancelledError",
})  # fmt: skip
CONNECTIONS: Final = frozenset({
    "ModelConnectionError", "ConnectionError", "ConnectionResetError", "ConnectionRefusedError",
    "ConnectError", "RemoteProtocolError", "BrokenPipeError", "ModelProviderError",
})  # fmt: skip
TURN_EVENTS: Final = frozenset({"turn_failed", "turn_retry_exhausted"})
"""Ends of a turn: one that is tried again may go well."""
_TIMED_OUT: Final = re.compile(r"\bmodel\b.*\btimed?[ -]?out\b", re.IGNORECASE)
_CUT_OFF: Final = re.compile(
    r"model backend|(ollama|openai-compatible|model|provider)\b.*"
    r"(connection|unreachable|refused|unavailable|preparation failed)",
    re.IGNORECASE,
)
LACKS_TABLE: Final = re.compile(r"no such (table|column)", re.IGNORECASE)
_PROGRESS: Final = "progress contract"
_DISSENT: Final = frozenset({"canceled", "cancelled", "blocked", "failed", "guard_rejected"})
_DONE: Final = frozenset({"done", "completed"})


def is_of_suite(seen: RunSeen) -> bool:
    return (seen.run.name, seen.run.build) == SUITE_RUN


def is_stale(seen: RunSeen) -> bool:
    """Recorded as running, without a sign of life."""
    run = seen.run
    return run.status.lower() in RUNNING and not run.active and run.state is State.DEGRADED


def is_false_success(seen: RunSeen) -> bool:
    """Recorded as done, though no turn ran or an issue did not get there."""
    run = seen.run
    if run.status.lower() not in _DONE or not run.looked:
        return False
    dissent = any(n and status.lower() in _DISSENT for status, n in run.issues_by_status.items())
    return dissent or run.turns == 0


def with_event(seen: RunSeen, *events: str) -> list[Moment]:
    return [moment for moment in seen.moments if moment.event in events]


def model_moments(seen: RunSeen, types: frozenset[str], words: re.Pattern[str]) -> list[Moment]:
    """Turns that failed because of the model: by the type of their error, or its words."""
    turns = [moment for moment in seen.moments if moment.event in TURN_EVENTS]
    named = [moment for moment in turns if words.search(moment.words)]
    typed = [m for m in turns if m.kind in types and not _was_answered(seen, m)]
    return list(dict.fromkeys((*named, *typed)))


def _was_answered(seen: RunSeen, moment: Moment) -> bool:
    """Whether the model had answered in that turn: then it was something else that failed."""
    return (moment.issue, moment.turn) in seen.answered


def _model_timeout(seen: RunSeen) -> bool:
    if model_moments(seen, TIMEOUTS, _TIMED_OUT):
        return True
    reason = seen.run.failure_reason
    # A time-out of Python's has no text: the reason is empty behind its colon.
    silent = reason.rstrip().endswith("Unexpected error:") and not _log_tells(seen)
    return bool(_TIMED_OUT.search(reason)) or (silent and not _failed_answered(seen))


def _failed_answered(seen: RunSeen) -> bool:
    """Whether the turn that the run failed at has the model's answer."""
    failing = seen.run.failing
    return failing is not None and (failing.issue, failing.index) in seen.answered


def _log_tells(seen: RunSeen) -> bool:
    return bool(with_event(seen, *TURN_EVENTS))


def _model_unreachable(seen: RunSeen) -> bool:
    if model_moments(seen, CONNECTIONS, _CUT_OFF):
        return True
    return bool(_CUT_OFF.search(seen.run.failure_reason))


def timeout_moments(seen: RunSeen) -> list[Moment]:
    found = model_moments(seen, TIMEOUTS, _TIMED_OUT)
    return found or with_event(seen, "model_timeout_retry")


def connection_moments(seen: RunSeen) -> list[Moment]:
    found = model_moments(seen, CONNECTIONS, _CUT_OFF)
    return found or with_event(seen, "model_connection_retry")


def schema_moments(seen: RunSeen) -> list[Moment]:
    return [moment for moment in seen.moments if LACKS_TABLE.search(moment.words)]


def _schema(seen: RunSeen) -> bool:
    return bool(LACKS_TABLE.search(seen.run.failure_reason) or schema_moments(seen))


def _guard_payload(seen: RunSeen) -> bool:
    reason = seen.run.failure_reason.lower()
    return bool(with_event(seen, "guard_payload_invalid")) or "guard rejection payload" in reason


def _got_nowhere(seen: RunSeen) -> bool:
    if _PROGRESS in seen.run.failure_reason.lower():
        return True
    return bool(with_event(seen, "turn_non_progress")) or _has_turn(seen, Verdict.NO_PROGRESS)


def _malformed(seen: RunSeen) -> bool:
    if with_event(seen, "tool_recovery_partial"):
        return True
    return "tool-call recovery was partial" in seen.run.failure_reason or (
        bool(seen.garbled) and _got_nowhere(seen)
    )


def _governance(seen: RunSeen) -> bool:
    reason = seen.run.failure_reason
    if _PROGRESS in reason.lower():
        return False
    refused = with_event(seen, "tool_call_blocked") or any(
        moment.kind == "tool_violation" for moment in seen.moments
    )
    governed = seen.run.failure_class == "GovernanceViolation" or "Governance Violation" in reason
    return governed or (bool(refused) and bool(reason))


def _guard_rejection(seen: RunSeen) -> bool:
    return bool(with_event(seen, "guard_rejected"))


def _blocked_turn(seen: RunSeen) -> bool:
    return _has_turn(seen, Verdict.BLOCKED)


def _verifier(seen: RunSeen) -> bool:
    return bool(with_event(seen, "guard_terminal_failure", "guard_retry_scheduled"))


def _has_turn(seen: RunSeen, verdict: Verdict) -> bool:
    return any(turn.verdict is verdict for turn in seen.turns)


_CAUSES: Final[tuple[tuple[str, Callable[[RunSeen], bool]], ...]] = (
    ("schema-missed", _schema),
    ("guard-payload-invalid", _guard_payload),
    ("model-unreachable", _model_unreachable),
    ("model-timeout", _model_timeout),
    ("malformed-tool-calls", _malformed),
    ("no-progress", _got_nowhere),
    ("governance-violation", _governance),
    ("guard-rejection", _guard_rejection),
    ("verifier-failed", _verifier),
    ("guard-rejection", _blocked_turn),
    ("model-unreachable", lambda seen: bool(with_event(seen, "model_connection_retry"))),
    ("model-timeout", lambda seen: bool(with_event(seen, "model_timeout_retry"))),
)


def cause_of(seen: RunSeen) -> str:
    """The rule that names why a run did not go well; empty for one that did, or still runs."""
    if is_of_suite(seen):
        return ""
    if is_stale(seen):
        return "stale-running"
    if is_false_success(seen):
        return "false-success"
    if not seen.run.failed or not seen.run.status:
        return ""
    return next((rule for rule, fits in _CAUSES if fits(seen)), "run-unexplained")
