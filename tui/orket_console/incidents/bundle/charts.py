"""Charts as inline SVG: errors over time, and how fast the probes were answered."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from orket_console.base.clock import ago
from orket_console.incidents.bundle.story import Latency, Rate

_WIDTH: Final = 720
_HEIGHT: Final = 120
_LINE: Final = 48
_AXIS: Final = 18
Piece = Iterator[str]


def error_chart(rate: tuple[Rate, ...]) -> Piece:
    """Bars of what failed, with warnings above them; the most of one part of the time is told."""
    most = max((each.failing + each.degraded for each in rate), default=0)
    if not most:
        yield "<p>Nothing failed in this time.</p>"
        return
    width = _WIDTH / len(rate)
    seconds = (rate[1].start - rate[0].start).total_seconds()
    yield f"<p>Each bar is {ago(seconds)}: what failed, and warnings above; {most} at the most.</p>"
    yield _opened(_HEIGHT + _AXIS, f"errors over time, {most} at the most in one bar")
    for place, each in enumerate(rate):
        if not each.failing + each.degraded:
            continue
        failing = each.failing / most * _HEIGHT
        degraded = each.degraded / most * _HEIGHT
        told = f"{each.start:%H:%M:%S}: {each.failing} failed, {each.degraded} warnings"
        yield f"<g><title>{told}</title>"
        yield _bar("failing", place * width, _HEIGHT - failing, width, failing)
        yield _bar("degraded", place * width, _HEIGHT - failing - degraded, width, degraded)
        yield "</g>"
    yield _text(0, _HEIGHT + _AXIS - 4, f"{rate[0].start:%Y-%m-%d %H:%M}", "start")
    yield _text(_WIDTH, _HEIGHT + _AXIS - 4, f"{rate[-1].start:%Y-%m-%d %H:%M}", "end")
    yield "</svg>"


def latency_chart(latency: Latency) -> Piece:
    """One probe's last readings as a line; where nothing answered there is a gap."""
    most = max((value for value in latency.values if value is not None), default=0.0) or 1.0
    step = _WIDTH / max(len(latency.values) - 1, 1)
    title = f"{latency.title}: {most:.1f} ms at the most, last {len(latency.values)} readings"
    yield f"<h3>{escape(title)}</h3>"
    yield _opened(_LINE, title)
    run: list[str] = []
    for place, value in enumerate((*latency.values, None)):
        if value is not None:
            run.append(f"{place * step:.1f},{_LINE - 2 - value / most * (_LINE - 4):.1f}")
        elif len(run) == 1:
            x, y = run.pop().split(",")
            yield f'<circle class="line" cx="{x}" cy="{y}" r="2"/>'
        elif run:
            yield f'<polyline class="line" points="{" ".join(run)}"/>'
            run = []
    yield "</svg>"


def _opened(height: int, title: str) -> str:
    box = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return f'<svg role="img" aria-label="{escape(title)}" {box}>'


def _bar(kind: str, x: float, y: float, width: float, height: float) -> str:
    if height <= 0:
        return ""
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<rect class="{kind}" {place} width="{max(width - 1, 1):.1f}" height="{height:.1f}"/>'


def _text(x: int, y: int, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
