"""Measuring: what was taken, beside a baseline taken in turn with it, and what is allowed."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Measure = Callable[[], float]
"""Takes one measurement: seconds, or what else the result's unit says."""
Average = Callable[[Iterable[float]], float]


@dataclass(frozen=True, slots=True)
class Result:
    """`value` must not pass `limit`; both, and `baseline`, are in `unit`.

    `allowed` says in words where the limit comes from. A `value` of None was not measured,
    `against` says why.
    """

    name: str
    unit: str
    value: float | None
    limit: float | None = None
    allowed: str = ""
    baseline: float | None = None
    against: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.value and self.baseline else None

    @property
    def met(self) -> bool:
        return self.value is None or self.limit is None or self.value <= self.limit


def compare(
    name: str,
    measured: Measure,
    baseline: Measure,
    *,
    against: str,
    times: float | None = 1.0,
    plus: float = 0.0,
    rounds: int = 7,
    average: Average = statistics.median,
) -> Result:
    """Take both in turn, in seconds, so that what else the machine does falls on both alike.

    Once before that for nothing: files come into the cache and modules are compiled.
    Allowed is the baseline `times` a factor `plus` some seconds; anything if `times` is None.
    """
    measured(), baseline()
    pairs = [(measured(), baseline()) for _ in range(rounds)]
    taken, base = (average(column) * 1000 for column in zip(*pairs, strict=True))
    if times is None:
        return Result(name, "ms", taken, None, "", base, against)
    allowed = f"× {times:g}" if times != 1 else f"+ {plus * 1000:g} ms"
    limit = base * times + plus * 1000
    return Result(name, "ms", taken, limit, allowed, base, against)


def at_most(
    name: str, value: float, unit: str, limit: float | None, against: str = "", base: float = 0.0
) -> Result:
    """A value with a limit of its own (None: none); `base` is taken off what was measured."""
    allowed = "" if limit is None else f"{'+ ' if base else ''}{limit:g} {unit}"
    return Result(name, unit, value - base, limit, allowed, base or None, against)


def skipped(name: str, why: str) -> Result:
    return Result(name, "", None, against=f"not measured: {why}")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all do not pass."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


_WIDE: Final = 50
HEAD: Final = (
    f"{'what':<{_WIDE}} {'':>4} {'taken':>9} {'baseline':>9} {'ratio':>6} {'limit':>9} "
    f"{'allowed':<17} against"
)


def row(r: Result) -> str:
    """A line under `HEAD`."""
    verdict = "" if r.limit is None or r.value is None else "met" if r.met else "MISSED"
    return (
        f"{r.name:<{_WIDE}} {r.unit:>4} {_number(r.value):>9} {_number(r.baseline):>9} "
        f"{_number(r.ratio):>6} {_number(r.limit):>9} {r.allowed:<10} {verdict:<6} {r.against}"
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
