"""A run's status as recorded, and what is to be seen beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from orket_console.base.clock import since
from orket_console.base.state import State, worst
from orket_console.runs.processes import Process

SILENT_AFTER: Final = timedelta(minutes=10)
"""A run recorded as running that shows no life for so long is taken for stale."""

_SLACK: Final = timedelta(seconds=5)
RUNNING: Final = frozenset({"running", "started"})
_STATES: Final = {
    "done": State.OK,
    "completed": State.OK,
    "failed": State.FAILING,
    "terminal_failure": State.FAILING,
    "blocked": State.FAILING,
    "incomplete": State.DEGRADED,
    "degraded": State.DEGRADED,
    "halted": State.DEGRADED,
    "running": State.INFO,
    "started": State.INFO,
}
_DISSENT: Final = ("canceled", "cancelled", "blocked", "failed", "guard_rejected")
"""Issue statuses that don't go with a run that is done."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a run when its status is judged.

    `ledger` and `table` are the statuses of `run_ledger` and `sessions`, empty where they
    have no row. `turns` is None where they can't be known. `processes` are those of this
    root; None where that can't be told. `traces` tells whether there are any; `said` is the
    last event of it in the log, empty for none.
    """

    ledger: str
    table: str
    statuses: Mapping[str, int]
    turns: int | None
    last_activity: datetime | None
    processes: tuple[Process, ...] | None = None
    traces: bool = True
    said: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    status: str
    state: State
    seen: str
    active: bool


def judge(run: Seen, now: datetime) -> Judgement:
    """The status as recorded, and in `seen` what differs from it or explains it."""
    status = run.ledger or run.table
    word = status.lower()
    if not status:
        return Judgement("", State.UNKNOWN, _orphan(run, now), active=False)
    if word in RUNNING:
        return _running(run, status, now)
    remarks = [_disagreement(run)]
    state = _STATES.get(word, State.UNKNOWN)
    if state is State.UNKNOWN:
        remarks.append("a status not known here")
    elif state is State.OK:
        remarks.append(_false_success(run))
        state = worst((state, State.DEGRADED)) if any(remarks) else state
    elif word == "terminal_failure":
        remarks.append(_issues_at(run, _DISSENT))
    return Judgement(status, state, "; ".join(filter(None, remarks)), active=False)


def judge_recorded(ledger: str, table: str) -> Judgement:
    """By the recorded statuses alone, before anything behind them was looked at."""
    status = ledger or table
    state = _STATES.get(status.lower(), State.UNKNOWN)
    return Judgement(status, state, "", active=False)


def _orphan(run: Seen, now: datetime) -> str:
    if run.traces:
        return "orphan: traces without a ledger row"
    last = f", {since(run.last_activity, now)} ago" if run.last_activity else ""
    return f"only in the log: {run.said or 'no event'} last{last}"


def _running(run: Seen, status: str, now: datetime) -> Judgement:
    last = run.last_activity
    if last is None:
        return Judgement(status, State.UNKNOWN, "no sign of life is dated", active=False)
    holders = _may_hold(run)
    if now - last <= SILENT_AFTER:
        unseen = "no process of this root is seen" if holders == () else ""
        remarks = filter(None, (_disagreement(run), unseen))
        return Judgement(status, State.INFO, "; ".join(remarks), active=True)
    silent = f"no activity for {since(last, now)}"
    if holders:
        return Judgement(
            status, State.DEGRADED, f"silent: {silent}, {holders[-1]} may hold it", active=False
        )
    without = ", no process of this root" if holders == () else ""
    return Judgement(status, State.DEGRADED, f"stale: {silent}{without}", active=False)


def _may_hold(run: Seen) -> tuple[Process, ...] | None:
    """Processes that were there at its last sign of life: no later one can be at work on it."""
    last = run.last_activity
    if run.processes is None or last is None:
        return run.processes
    return tuple(process for process in run.processes if process.started <= last + _SLACK)


def _false_success(run: Seen) -> str:
    """Why a run that is recorded as done was none."""
    dissent = _issues_at(run, _DISSENT)
    if dissent and run.turns == 0:
        return f"false success: {dissent}, no turn ran"
    if dissent:
        return f"false success: {dissent}"
    if run.turns == 0:
        return "false success: no turn ran"
    return ""


def _issues_at(run: Seen, statuses: tuple[str, ...]) -> str:
    return ", ".join(
        f"{count} {'issue' if count == 1 else 'issues'} {status}"
        for status, count in run.statuses.items()
        if status.lower() in statuses and count > 0
    )


def _disagreement(run: Seen) -> str:
    """Where the two tables tell different things; `running` and `Started` are the same."""
    ledger, table = run.ledger.lower(), run.table.lower()
    if not ledger:
        return "only in the sessions table"
    if not table or ledger == table or {ledger, table} <= RUNNING:
        return ""
    return f"the sessions table says {run.table}"
