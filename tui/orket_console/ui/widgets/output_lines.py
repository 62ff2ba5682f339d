"""The output of an action, drawn: what came on stderr has a mark, the cursor's row a bar."""

from __future__ import annotations

import asyncio
import re
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from orket_console.actions.transcript import Row, Transcript
from orket_console.ui.widgets.output_window import Line, OutputWindow

_GUTTER: Final = 2
_BAR: Final = 1
_WHEEL: Final = 3
_SIDE: Final = 8
_CURSOR: Final = "▸"
_SELECTED: Final = "│"


class OutputLines(Widget, can_focus=True):
    """Moving up stops following; `end` takes it up again. Rows are read in a thread."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"output--cursor", "output--selected", "output--bar"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="output.up"),
        Binding("down,j", "move(1)", "down", show=False, id="output.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="output.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="output.page-down"),
        Binding("left", "slide(-1)", "left", show=False, id="output.left"),
        Binding("right", "slide(1)", "right", show=False, id="output.right"),
        Binding("home", "first", "first line", show=False, id="output.first"),
        Binding("end", "follow", "follow", show=False, id="output.follow"),
        Binding("w", "wrap", "wrap", show=False, id="output.wrap"),
        Binding("v", "mark", "select", show=False, id="output.select"),
    ]
    DEFAULT_CSS = """
    OutputLines { height: 1fr; }
    OutputLines > .output--cursor { background: $row-cursor; color: $foreground; }
    OutputLines > .output--selected { background: $panel; }
    OutputLines > .output--bar { color: $primary; }
    """

    class Moved(Message):
        """Cursor, selection or following changed."""

    def __init__(self) -> None:
        super().__init__()
        self.window = OutputWindow()
        self.needle = ""
        self._transcript: Transcript | None = None
        self._lines: list[Line] = []
        self._read_again = False
        self._is_reading = False

    def show(self, transcript: Transcript) -> None:
        """Show an output from its end. The way lines are wrapped stays as it was."""
        wrap = self.window.wrap
        self.window = OutputWindow()
        self.window.wrap = wrap
        self.needle = ""
        self._transcript = transcript
        self._resized()
        self.grow()

    def grow(self) -> None:
        """Show what has come since."""
        if self._transcript is not None and self._transcript.length:
            window = self.window
            self._read_again |= window.following or window.at_end
            window.grow(self._transcript.length)
            self._redraw()

    def go(self, row: int) -> None:
        self.window.go(row)
        self._moved()

    # -- keys and mouse

    def action_move(self, step: int) -> None:
        self.window.move(step)
        self._moved()

    def action_page(self, direction: int) -> None:
        self.window.page(direction)
        self._moved()

    def action_slide(self, direction: int) -> None:
        self.window.slide(direction * _SIDE)
        self._moved()

    def action_first(self) -> None:
        self.go(0)

    def action_follow(self) -> None:
        self.window.follow()
        self._moved()

    def action_wrap(self) -> None:
        self.window.turn_wrap()
        self._moved()

    def action_mark(self) -> None:
        """Begin a selection at the cursor, or drop it."""
        window = self.window
        window.pause()
        window.mark = window.cursor if window.mark is None else None
        self._moved()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._lines):
            self.go(self._lines[event.y].number)

    def on_resize(self, _event: events.Resize) -> None:
        self._resized()
        self._redraw()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _resized(self) -> None:
        self.window.resize(self.size.width - _GUTTER - _BAR, self.size.height)

    def _moved(self) -> None:
        self._redraw()
        self.post_message(self.Moved())

    # -- reading

    def _redraw(self) -> None:
        self._lines = self.window.lines()
        self.refresh()
        if not self._is_reading and (self._read_again or self.window.wanted):
            self._is_reading = True
            self.run_worker(self._read(), group="output-rows", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._transcript is not None and (self._read_again or self.window.wanted):
                window, transcript = self.window, self._transcript
                start, stop = self.window.wanted or self.window.around
                self._read_again = False
                rows = await asyncio.to_thread(transcript.read, start, stop)
                if window is self.window:
                    window.supply(start, rows)
                    self._lines = window.lines()
                    self.refresh()
        finally:
            self._is_reading = False

    # -- drawing

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        room = width - _BAR
        if y >= len(self._lines):
            return Strip([Segment(" " * room, base), self._bar(y, base)])
        line = self._lines[y]
        style = base + self._style_of(line.number)
        segments = Segment.apply_style(list(self._drawn(line).render(self.app.console)), style)
        body = Strip(segments).adjust_cell_length(room, style)
        return Strip([*body, self._bar(y, base)])

    def _style_of(self, number: int) -> Style:
        mark = self._mark_of(number)
        if mark == _CURSOR:
            return self.get_component_rich_style("output--cursor", partial=True)
        if mark == _SELECTED:
            return self.get_component_rich_style("output--selected", partial=True)
        return Style.null()

    def _mark_of(self, number: int) -> str:
        """What stands in the gutter of a row that has the cursor, or is selected."""
        first, last = self.window.selected
        if number == self.window.cursor and self.has_focus and not self.window.following:
            return _CURSOR
        return _SELECTED if self.window.mark is not None and first <= number <= last else ""

    def _drawn(self, line: Line) -> Text:
        if line.row is None:
            return Text("  reading …", "dim", end="", no_wrap=True)
        text = _gutter(line.row, self._mark_of(line.number), begins=line.start == 0)
        begin = line.start + self.window.left
        part = Text(line.text[begin : line.end], end="", no_wrap=True)
        if self.needle:
            folds = re.IGNORECASE if self.needle == self.needle.lower() else 0
            for found in re.finditer(re.escape(self.needle), line.text, folds):
                start = max(found.start() - begin, 0)
                part.stylize("reverse", start, max(found.end() - begin, start))
        return text.append_text(part)

    def _bar(self, y: int, base: Style) -> Segment:
        """Where in the whole the screen is."""
        length, height = self.window.length, self.size.height
        if length <= height or not height:
            return Segment(" ", base)
        size = max(height * height // length, 1)
        most = max(length - height, 1)
        start = min(self.window.top, most) * (height - size) // most
        if start <= y < start + size:
            return Segment("▐", base + self.get_component_rich_style("output--bar", partial=True))
        return Segment(" ", base)


def _gutter(row: Row, mark: str, *, begins: bool) -> Text:
    """`!` before what came on stderr; `…` before what goes on from the line above."""
    stream = "!" if row.stream == "stderr" else " "
    on = mark or ("…" if row.goes_on or not begins else " ")
    return Text(end="", no_wrap=True).append(stream, "yellow").append(on, "" if mark else "dim")
