"""Measuring: the median of some runs, beside a baseline taken in turn with them."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

Seconds = float


@dataclass(frozen=True)
class Result:
    """`seconds` and `baseline` are medians; `allowed` is the ratio that must not be passed."""

    name: str
    seconds: Seconds
    baseline: Seconds
    against: str
    allowed: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.baseline

    @property
    def met(self) -> bool:
        return self.ratio <= self.allowed


def compare(
    name: str,
    measured: Callable[[], Seconds],
    baseline: Callable[[], Seconds],
    *,
    against: str,
    allowed: float,
    rounds: int = 7,
) -> Result:
    """Take both in turn, so that what else the machine does falls on both alike."""
    pairs = [(measured(), baseline()) for _ in range(rounds)]
    return Result(
        name,
        statistics.median(first for first, _ in pairs),
        statistics.median(second for _, second in pairs),
        against,
        allowed,
    )


def table(results: list[Result]) -> str:
    lines = [f"{'what':<34} {'ms':>8} {'baseline':>9} {'ratio':>6} {'allowed':>8}  against"]
    lines += [
        f"{r.name:<34} {r.seconds * 1000:>8.1f} {r.baseline * 1000:>9.1f} {r.ratio:>6.2f} "
        f"{r.allowed:>8.2f}  {r.against}{'' if r.met else '   MISSED'}"
        for r in results
    ]
    return "\n".join(lines)
