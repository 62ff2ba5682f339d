"""The log's lines: draws what is on screen and nothing else, and stays where it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollTo, ScrollUp
from textual.strip import Strip

from orket_console.base.refs import LogRef
from orket_console.base.severity import Severity
from orket_console.base.state import GLYPHS
from orket_console.logs.records import Item, Marker, Record
from orket_console.logs.window import Window
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES

_COLUMNS: Final = (("time", 8), ("s", 1), ("role", 14), ("event", 18))
_NEAR: Final = 40
"""Lines from an edge at which the next page is asked for."""


class LogView(ScrollView, can_focus=True):
    """A window on the log with a cursor. Following, the newest line is in view and has it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-view--header",
        "log-view--cursor",
        "log-view--cursor-blurred",
        "log-view--found",
        "log-view--empty",
    }
    DEFAULT_CSS = """
    LogView {
        height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden;
    }
    LogView > .log-view--header { color: $foreground 60%; }
    LogView > .log-view--cursor {
        background: $row-cursor; color: $foreground;
    }
    LogView > .log-view--cursor-blurred { background: $panel; }
    LogView > .log-view--found { text-style: reverse; }
    LogView > .log-view--empty { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="log-view.up"),
        Binding("down,j", "move(1)", "down", show=False, id="log-view.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="log-view.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="log-view.page-down"),
        Binding("home", "oldest", "oldest read", show=False, id="log-view.oldest"),
        Binding("end,G", "newest", "newest, follow", show=False, id="log-view.newest"),
        Binding("enter", "choose", "detail", show=False, id="log-view.choose"),
    ]

    class Highlighted(Message):
        """The cursor came to another item."""

    class Chosen(Message):
        """Enter on an item."""

    class Paused(Message):
        """The operator moved away from the newest line."""

    class FollowWanted(Message):
        """The operator wants the newest line, and those after it."""

    class Edge(Message):
        """The view is near an end of what is kept."""

        def __init__(self, *, older: bool) -> None:
            super().__init__()
            self.older = older

    def __init__(self, context: UiContext, redact: Callable[[str], str]) -> None:
        super().__init__(id="log-view")
        self._ui = context
        self._redact = redact
        self._needle = ""
        self._empty = Text()
        self.window = Window()
        self.following = True

    # -- what the pane brings ------------------------------------------------------------

    def begin(self) -> None:
        """Forget everything, for another filter or place."""
        self.window.clear()
        self._resize(0)

    def add_older(self, items: Sequence[Item]) -> None:
        """Items before the others; the ones in view stay where they are."""
        moved = self.window.add_older(items)
        self._resize(0 if self.following else moved)

    def add_newer(self, items: Sequence[Item], *, page: bool) -> None:
        """Items behind the others; paused, the ones in view stay where they are."""
        moved = self.window.add_newer(items, page=page)
        if self.following:
            self.window.cursor = len(self.window) - 1
        self._resize(-moved)

    def show_empty(self, why: Text) -> None:
        """What stands here while there is no line: why, and which key helps."""
        if why != self._empty:
            self._empty = why
            self.refresh()

    def find(self, needle: str) -> None:
        """Mark `needle` wherever it is in view."""
        self._needle = needle.lower()
        self.refresh()

    def select(self, index: int) -> None:
        """Put the cursor on an item, in the middle of the view if it was not in it."""
        self._put_cursor(index, middle=True)

    def select_ref(self, ref: LogRef) -> bool:
        index = self.window.index_of(ref)
        if index is None:
            return False
        self.pause()
        self.select(index)
        return True

    def pause(self) -> None:
        if self.following:
            self.following = False
            self.post_message(self.Paused())

    def follow(self) -> None:
        """Go to the newest line and stay with it."""
        self.following = True
        self._put_cursor(len(self.window) - 1)
        self._resize(0)

    # -- keys and mouse --------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        if step < 0 or not self._at_last:
            self.pause()
        self._put_cursor(self.window.cursor + step)

    def action_page(self, direction: int) -> None:
        self.action_move(direction * max(self.size.height - 2, 1))

    def action_oldest(self) -> None:
        self.pause()
        self._put_cursor(0)

    def action_newest(self) -> None:
        self.post_message(self.FollowWanted())

    def action_choose(self) -> None:
        if self.window.items:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or not 0 <= index < len(self.window):
            return
        self.pause()
        if index == self.window.cursor:
            self.action_choose()
        self._put_cursor(index)

    def on_resize(self, _event: events.Resize) -> None:
        self._resize(0)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        self._moved_by_hand()

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        self._look_at_edges()

    def on_scroll_up(self, _message: ScrollUp) -> None:
        self._moved_by_hand()

    def on_scroll_to(self, _message: ScrollTo) -> None:
        self._moved_by_hand()

    def _moved_by_hand(self) -> None:
        # Not told from the offset: that also falls when the view grows.
        self.pause()
        self._look_at_edges()

    @property
    def _at_last(self) -> bool:
        return self.window.cursor == len(self.window) - 1

    def _put_cursor(self, index: int, *, middle: bool = False) -> None:
        if not self.window.items:
            return
        index = min(max(index, 0), len(self.window) - 1)
        changed = index != self.window.cursor
        self.window.cursor = index
        self._into_view(middle=middle)
        self.refresh()
        if changed:
            self.post_message(self.Highlighted())
        self._look_at_edges()

    def _into_view(self, *, middle: bool) -> None:
        # The header takes the first line of the view.
        height = max(self.size.height - 1, 1)
        top, cursor = self.scroll_offset.y, self.window.cursor
        if top <= cursor < top + height:
            return
        if middle:
            self._bring_top(cursor - height // 2)
        else:
            self._bring_top(cursor if cursor < top else cursor - height + 1)

    def _resize(self, moved: int) -> None:
        """Take up another number of lines; what is in view moved by `moved` lines."""
        top = self.scroll_offset.y + moved
        self.virtual_size = Size(self.size.width, len(self.window) + 1)
        if self.following:
            top = len(self.window) + 1 - max(self.size.height, 1)
        self._bring_top(top)
        self.refresh()

    def _bring_top(self, top: int) -> None:
        self.scroll_to(y=max(top, 0), animate=False, force=True, immediate=True)

    def _look_at_edges(self) -> None:
        top = self.scroll_offset.y
        if top < _NEAR:
            self.post_message(self.Edge(older=True))
        if not self.following and top + self.size.height > len(self.window) - _NEAR:
            self.post_message(self.Edge(older=False))

    # -- drawing ----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        base = self.rich_style
        if y == 0:
            style = base + self.get_component_rich_style("log-view--header", partial=True)
            head = " ".join(name.ljust(room) for name, room in _COLUMNS)
            return self._strip([(f" {head} what happened", style)], width, style)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.window):
            return (
                self._empty_line(y - 1, width, base)
                if not self.window.items
                else _blank(width, base)
            )
        item = self.window.items[index]
        at_cursor = index == self.window.cursor
        if at_cursor:
            name = "log-view--cursor" if self.has_focus else "log-view--cursor-blurred"
            base += self.get_component_rich_style(name, partial=True)
        gutter = ("▸" if at_cursor else " ", base)
        if isinstance(item, Marker):
            return self._strip([gutter, *self._marker(item, width, base)], width, base)
        return self._strip([gutter, *self._row(item, width, base)], width, base)

    def _marker(self, marker: Marker, width: int, base: Style) -> list[tuple[str, Style]]:
        time_of_day = self._ui.time_of_day(marker.at) if marker.at else ""
        said = f"━━ {marker.sentence(time_of_day)} "
        return [(said + "━" * max(width - 1 - cell_len(said), 0), base + Style(color="cyan"))]

    def _row(self, record: Record, width: int, base: Style) -> list[tuple[str, Style]]:
        quiet = base + Style(dim=True) if record.severity is Severity.DEBUG else base
        glyph_style = base + Style.parse(STATE_STYLES[record.severity.state])
        at = self._ui.time_of_day(record.at) if record.at else "--:--:--"
        taken = 1 + sum(room + 1 for _, room in _COLUMNS)
        said = f"{record.what} [{record.problem}]" if record.problem else record.what
        what = _fit(self._redact(said), max(width - taken, 8))
        return [
            (f"{at} ", quiet),
            (f"{GLYPHS[record.severity.state]} ", glyph_style),
            (f"{_fit(self._redact(record.role), 14)} ", quiet),
            *self._marked(f"{_fit(self._redact(record.event), 18)} {what}", quiet),
        ]

    def _marked(self, text: str, style: Style) -> list[tuple[str, Style]]:
        """`text` with what is searched for made visible."""
        if not self._needle or self._needle not in text.lower():
            return [(text, style)]
        found = style + self.get_component_rich_style("log-view--found", partial=True)
        parts: list[tuple[str, Style]] = []
        low, at, length = text.lower(), 0, len(self._needle)
        while (hit := low.find(self._needle, at)) >= 0:
            parts += [(text[at:hit], style), (text[hit : hit + length], found)]
            at = hit + length
        return [*parts, (text[at:], style)]

    def _empty_line(self, line: int, width: int, base: Style) -> Strip:
        style = base + self.get_component_rich_style("log-view--empty", partial=True)
        wrapped = self._empty.wrap(self.app.console, max(width - 3, 10))
        if line >= len(wrapped):
            return _blank(width, base)
        return self._strip([(f"  {wrapped[line].plain}", style)], width, style)

    def _strip(self, parts: Sequence[tuple[str, Style]], width: int, style: Style) -> Strip:
        segments = [Segment(text, each) for text, each in parts if text]
        return Strip(segments).adjust_cell_length(width, style)


def _blank(width: int, style: Style) -> Strip:
    return Strip.blank(width, style)


def _fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with `…`."""
    length = cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + "…"
