"""What a run's turns come to: tokens, models, verdicts, and the turn it failed at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from orket_console.runs.model import Run, Tally, Turn


def tally_of(run: Run, turns: Sequence[Turn]) -> Tally:
    """Of those `turns` that are judged."""
    judged = [turn for turn in turns if turn.judged]
    counted = [turn.tokens for turn in judged if turn.tokens is not None]
    failing = _failing(run, judged)
    return Tally(
        judged=len(judged),
        tokens=sum(counted) if counted else None,
        models=tuple(dict.fromkeys(turn.model for turn in judged if turn.model)),
        verdicts=dict(Counter(str(turn.verdict) for turn in judged)),
        failing=failing.ref if failing else None,
        failing_why=failing.why if failing else "",
    )


def _failing(run: Run, turns: Sequence[Turn]) -> Turn | None:
    """The last failed turn that the recorded reason speaks of; else the last failed one.

    A run that went well has none: what failed in it was made good.
    """
    if not run.failed:
        return None
    failed = [turn for turn in turns if turn.failed]
    reason = run.failure_reason
    for turn in reversed(failed):
        if (turn.why and turn.why in reason) or (reason and turn.ref.issue in reason):
            return turn
    return failed[-1] if failed else None
