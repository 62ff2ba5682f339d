"""What rows of runs, issues and turns say, the same on screen and in the commands."""

from __future__ import annotations

from orket_console.base.clock import ago
from orket_console.runs.model import Issue, Run, Turn, Verdict


def outcome(run: Run) -> str:
    """Status as recorded, its failure class, and what is to be seen beside it."""
    recorded = f"{run.status} {run.failure_class}".strip()
    if recorded and run.seen:
        return f"{recorded}, {run.seen}"
    return recorded or run.seen


def reason(run: Run) -> str:
    """Why the run failed, as recorded; empty for one that did not."""
    return run.failure_reason.strip()


def took(run: Run) -> str:
    """`0.1 s`, `29.2 s`, `4m12s`; empty while it runs or where an end is missing."""
    if run.seconds is None or run.seconds < 0:
        return ""
    return f"{run.seconds:.1f} s" if run.seconds < 100 else ago(run.seconds)


def count(number: int | None, noun: str) -> str:
    """`1 turn`, `3 turns`, `? turns` where it can't be known."""
    shown = "?" if number is None else str(number)
    return f"{shown} {noun}{'' if number == 1 else 's'}"


def title(run: Run) -> str:
    """One line that names a run: its counts and how long it took come after."""
    parts = (count(run.issues, "issue"), count(run.turns, "turn"), took(run))
    return ", ".join(part for part in parts if part)


def issue_state(issue: Issue) -> str:
    """Status, retries used of allowed where there were any, and what is odd about it."""
    retries = ""
    if issue.retries:
        allowed = "?" if issue.max_retries is None else issue.max_retries
        retries = f"retry {issue.retries} of {allowed}"
    return ", ".join(part for part in (issue.status or "no status", retries, issue.note) if part)


def turn_outcome(turn: Turn) -> str:
    """The verdict, and why where it is not ok."""
    if turn.verdict is Verdict.OK:
        return str(turn.verdict)
    return f"{turn.verdict}: {turn.why}" if turn.why else str(turn.verdict)


def gaps(turn: Turn) -> str:
    """The artifacts that a whole turn has and this one lacks, in words; empty for none."""
    if not turn.missing:
        return ""
    return f"missing {', '.join(turn.missing)}"
