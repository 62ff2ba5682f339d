"""Rows of text with a cursor, drawn as far as they are on screen: what views that fold share."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip


class RowsView(ScrollView, can_focus=True):
    """The cursor goes from stop to stop, each of one row or more, while the view has the keys."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows-view--cursor"}
    DEFAULT_CSS = """
    RowsView {
        background: $background; scrollbar-size-vertical: 1; padding: 0 1; overflow-x: hidden;
    }
    RowsView > .rows-view--cursor { background: $row-cursor; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="rows.up"),
        Binding("down,j", "move(1)", "down", show=False, id="rows.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="rows.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="rows.page-down"),
        Binding("home", "edge(0)", "first", show=False, id="rows.first"),
        Binding("end", "edge(-1)", "last", show=False, id="rows.last"),
    ]

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._cursor = 0
        self._style = Style.null()

    # -- what the views know

    def stops(self) -> int:
        """How many places the cursor can have."""
        raise NotImplementedError

    def rows_of(self, stop: int) -> range:
        """The rows that a stop covers."""
        raise NotImplementedError

    def row_at(self, y: int) -> tuple[int, Text] | None:
        """The stop that a row belongs to, and its text; None below the last."""
        raise NotImplementedError

    # -- keys

    def action_move(self, step: int) -> None:
        self.put_cursor(self._cursor + step)

    def action_page(self, direction: int) -> None:
        self.put_cursor(self._cursor + direction * max(self.size.height - 1, 1))

    def action_edge(self, index: int) -> None:
        self.put_cursor(0 if index == 0 else self.stops() - 1)

    def put_cursor(self, stop: int) -> None:
        """Come to a stop, or to the first or last, and into view."""
        self._cursor = min(max(stop, 0), max(self.stops() - 1, 0))
        rows = self.rows_of(self._cursor)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if rows and (rows[0] < top or rows[-1] >= top + height):
            wanted = rows[0] if rows[0] < top else min(rows[-1] - height + 1, rows[0])
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # -- drawing

    @property
    def room(self) -> int:
        """Columns that a row has."""
        return max(self.scrollable_content_region.width, 10)

    def render_lines(self, crop: Region) -> list[Strip]:
        # Worked out from all that is around it: once a frame, not once a row.
        self._style = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self._style
        found = self.row_at(y + self.scroll_offset.y)
        if found is None:
            return Strip.blank(width, base)
        stop, text = found
        if stop == self._cursor and self.has_focus:
            base += self.get_component_rich_style("rows-view--cursor", partial=True)
        segments = [
            Segment(part.text, base + part.style if isinstance(part.style, Style) else base)
            for part in text.render(self.app.console, end="")
        ]
        return Strip(segments).adjust_cell_length(width, base)
