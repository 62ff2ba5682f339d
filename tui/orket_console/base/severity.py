"""How bad a record is, derived: Orket writes `level: info` even for failures.

One table decides, first rule that fits wins:

1. the level that the writer gave on purpose: `data.level`;
2. the line's own `level` where it is not `info`, which is what every line says;
3. the event's name, by `NAMES`, then by the endings in `ENDINGS`;
4. its content: a status that failed, `ok: false`, a traceback, an error, a degradation.

Whatever none of these speaks of is `info`. A line that is no event at all is a warning.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Final

from orket_console.base.events import Event
from orket_console.base.state import State


class Severity(IntEnum):
    """Ordered, so that `level>=warn` is a comparison."""

    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def state(self) -> State:
        """The glyph's state; debug and info judge nothing."""
        return _STATES[self]


_STATES: Final = {
    Severity.DEBUG: State.INFO,
    Severity.INFO: State.INFO,
    Severity.WARN: State.DEGRADED,
    Severity.ERROR: State.FAILING,
}

LEVELS: Final = {
    "trace": Severity.DEBUG,
    "debug": Severity.DEBUG,
    "info": Severity.INFO,
    "warn": Severity.WARN,
    "warning": Severity.WARN,
    "error": Severity.ERROR,
    "critical": Severity.ERROR,
    "fatal": Severity.ERROR,
}

NAMES: Final = {
    # A turn, an issue or a run ended badly.
    "turn_failed": Severity.ERROR,
    "turn_retry_exhausted": Severity.ERROR,
    "guard_terminal_failure": Severity.ERROR,
    "session_terminal_failure": Severity.ERROR,
    "team_replan_terminal_failure": Severity.ERROR,
    "orchestrator_stalled": Severity.ERROR,
    # Something was refused or tried again; the run goes on.
    "turn_non_progress": Severity.WARN,
    "turn_no_tool_calls": Severity.WARN,
    "turn_corrective_reprompt": Severity.WARN,
    "turn_retry_scheduled": Severity.WARN,
    "retry_triggered": Severity.WARN,
    "guard_requested_changes": Severity.WARN,
    "guard_retry_scheduled": Severity.WARN,
    "policy_violation_report_saved": Severity.WARN,
    "dependency_block_propagated": Severity.WARN,
    "preflight_missing_read_paths": Severity.WARN,
    "team_replan_scheduled": Severity.WARN,
    "tool_approval_required": Severity.WARN,
    "tool_recovery_partial": Severity.WARN,
    "pr_escalated": Severity.WARN,
    "session_halted": Severity.WARN,
    "session_incomplete": Severity.WARN,
    "clear_logs_skipped": Severity.WARN,
    "security_compat_fallback_used": Severity.WARN,
    "seat_no_roles_configured": Severity.WARN,
    "seat_tool_scope_empty": Severity.WARN,
    "model_family_unrecognized": Severity.WARN,
    "review_policy_unknown_keys": Severity.WARN,
    # A sandbox or a lease that can't be had stops no run.
    "sandbox_deploy_failed": Severity.WARN,
    "sandbox_delete_failed": Severity.WARN,
    "sandbox_deployment_failed": Severity.WARN,
    "lease_acquisition_failed": Severity.WARN,
    # Written at every step or by every reading request.
    "orchestrator_tick": Severity.DEBUG,
    "tool_parser_diagnostic": Severity.DEBUG,
    "operator_metric": Severity.DEBUG,
    "run_ledger_telemetry": Severity.DEBUG,
    "api_backlog": Severity.DEBUG,
    "api_run_active": Severity.DEBUG,
    "api_run_metrics": Severity.DEBUG,
    "api_session_detail": Severity.DEBUG,
    "api_session_snapshot": Severity.DEBUG,
}

ENDINGS: Final = {
    "_failed": Severity.ERROR,
    "_failure": Severity.ERROR,
    "_error": Severity.ERROR,
    "_exception": Severity.ERROR,
    "_exhausted": Severity.ERROR,
    "_stalled": Severity.ERROR,
    "_violation": Severity.ERROR,
    "_crashed": Severity.ERROR,
    "_dependency_failed": Severity.WARN,
    "_timeout": Severity.ERROR,
    "_blocked": Severity.WARN,
    "_rejected": Severity.WARN,
    "_invalid": Severity.WARN,
    "_malformed": Severity.WARN,
    "_conflict": Severity.WARN,
    "_missing": Severity.WARN,
    "_unavailable": Severity.WARN,
    "_warning": Severity.WARN,
    "_retry": Severity.WARN,
}

_BAD_STATUS: Final = {
    "failed": Severity.ERROR,
    "error": Severity.ERROR,
    "crashed": Severity.ERROR,
    "terminal_failure": Severity.ERROR,
    "incomplete": Severity.WARN,
    "halted": Severity.WARN,
    "cancelled": Severity.WARN,
    "canceled": Severity.WARN,
}
_LONGEST_ENDINGS: Final = sorted(ENDINGS, key=len, reverse=True)


def severity_of(event: Event) -> Severity:
    """The severity of one event, by the table above."""
    data = event.data
    status = data.get("status")
    return derive(
        data.get("level"),
        event.level,
        event.name,
        status if isinstance(status, str) else None,
        broke=bool(data.get("traceback")),
        troubled=bool(data.get("ok") is False or data.get("error") or data.get("degraded") is True),
    )


def derive(
    given: object, level: str, name: str, status: str | None, *, broke: bool, troubled: bool
) -> Severity:
    """The table above on its own terms.

    `given` is `data.level`, `level` the line's own; `broke` tells of a traceback, `troubled`
    of `ok: false`, an error or a degradation.
    """
    severity = _level(given) if given else None
    if severity is not None:
        return severity
    if level and level != "info":
        severity = _level(level)
        if severity is not None and severity is not Severity.INFO:
            return severity
    severity = _by_name(name)
    if severity is not None:
        return severity
    if status is not None and status.lower() in _BAD_STATUS:
        return _BAD_STATUS[status.lower()]
    if broke:
        return Severity.ERROR
    return Severity.WARN if troubled else Severity.INFO


def _level(value: object) -> Severity | None:
    return LEVELS.get(value.strip().lower()) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _by_name(name: str) -> Severity | None:
    if name in NAMES:
        return NAMES[name]
    for ending in _LONGEST_ENDINGS:
        if name.endswith(ending):
            return ENDINGS[ending]
    return None
