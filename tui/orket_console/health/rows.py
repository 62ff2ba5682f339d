"""What a list shows of each probe, and of its past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orket_console.base.clock import ago
from orket_console.base.state import State
from orket_console.health.history import History, Past, bars
from orket_console.health.reading import Probe
from orket_console.target.target import Target

NEVER = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One probe's row, each cell as text. `last_ok` and `change` say how long ago."""

    probe: str
    state: State
    title: str
    word: str
    seen: str
    ms: str
    last_ok: str
    change: str


def rows(probes: Sequence[Probe], history: History, target: Target, now: float) -> list[Row]:
    """A row a probe, in their order; `now` is on the monotonic clock of the history."""
    return [_row(probe, history.past(probe.name), target, now) for probe in probes]


def _row(probe: Probe, past: Past | None, target: Target, now: float) -> Row:
    if past is None:
        title = probe.title_at(target)
        return Row(probe.name, State.UNKNOWN, title, "looking …", "", NEVER, NEVER, NEVER)
    reading = past.reading
    return Row(
        probe=probe.name,
        state=reading.state,
        title=reading.title,
        word=reading.word,
        seen=reading.seen,
        ms=f"{reading.ms:.0f}" if reading.ms is not None else NEVER,
        last_ok=_last_ok(past, now),
        change=_ago(past.since_change(now)),
    )


def _last_ok(past: Past, now: float) -> str:
    return "now" if past.reading.state is State.OK else _ago(past.since_ok(now))


def _ago(seconds: float | None) -> str:
    return NEVER if seconds is None else ago(seconds)


def latency_line(past: Past, width: int = 30) -> str:
    """The last latencies as bars with their range; empty where none was measured."""
    measured = [value for value in past.latencies if value is not None]
    if not measured:
        return ""
    low, high = min(measured), max(measured)
    span = f"{low:.0f} ms" if low == high else f"{low:.0f} to {high:.0f} ms"
    return f"{bars(past.latencies, width)}  {span} in the last {len(past.latencies)}"
