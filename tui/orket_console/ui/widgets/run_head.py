"""Above a run's turns: what the run came to, and a lane a role with failures marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.text import Text
from textual import events
from textual.widgets import Static

from orket_console.base.state import GLYPHS
from orket_console.runs import words
from orket_console.runs.lanes import Lane, Lanes, lay_lanes
from orket_console.runs.model import Run, Turn
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell

_MOST_LANES: Final = 4
_FEWEST_LINES: Final = 24


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """Lanes, and what they were laid for."""

    turns: Sequence[Turn]
    size: tuple[int, int]
    lanes: Lanes


@dataclass(frozen=True, slots=True)
class _Shown:
    """What `show` was given last."""

    run: Run
    turns: Sequence[Turn]
    order: int | None
    remark: str
    aside: str


class RunHead(Static):
    """One line for the run, then its lanes and the span of time that they cover."""

    DEFAULT_CSS = """
    RunHead { height: auto; padding: 0 1; }
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__("", markup=False)
        self._ui = context
        self._shown: _Shown | None = None
        self._lanes: _LaidOut | None = None
        self._lines = -1

    def announce(self, text: Text) -> None:
        """Something else than a run."""
        self._shown = self._lanes = None
        self._lines = -1
        self.update(text)

    def show(
        self, run: Run, turns: Sequence[Turn], order: int | None, remark: str, aside: str = ""
    ) -> None:
        """A run with its lanes, the turn at `order` marked.

        `remark` stands below, `aside` at the right end of the first line.
        """
        shown = _Shown(run, turns, order, remark, aside)
        if shown != self._shown:
            self._shown = shown
            self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        # It was laid out with lines for another width, which may have wrapped.
        self._lines = -1
        self._draw()

    def _draw(self) -> None:
        shown = self._shown
        if shown is None:
            return
        width = max(self.size.width - 2, 20)
        text = _headline(shown.run, width, shown.aside)
        lanes = self._laid_out(shown.turns, width)
        marked = ("", -1)
        if shown.order is not None:
            marked = lanes.place(shown.turns[shown.order], shown.order)
        for lane in lanes.lanes:
            text.append("\n").append_text(_lane_line(lane, lanes.label, marked))
        if lanes.first and lanes.last:
            ends = (self._moment(lanes.first), self._moment(lanes.last))
            text.append("\n").append_text(_span(ends, lanes.label + 1, lanes.columns, width))
        if shown.remark:
            text.append("\n").append_text(cell(shown.remark, "yellow"))
        lines = text.plain.count("\n")
        # Laying the screen out anew costs more than drawing these lines.
        self.update(text, layout=lines != self._lines)
        self._lines = lines

    def _laid_out(self, turns: Sequence[Turn], width: int) -> Lanes:
        """The lanes, laid anew only for other turns or another size: stepping is many a key."""
        most = _MOST_LANES if self.app.size.height >= _FEWEST_LINES else 2
        known = self._lanes
        if known is None or known.turns is not turns or known.size != (width, most):
            lanes = lay_lanes(turns, width, most)
            known = self._lanes = _LaidOut(turns, (width, most), lanes)
        return known.lanes

    def _moment(self, at: datetime) -> str:
        return f"{self._ui.time_of_day(at)}.{at.microsecond // 10_000:02d}"


def _headline(run: Run, width: int, aside: str) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis", end="").append_text(cell(run.session, "bold"))
    line.append("  ").append_text(cell(run.name)).append("  ")
    style = STATE_STYLES[run.state]
    line.append(GLYPHS[run.state], style).append(" ")
    line.append_text(cell(words.outcome(run), style)).append("  ")
    line.append_text(cell(words.title(run), "dim"))
    room = width - len(aside) - 1 if aside else width
    line.truncate(room, overflow="ellipsis", pad=bool(aside))
    return line.append(f" {aside}", "yellow") if aside else line


def _lane_line(lane: Lane, label: int, marked: tuple[str, int]) -> Text:
    role = cell(lane.role, "dim")
    role.truncate(label, overflow="ellipsis", pad=True)
    line = Text(no_wrap=True, end="").append_text(role).append(" ")
    glyphs, style, at = "", "", 0
    for mark in lane.marks:
        reverse = " reverse" if marked == (lane.role, mark.column) else ""
        own = f"{STATE_STYLES[mark.state]}{reverse}"
        gap = " " * (mark.column - at)
        if own != style:
            # Marks of one style are one span: drawing costs a span, not a character.
            line.append(glyphs, style).append(gap)
            glyphs, style, gap = "", own, ""
        glyphs += gap + GLYPHS[mark.state]
        at = mark.column + 1
    return line.append(glyphs, style)


def _span(ends: tuple[str, str], indent: int, columns: int, width: int) -> Text:
    """Where the lanes begin and end in time; one moment where they don't differ."""
    first, last = ends
    line = Text(" " * indent + first, style="dim", no_wrap=True, end="")
    if first != last:
        gap = max(indent + columns - len(last) - line.cell_len, 3)
        line.append(" " * gap if gap > 3 else " – ").append(last)
    line.truncate(width)
    return line
