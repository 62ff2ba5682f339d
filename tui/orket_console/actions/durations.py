"""How long an action takes, by what its runs took before."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from orket_console.actions.pytest_lines import closing_of, total_of
from orket_console.actions.records import History, took
from orket_console.actions.verdicts import Verdict


def expected(kept: History, action: str, parameters: Mapping[str, str]) -> float | None:
    """Seconds: the median of the passed runs with these parameters; None where there is none."""
    spans = [
        record.seconds
        for record in kept.records
        if record.verdict is Verdict.PASSED
        and record.seconds is not None
        and record.ran_with(action, parameters)
    ]
    return statistics.median(spans) if spans else None


def elapsed(seconds: float, of: float | None) -> str:
    """How long it has run, of what it is expected to: `12 s of 81 s`, `12 s` where none is."""
    return f"{took(seconds)} of {took(of)}" if of is not None else took(seconds)


def known_tests(kept: History, action: str, parameters: Mapping[str, str]) -> int | None:
    """How many tests its newest run with these parameters had that told it; None for none."""
    for record in kept.records:
        if record.ran_with(action, parameters):
            for part in record.evidence.split(": "):
                if closing := closing_of(part):
                    return total_of(closing)
    return None
