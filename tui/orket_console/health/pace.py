"""When the next round is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from orket_console.base.state import State

_JITTER: Final = 0.1
"""Share of the interval by which rounds are early or late, so that two consoles on one host
don't ask in step."""
_HASTE: Final = 2.5
"""How much oftener is looked while something fails: its end is waited for."""
_SHORTEST: Final = 1.0


def pause(interval: float, state: State, draw: Callable[[float, float], float]) -> float:
    """Seconds to the next round after one that came to `state`; `draw` draws between two."""
    hasty = max(interval / _HASTE, min(interval, _SHORTEST))
    steady = hasty if state is State.FAILING else interval
    return steady * draw(1 - _JITTER, 1 + _JITTER)
