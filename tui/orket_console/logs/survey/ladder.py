"""Steps of time that a count over time is kept in, each a whole part of the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400

STEPS: Final = (
    1, 2, 10, 30, _MINUTE, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY,
    # What is dated at random needs more, so that its buckets are few as well.
    7 * _DAY, 28 * _DAY, 364 * _DAY, 3640 * _DAY, 36_400 * _DAY, 364_000 * _DAY,
)  # fmt: skip
"""Seconds."""
LAST: Final = len(STEPS) - 1


def coarser(buckets: dict[int, int], rung: int, target: int) -> dict[int, int]:
    """Counts by bucket (time // step) of one rung as counts by bucket of a coarser one."""
    if rung == target:
        return buckets
    factor = STEPS[target] // STEPS[rung]
    merged: dict[int, int] = {}
    for bucket, count in buckets.items():
        merged[bucket // factor] = merged.get(bucket // factor, 0) + count
    return merged


def rung_of(buckets: Iterable[int], rung: int, most: int) -> int:
    """The finest rung, from `rung` on, on which these buckets of it are at most so many."""
    taken = set(buckets)
    while len(taken) > most and rung < LAST:
        factor = STEPS[rung + 1] // STEPS[rung]
        taken = {bucket // factor for bucket in taken}
        rung += 1
    return rung
