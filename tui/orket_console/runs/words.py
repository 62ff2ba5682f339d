"""What rows of runs, issues and turns say, the same on screen and in the commands."""

from __future__ import annotations

from orket_console.base.clock import ago
from orket_console.runs.model import Issue, Run, Tally, Turn, Verdict


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


def failed_at(run: Run, tally: Tally | None = None) -> str:
    """The turn a run failed at, and why; empty where that is not known."""
    ref = tally.failing if tally and tally.failing else run.failing
    why = tally.failing_why if tally and tally.failing else run.failing_why
    if ref is None:
        return ""
    return f"{ref.issue} #{ref.index} {ref.role}{f': {why}' if why else ''}"


def issues_by_status(run: Run) -> str:
    """`2 done, 1 canceled`."""
    return ", ".join(
        f"{number} {status or 'no status'}" for status, number in run.issues_by_status.items()
    )


def spent(tally: Tally | None) -> str:
    """Tokens and models of the turns that were read."""
    if tally is None or not tally.judged:
        return ""
    tokens = "" if tally.tokens is None else f"{tally.tokens} tokens"
    return " · ".join(part for part in (tokens, ", ".join(tally.models)) if part)


def points(run: Run, tally: Tally | None = None) -> tuple[tuple[str, str], ...]:
    """What is known of a run beside its times, each with a label; most telling first."""
    told = (
        ("reason", reason(run)),
        ("failed at", failed_at(run, tally)),
        ("issues", issues_by_status(run)),
        ("spent", spent(tally)),
        ("build", run.build or "none recorded"),
        ("found in", ", ".join(run.sources) or "nothing"),
        ("traces", run.traces),
    )
    return tuple((label, text) for label, text in told if text)


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
