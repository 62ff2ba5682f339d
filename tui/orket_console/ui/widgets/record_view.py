"""One record in full: a heading, and its JSON as a tree that folds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size

from orket_console.logs.tree import Row, Shape, Tree
from orket_console.ui.widgets.record_rows import Redact, Shown, tree_lines
from orket_console.ui.widgets.rows_view import RowsView
from orket_console.ui.widgets.wrapping import hung

_FOLDED = (Shape.OPEN, Shape.CLOSED)


class RecordView(RowsView):
    """Draws the lines on screen. The cursor is there while the view has the keys.

    What was opened in one record is open in the next: their keys are the same.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
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
                self.put_cursor(index)
                return

    def on_click(self, event: events.Click) -> None:
        found = self.row_at(event.y + self.scroll_offset.y)
        if found is not None:
            self.put_cursor(found[0])
            self.action_turn()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay_out()

    @property
    def _row(self) -> Row | None:
        return self._shown[self._cursor].row if self._cursor < len(self._shown) else None

    def _turn(self, row: Row, *, opened: bool) -> None:
        self._tree.turn(row.path, opened=opened)
        self._lay_out()

    # -- drawing

    def _lay_out(self) -> None:
        """Lay all lines out for the width there is; only those on screen are drawn."""
        self._shown = [*self._head]
        if self._folds:
            dark = self.app.current_theme.dark
            self._shown += tree_lines(self._tree, self._redact, dark=dark)
        self._cursor = min(self._cursor, max(len(self._shown) - 1, 0))
        room = self.room
        self._drawn = [
            (index, line)
            for index, shown in enumerate(self._shown)
            for line in hung(shown.text, shown.indent, room)
        ]
        self.virtual_size = Size(self.size.width, len(self._drawn))
        self.refresh()

    def stops(self) -> int:
        return len(self._shown)

    def rows_of(self, stop: int) -> range:
        first = bisect_left(self._drawn, stop, key=_stop_of)
        return range(first, bisect_right(self._drawn, stop, lo=first, key=_stop_of))

    def row_at(self, y: int) -> tuple[int, Text] | None:
        return self._drawn[y] if 0 <= y < len(self._drawn) else None


def _stop_of(row: tuple[int, Text]) -> int:
    return row[0]
