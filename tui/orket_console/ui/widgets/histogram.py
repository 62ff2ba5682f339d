"""How many lines there were over time, in one line above the log; `h` walks its bars."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from orket_console.base.clock import ago
from orket_console.base.severity import Severity
from orket_console.logs.survey.sparks import bar
from orket_console.logs.survey.timeline import Bar, Timeline
from orket_console.ui.context import UiContext
from orket_console.ui.literal import literal

if TYPE_CHECKING:
    from orket_console.logs.survey.live import Survey

_LABELS: Final = 2 * len("11-23 05:17") + 4
_POINTER: Final = "▾"
_WIDEST: Final = 4
"""Columns of a bar."""
_DAY: Final = 86_400
_STYLES: Final = {
    # Underlined too, so that errors can be told without colour.
    Severity.ERROR: Style(color="red", bold=True, underline=True),
    Severity.WARN: Style(color="yellow"),
}


class Histogram(Widget, can_focus=True):
    """Blank until something was counted. While it has the focus a second line tells of a bar."""

    DEFAULT_CSS = """
    Histogram { height: 1; padding: 0 1; }
    Histogram:focus { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(-1)", "earlier", key_display="←", id="histogram.earlier"),
        Binding("right", "walk(1)", "later", key_display="→", id="histogram.later"),
        Binding("enter", "choose", "go there", id="histogram.choose"),
        Binding("e", "error(1)", "next with errors", key_display="e/E", id="histogram.error"),
        Binding("E", "error(-1)", "previous errors", show=False, id="histogram.error-before"),
        Binding("home", "edge(0)", "first", show=False, id="histogram.first"),
        Binding("end", "edge(-1)", "last", show=False, id="histogram.last"),
        Binding("escape,h", "leave", "back", key_display="esc", id="histogram.leave"),
    ]

    class Chosen(Message):
        """Go to the lines of a bar."""

        def __init__(self, at: datetime) -> None:
            super().__init__()
            self.at = at

    class Resized(Message):
        """There is room for more bars, or for less."""

    class Left(Message):
        """The operator is done with it."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(id="log-histogram")
        self._ui = context
        self._survey: Survey | None = None
        self._chosen: int | None = None
        """The second at which the chosen bar begins; None for the last bar."""

    @property
    def room(self) -> int:
        """Bars there is room for."""
        return max(self.size.width - _LABELS, 10)

    @property
    def timeline(self) -> Timeline:
        return self._survey.timeline if self._survey is not None else Timeline()

    @property
    def chosen(self) -> Bar | None:
        """The bar that is told of, or the one that its time is part of by now."""
        bars = self.timeline.bars
        if not bars or self._chosen is None:
            return bars[-1] if bars else None
        index = (self._chosen - bars[0].second) // self.timeline.step
        return bars[min(max(index, 0), len(bars) - 1)]

    def show(self, survey: Survey | None) -> None:
        if survey != self._survey:
            self._survey = survey
            self.refresh()

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def action_walk(self, step: int) -> None:
        self._choose(self._index + step)

    def action_edge(self, index: int) -> None:
        self._choose(len(self.timeline.bars) - 1 if index else 0)

    def action_error(self, step: int) -> None:
        bars = self.timeline.bars
        index = self._index + step
        while 0 <= index < len(bars) and not bars[index].errors:
            index += step
        if 0 <= index < len(bars):
            self._choose(index)

    def action_choose(self) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.at is not None:
            self.post_message(self.Chosen(chosen.at))

    def action_leave(self) -> None:
        self.post_message(self.Left())

    @property
    def _index(self) -> int:
        chosen = self.chosen
        return self.timeline.bars.index(chosen) if chosen is not None else 0

    def _choose(self, index: int) -> None:
        bars = self.timeline.bars
        if bars:
            self._chosen = bars[min(max(index, 0), len(bars) - 1)].second
            self.refresh()

    # -- drawing

    def render(self) -> Text:
        bars = self.timeline.bars
        if not bars:
            return literal(self._nothing(), "dim")
        start, end = self._label(bars[0].at), self._label(self.timeline.end)
        columns = self._columns(max(self.size.width - len(start) - len(end) - 2, len(bars)))
        line = Text(no_wrap=True, end="").append(f"{start} ", "dim")
        most = self.timeline.most
        for each, width in zip(bars, columns, strict=True):
            self._draw(line, each, width, most)
        line.append(f" {end}", "dim")
        if not self.has_focus or self.chosen is None:
            return line
        return line.append("\n").append_text(self._told(self.chosen))

    def _nothing(self) -> str:
        survey = self._survey
        if survey is None:
            return ""
        return survey.problem or ("nothing over time to show" if survey.lines else "")

    def _columns(self, room: int) -> list[int]:
        """How wide each bar is, so that all of them take the room, unless they are few."""
        count = len(self.timeline.bars)
        room = min(room, count * _WIDEST)
        edges = [index * room // count for index in range(count + 1)]
        return [right - left for left, right in itertools.pairwise(edges)]

    def _draw(self, line: Text, each: Bar, width: int, most: int) -> None:
        style = _STYLES.get(each.worst, Style()) if each.worst is not None else Style(dim=True)
        drawn = bar(each.total, most) * width
        if each == self.chosen and self.has_focus:
            drawn, style = _POINTER * width, Style(color="cyan", bold=True)
        line.append(drawn, style)

    def _told(self, each: Bar) -> Text:
        told = f"{self._ui.day_and_time(each.at) if each.at else '–'} +{ago(self.timeline.step)}  "
        text = literal(told, "bold").append(f"{each.total:,} line{'' if each.total == 1 else 's'}")
        for severity in (Severity.ERROR, Severity.WARN):
            if count := each.counts.get(severity, 0):
                word = f"{severity.word}{'' if count == 1 else 's'}"
                text.append(", ").append(f"{count:,} {word}", _STYLES[severity])
        if self.timeline.outside:
            text.append(f" · {self.timeline.outside:,} far off", "dim")
        return text

    def _label(self, at: datetime | None) -> str:
        if at is None:
            return "–"
        shown = self._ui.day_and_time(at)
        span = self.timeline.step * len(self.timeline.bars)
        if span > _DAY:
            return shown[5:16]
        return shown[11:16] if self.timeline.step >= 60 else shown[11:19]
