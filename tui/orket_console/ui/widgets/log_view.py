"""The log's lines: draws what is on screen and nothing else, and stays where it is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollTo, ScrollUp
from textual.strip import Strip

from orket_console.base.refs import LogRef
from orket_console.logs.look import Face, Look
from orket_console.logs.records import Item, Record
from orket_console.logs.window import Window
from orket_console.ui.context import UiContext
from orket_console.ui.widgets.log_rows import Inks, Part, Rows

_SIDEWAYS: Final = 20
"""Characters that the left and right keys move long lines by."""
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
    LogView > .log-view--empty { color: $foreground 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="log-view.up"),
        Binding("down,j", "move(1)", "down", show=False, id="log-view.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="log-view.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="log-view.page-down"),
        Binding("home", "oldest", "oldest read", show=False, id="log-view.oldest"),
        Binding("end,G", "newest", "newest, follow", show=False, id="log-view.newest"),
        Binding("left", "sideways(-1)", "left", show=False, id="log-view.left"),
        Binding("right", "sideways(1)", "right", show=False, id="log-view.right"),
        Binding("enter", "choose", "the record in full", show=False, id="log-view.choose"),
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
        self._rows = Rows(context, redact)
        self._inks: Inks | None = None
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
        # Not by lower case, which is longer for some characters.
        self._rows.needle = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        self.refresh()

    @property
    def look(self) -> Look:
        return self._rows.look

    @look.setter
    def look(self, look: Look) -> None:
        """Draw the lines in another way, with the cursor still in view."""
        self._rows.look = look
        self._rows.shift = 0
        self._rows.fit_to(self.size.width)
        self._resize(0)
        self._into_view(middle=False)

    def mark(self, is_marked: Callable[[Record], bool]) -> None:
        """Show a mark beside the records that `is_marked` says yes to."""
        self._rows.is_marked = is_marked
        self.refresh()

    def tick(self) -> None:
        """Draw again where what is shown changes with time."""
        if self.look.face is Face.AGO:
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

    def action_sideways(self, step: int) -> None:
        if not self.look.wrap:
            self._rows.shift = max(self._rows.shift + step * _SIDEWAYS, 0)
            self.refresh()

    def action_choose(self) -> None:
        if self.window.items:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        place = self._place(event.y - 1) if event.y >= 1 else None
        if place is None:
            return
        index = place[0]
        self.pause()
        if index == self.window.cursor:
            self.action_choose()
        self._put_cursor(index)

    def on_resize(self, _event: events.Resize) -> None:
        self._rows.fit_to(self.size.width)
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
        top, cursor = self.scroll_offset.y, self.window.cursor
        lowest = self._top_above(cursor)
        if lowest <= top <= cursor:
            return
        if middle:
            self._bring_top((lowest + cursor) // 2)
        else:
            self._bring_top(cursor if cursor < top else lowest)

    @property
    def _body(self) -> int:
        """Lines below the header, which takes the first line of the view."""
        return max(self.size.height - 1, 1)

    def _top_above(self, last: int) -> int:
        """The item on top when item `last` is the last that is wholly in view."""
        if not self.look.wrap:
            return max(last - self._body + 1, 0)
        left, index = self._body, last
        while index >= 0 and (left := left - self._height(index)) >= 0:
            index -= 1
        return max(min(index + 1, last), 0)

    def _height(self, index: int) -> int:
        return self._rows.height(self.window.items[index], self._width)

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _resize(self, moved: int) -> None:
        """Take up another number of lines; what is in view moved by `moved` lines.

        Each item is one line of the virtual size, however many it takes on screen.
        """
        self._rows.forget()
        top = self.scroll_offset.y + moved
        lowest = self._top_above(len(self.window) - 1)
        self.virtual_size = Size(self.size.width, max(lowest + self._body, len(self.window)) + 1)
        self._bring_top(lowest if self.following else top)
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

    def render_lines(self, crop: Region) -> list[Strip]:
        self._inks = self._mixed()
        self._rows.forget()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        inks = self._inks or self._mixed()
        width, base = inks.width, inks.base
        if y == 0:
            items = self.window.items
            top = items[self.scroll_offset.y] if self.scroll_offset.y < len(items) else None
            head = f" {self._rows.header(top)}"
            return self._strip([(head, inks.header)], width, inks.header)
        if not self.window.items:
            return self._empty_line(y - 1, width, inks)
        place = self._place(y - 1)
        if place is None:
            return Strip.blank(width, base)
        index, line = place
        item = self.window.items[index]
        before = self.window.items[index - 1] if index else None
        at_cursor = index == self.window.cursor
        if at_cursor:
            base = inks.cursor
        gutter = self._rows.gutter(item, at_cursor=at_cursor) if line == 0 else " "
        parts = self._rows.draw(item, before, line, width, base, inks)
        return self._strip([(gutter, base), *parts], width, base)

    def _place(self, line: int) -> tuple[int, int] | None:
        """The item that a line below the header shows, and which of its own lines that is."""
        index, count = self.scroll_offset.y, len(self.window)
        if not self.look.wrap:
            return (index + line, 0) if index + line < count else None
        while index < count:
            height = self._height(index)
            if line < height:
                return index, line
            line -= height
            index += 1
        return None

    def _mixed(self) -> Inks:
        base = self.rich_style
        cursor = "log-view--cursor" if self.has_focus else "log-view--cursor-blurred"
        return Inks(
            width=self._width,
            base=base,
            header=base + self._ink("log-view--header"),
            cursor=base + self._ink(cursor),
            found=self._ink("log-view--found"),
            empty=base + self._ink("log-view--empty"),
        )

    def _ink(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)

    def _empty_line(self, line: int, width: int, inks: Inks) -> Strip:
        wrapped = self._empty.wrap(self.app.console, max(width - 3, 10))
        if line >= len(wrapped):
            return Strip.blank(width, inks.base)
        return self._strip([(f"  {wrapped[line].plain}", inks.empty)], width, inks.empty)

    def _strip(self, parts: Sequence[Part], width: int, style: Style) -> Strip:
        segments = [Segment(text, each) for text, each in parts if text]
        return Strip(segments).adjust_cell_length(width, style)
