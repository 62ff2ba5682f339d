"""A list of rows in columns: one line a row, a cursor that stays on its row when data changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from orket_console.ui.literal import cell
from orket_console.ui.widgets.lazy_rows import LazyRows
from orket_console.ui.widgets.row import Row

__all__ = ["Column", "Listing", "Row"]


_MOST_STRIPS: Final = 400
"""Rows that are kept as they were drawn."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters; None takes what the others leave (for one column at most)."""

    label: str
    width: int | None = None
    right: bool = False


class Listing(ScrollView, can_focus=True):
    """Draws the rows on screen and nothing else, so cost follows the screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--header",
        "listing--cursor",
        "listing--cursor-blurred",
        "listing--empty",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="listing.up"),
        Binding("down,j", "move(1)", "down", show=False, id="listing.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="listing.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="listing.page-down"),
        Binding("home", "edge(0)", "first", show=False, id="listing.first"),
        Binding("end", "edge(-1)", "last", show=False, id="listing.last"),
        Binding("enter", "choose", "open", show=False, id="listing.choose"),
    ]

    class Highlighted(Message):
        """The cursor came to a row, by a key or because its row went away."""

        def __init__(self, listing: Listing, key: str) -> None:
            super().__init__()
            self.listing = listing
            self.key = key

        @property
        def control(self) -> Listing:
            return self.listing

    class Chosen(Highlighted):
        """Enter, or a click on the row that has the cursor."""

    def __init__(self, columns: Sequence[Column], id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._rows: Sequence[Row] = ()
        self._keys: Sequence[str] = ()
        self._places: dict[str, int] = {}
        self._cursor = 0
        self._empty = Text()
        self._style = Style.null()
        self._marked = ""
        self._strips: dict[tuple[int, str, int, Style], Strip] = {}
        """Rows as they were drawn: by index, gutter, width and style."""
        self._left = ""
        """The key that had the cursor when the last row went; it may come back."""

    @property
    def selected(self) -> str | None:
        """The key of the row that has the cursor."""
        return self._keys[self._cursor] if self._keys else None

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def in_view(self) -> Sequence[str]:
        """The keys of the rows that are on screen."""
        top = self.scroll_offset.y
        return self._keys[top : top + max(self.size.height - 1, 0)]

    def show(self, rows: Sequence[Row], empty: Text) -> None:
        """Replace the rows; the cursor stays on its key, or near where that was.

        `LazyRows` are made as they are drawn. `empty` says why there is nothing and which key
        helps.
        """
        before, was_at, top = self.selected, self._cursor, self.scroll_offset.y
        lazy = isinstance(rows, LazyRows)
        self._strips = {}
        self._rows = rows if lazy else tuple(rows)
        self._empty = empty
        keys = self._keys = rows.keys if isinstance(rows, LazyRows) else [r.key for r in rows]
        self._places = {key: place for place, key in enumerate(keys)}
        wanted = before or self._left
        self._left = "" if keys else wanted
        if wanted in self._places:
            self._cursor = self._places[wanted]
        self._cursor = min(self._cursor, max(len(keys) - 1, 0))
        self.virtual_size = Size(self.size.width, len(keys) + 1)
        self.refresh()
        if self._cursor != was_at and top > 0 and self.selected == before:
            # What came in above moves the rows, not what the operator looks at.
            self.scroll_to(y=max(top + self._cursor - was_at, 0), animate=False, force=True)
        else:
            self._scroll_to_cursor()
        if self.selected is not None and self.selected != before:
            self.post_message(self.Highlighted(self, self.selected))

    def select(self, key: str) -> bool:
        """Put the cursor on the row with `key`; False when there is none."""
        index = self._places.get(key)
        if index is None:
            return False
        self._put_cursor(index)
        return True

    def mark(self, key: str) -> None:
        """Show a row as set apart; an empty key for none."""
        if key != self._marked:
            self._marked = key
            self.refresh()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns, for rows that `show` brings next."""
        self._columns = tuple(columns)
        self._strips = {}
        self.refresh()

    def action_move(self, step: int) -> None:
        self._put_cursor(self._cursor + step)

    def action_page(self, direction: int) -> None:
        self._put_cursor(self._cursor + direction * max(self.size.height - 2, 1))

    def action_edge(self, index: int) -> None:
        self._put_cursor(len(self._rows) - 1 if index else 0)

    def action_choose(self) -> None:
        if self.selected is not None:
            self.post_message(self.Chosen(self, self.selected))

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or not 0 <= index < len(self._rows):
            return
        if index == self._cursor:
            self.action_choose()
        else:
            self._put_cursor(index)

    def on_resize(self, _event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        self._scroll_to_cursor()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _put_cursor(self, index: int) -> None:
        if not self._rows:
            return
        index = min(max(index, 0), len(self._rows) - 1)
        if index == self._cursor:
            return
        # Only the two rows: more of them would be most of what a step takes.
        self.refresh_line(self._cursor + 1)
        self._cursor = index
        self.refresh_line(index + 1)
        self._scroll_to_cursor()
        self.post_message(self.Highlighted(self, self._keys[index]))

    def _scroll_to_cursor(self) -> None:
        # The header takes the first line of the view, so the row above must stay free of it.
        height = max(self.size.height - 1, 1)
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, force=True)

    def render_lines(self, crop: Region) -> list[Strip]:
        # Worked out from all that is around the list: once a frame, not once a row.
        self._style = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self._style
        if y == 0:
            labels = tuple(cell(column.label) for column in self._columns)
            style = base + self.get_component_rich_style("listing--header", partial=True)
            return self._line(" ", labels, width, style)
        index = y - 1 + self.scroll_offset.y
        if index < len(self._rows):
            at_cursor = index == self._cursor
            if at_cursor:
                name = "listing--cursor" if self.has_focus else "listing--cursor-blurred"
                base += self.get_component_rich_style(name, partial=True)
            marked = bool(self._marked) and self._keys[index] == self._marked
            gutter = "▸" if at_cursor else "◆" if marked else " "
            return self._row_line(index, gutter, width, base)
        if not self._rows:
            return self._empty_line(y - 1, width, base)
        return Strip.blank(width, base)

    def _row_line(self, index: int, gutter: str, width: int, style: Style) -> Strip:
        """A row, drawn once for as long as it is shown: scrolling draws all of them each time."""
        at = (index, gutter, width, style)
        strip = self._strips.get(at)
        if strip is None:
            if len(self._strips) > _MOST_STRIPS:
                self._strips.clear()
            strip = self._line(gutter, self._rows[index].cells, width, style)
            self._strips[at] = strip
        return strip

    def _empty_line(self, line: int, width: int, base: Style) -> Strip:
        style = base + self.get_component_rich_style("listing--empty", partial=True)
        wrapped = self._empty.wrap(
            self.app.console, max(width - 3, 10), overflow="fold", no_wrap=False
        )
        if line >= len(wrapped):
            return Strip.blank(width, base)
        return _strip(Text("  ").append_text(wrapped[line]), width, style, self)

    def _line(self, gutter: str, cells: Sequence[Text], width: int, style: Style) -> Strip:
        line = Text(gutter, no_wrap=True, end="")
        for column, content, room in zip(self._columns, cells, self._widths(width), strict=True):
            part = content.copy()
            part.truncate(room, overflow="ellipsis")
            if column.right:
                part.pad_left(room - part.cell_len)
            part.pad_right(room - part.cell_len)
            line.append_text(part).append(" ")
        return _strip(line, width, style, self)

    def _widths(self, width: int) -> list[int]:
        taken = sum((column.width or 0) + 1 for column in self._columns) + 1
        return [column.width or max(width - taken, 8) for column in self._columns]


def _strip(text: Text, width: int, style: Style, widget: Listing) -> Strip:
    segments = Segment.apply_style(list(text.render(widget.app.console)), style)
    return Strip(segments).adjust_cell_length(width, style).simplify()
