"""What a list shows of each probe, and of its past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orket_console.base.clock import ago
from orket_console.base.state import State
from orket_console.health.history import KEPT, History, Past, bars
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


def latency_line(past: Past) -> str:
    """The range of the last latencies, and they themselves as bars; empty where there are none."""
    measured = [value for value in past.latencies if value is not None]
    if not measured:
        return ""
    low, high = min(measured), max(measured)
    span = f"{low:.0f} ms" if low == high else f"{low:.0f} to {high:.0f} ms"
    looks = "look" if len(past.latencies) == 1 else f"{len(past.latencies)} looks"
    return f"{span} in the last {looks} {bars(past.latencies, KEPT)}"


def past_lines(past: Past, now: float, when: Callable[[datetime], str]) -> list[str]:
    """What it was before, a line each; `when` words a time of day."""
    ok = f"last ok {when(past.last_ok.at)}" if past.last_ok else "not seen ok"
    since = f"since {when((past.changed or past.first).at)}"
    lines = [f"{ok}, {'so' if past.changed else 'so at least'} {since}"]
    if (flaps := past.flaps(now)) > 1:
        lines.append(f"changed {flaps} times in the last hour")
    if past.restarts:
        times = "once" if len(past.restarts) == 1 else f"{len(past.restarts)} times"
        lines.append(f"seen to restart {times}, last {when(past.restarts[-1].at)}")
    if past.gap:
        lines.append(f"not watched from {when(past.gap.start)} to {when(past.gap.end)}")
    return lines
