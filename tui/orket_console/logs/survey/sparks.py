"""Counts next to each other as bars of one character."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"
NONE: Final = " "


def bar(count: int, most: int) -> str:
    """One count as a bar; a blank for none, and never a blank for one."""
    if count <= 0:
        return NONE
    return BARS[min((count * len(BARS) - 1) // max(most, 1), len(BARS) - 1)]


def sparkline(counts: Iterable[int]) -> str:
    """A bar each, the highest for the largest count."""
    heights = list(counts)
    most = max(heights, default=0)
    return "".join(bar(height, most) for height in heights)
