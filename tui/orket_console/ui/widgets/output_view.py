"""The output of an action: follows while it grows, and draws the lines on screen alone."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from orket_console.actions.live import LiveOutput, OutputLine

_GUTTER = 2


class OutputLines(ScrollView, can_focus=True):
    """The lines. Scrolling up stops following; `end` takes it up again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "up", show=False, id="output.up"),
        Binding("down,j", "scroll_down", "down", show=False, id="output.down"),
        Binding("pageup", "page_up", "page up", show=False, id="output.page-up"),
        Binding("pagedown", "page_down", "page down", show=False, id="output.page-down"),
        Binding("home", "scroll_home", "first", show=False, id="output.first"),
        Binding("end", "scroll_end", "follow", show=False, id="output.follow"),
    ]
    DEFAULT_CSS = """
    OutputLines { height: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._output = LiveOutput()
        self._drawn = -1

    @property
    def following(self) -> bool:
        return self.scroll_offset.y >= self.max_scroll_y

    def show(self, output: LiveOutput) -> None:
        """Show another action's output, from its end."""
        self._output = output
        self._drawn = -1
        self._grown()
        self.scroll_end(animate=False, force=True)

    def grow(self) -> bool:
        """Show what has come since; whether there was anything."""
        if self._drawn == self._output.version:
            return False
        follow = self.following
        self._grown()
        if follow:
            self.scroll_end(animate=False, force=True, immediate=True)
        return True

    def _grown(self) -> None:
        self._drawn = self._output.version
        self.virtual_size = Size(self._output.longest + _GUTTER, len(self._output))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        if index >= len(self._output):
            return Strip.blank(width, base)
        line = _drawn(self._output[index])
        segments = Segment.apply_style(list(line.render(self.app.console)), base)
        left = self.scroll_offset.x
        return Strip(segments).crop_extend(left, left + width, base)


class OutputView(Vertical):
    """A heading that says whose output it is, and the lines."""

    DEFAULT_CSS = """
    OutputView { height: 1fr; }
    OutputView > Static { height: 1; width: 1fr; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)
        yield OutputLines()

    @property
    def lines(self) -> OutputLines:
        return self.query_one(OutputLines)

    def head(self, heading: Text) -> None:
        """What is shown, in one line."""
        heading.no_wrap = True
        heading.overflow = "ellipsis"
        self.query_one(Static).update(heading)


def _drawn(line: OutputLine) -> Text:
    """A line with `!` before it where it came from stderr; tabs as blanks."""
    style = "yellow" if line.stream == "stderr" else ""
    mark = "! " if line.stream == "stderr" else "  "
    text = Text(mark, style="dim", no_wrap=True, end="")
    text.append(line.text, style)
    text.expand_tabs(8)
    return text
