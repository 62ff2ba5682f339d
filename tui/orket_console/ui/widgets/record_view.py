"""One record in full: a heading, and its JSON as a tree that folds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from orket_console.logs.tree import Row, Shape, Tree
from orket_console.ui.widgets.record_rows import Redact, Shown, tree_lines
from orket_console.ui.widgets.wrapping import breaks

_FOLDED = (Shape.OPEN, Shape.CLOSED)


class RecordView(ScrollView, can_focus=True):
    """Draws the lines on screen. The cursor is there while the view has the keys.

    What was opened in one record is open in the next: their keys are the same.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"record-view--cursor"}
    DEFAULT_CSS = """
    RecordView {
        background: $background; scrollbar-size-vertical: 1; padding: 0 1; overflow-x: hidden;
    }
    RecordView > .record-view--cursor { background: $row-cursor; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="record.up"),
        Binding("down,j", "move(1)", "down", show=False, id="record.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="record.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="record.page-down"),
        Binding("home", "edge(0)", "first", show=False, id="record.first"),
        Binding("end", "edge(-1)", "last", show=False, id="record.last"),
        Binding("enter,space", "turn", "fold", id="record.turn"),
        Binding("right", "unfold", "unfold", show=False, id="record.unfold"),
        Binding("left", "fold", "fold", show=False, id="record.fold"),
    ]

    def __init__(self, redact: Redact) -> None:
        super().__init__(id="record-view")
        self._redact = redact
        self._tree = Tree()
        self._head: list[Shown] = []
        self._shown: list[Shown] = []
        self._drawn: list[tuple[int, Text]] = []
        """The lines as they are on screen: the index in `_shown`, and the text."""
        self._cursor = 0
        self._folds = True

    @property
    def text(self) -> str:
        """What it says, line by line as on screen."""
        return "\n".join(text.plain.rstrip() for _, text in self._drawn)

    # -- what the pane brings

    def show_tree(self, head: Iterable[Shown], content: object) -> None:
        """A record: its heading, and its sanitised content."""
        self._head = list(head)
        self._folds = True
        self._tree.show(content)
        self._begin()

    def show_lines(self, lines: Iterable[Shown]) -> None:
        """Lines as they are."""
        self._head = list(lines)
        self._folds = False
        self._begin()

    def clear(self) -> None:
        self.show_lines(())

    def _begin(self) -> None:
        self._cursor = len(self._head)
        self._lay_out()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    # -- keys and mouse

    def action_move(self, step: int) -> None:
        self._put_cursor(self._cursor + step)

    def action_page(self, direction: int) -> None:
        self._put_cursor(self._cursor + direction * max(self.size.height - 1, 1))

    def action_edge(self, index: int) -> None:
        self._put_cursor(0 if index == 0 else len(self._shown) - 1)

    def action_turn(self) -> None:
        """Open what is folded, fold what is open, show more where there is more."""
        row = self._row
        if row is not None and row.shape is Shape.MORE:
            self._tree.more(row.path)
            self._lay_out()
        elif row is not None and row.shape in _FOLDED:
            self._turn(row, opened=row.shape is Shape.CLOSED)

    def action_unfold(self) -> None:
        if (row := self._row) is not None and row.shape is Shape.CLOSED:
            self._turn(row, opened=True)
        else:
            self.action_move(1)

    def action_fold(self) -> None:
        """Fold what the cursor is on, else what it is in."""
        row = self._row
        if row is None:
            return
        if row.shape is Shape.OPEN:
            self._turn(row, opened=False)
            return
        parent = row.path if row.shape is Shape.MORE else row.path[:-1]
        for index, shown in enumerate(self._shown):
            if shown.row is not None and shown.row.path == parent and shown.row is not row:
                self._put_cursor(index)
                return

    def on_click(self, event: events.Click) -> None:
        line = event.y + self.scroll_offset.y
        if 0 <= line < len(self._drawn):
            self._put_cursor(self._drawn[line][0])
            self.action_turn()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    @property
    def _row(self) -> Row | None:
        return self._shown[self._cursor].row if self._cursor < len(self._shown) else None

    def _turn(self, row: Row, *, opened: bool) -> None:
        self._tree.turn(row.path, opened=opened)
        self._lay_out()

    def _put_cursor(self, index: int) -> None:
        if not self._shown:
            return
        self._cursor = min(max(index, 0), len(self._shown) - 1)
        lines = [line for line, (shown, _) in enumerate(self._drawn) if shown == self._cursor]
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if lines and (lines[0] < top or lines[-1] >= top + height):
            wanted = lines[0] if lines[0] < top else min(lines[-1] - height + 1, lines[0])
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
        self.refresh()

    # -- drawing

    def _lay_out(self) -> None:
        """Lay all lines out for the width there is; only those on screen are drawn."""
        self._shown = [*self._head]
        if self._folds:
            dark = self.app.current_theme.dark
            self._shown += tree_lines(self._tree, self._redact, dark=dark)
        self._cursor = min(self._cursor, max(len(self._shown) - 1, 0))
        width = max(self.scrollable_content_region.width, 10)
        self._drawn = [
            (index, line)
            for index, shown in enumerate(self._shown)
            for line in _wrapped(shown, width)
        ]
        self.virtual_size = Size(self.size.width, len(self._drawn))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        line = y + self.scroll_offset.y
        if line >= len(self._drawn):
            return Strip.blank(width, base)
        index, text = self._drawn[line]
        if index == self._cursor and self.has_focus:
            base += self.get_component_rich_style("record-view--cursor", partial=True)
        segments = [
            Segment(part.text, base + part.style if isinstance(part.style, Style) else base)
            for part in text.render(self.app.console, end="")
        ]
        return Strip(segments).adjust_cell_length(width, base)


def _wrapped(shown: Shown, width: int) -> Iterable[Text]:
    """A line over as many as it takes, what goes on indented below what it continues."""
    text = shown.text
    if text.cell_len <= width:
        return (text,)
    indent = min(shown.indent, width // 2)
    first, *rest = text.divide(breaks(text.plain, width, width - indent))
    pad = " " * indent
    return (first, *(Text(pad, end="").append_text(line) for line in rest))
