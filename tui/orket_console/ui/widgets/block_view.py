"""Blocks that fold, drawn as far as they are on screen, however many and long they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from orket_console.runs.parts.block import Block
from orket_console.ui.widgets.block_lines import STEP, Body, Redact, heading_text
from orket_console.ui.widgets.rows_view import RowsView
from orket_console.ui.widgets.wrapping import hung


@dataclass(frozen=True, slots=True)
class Place:
    """A row on screen as what it shows: the block's key, and the row within it."""

    key: str
    row: int


class BlockView(RowsView):
    """Has a cursor while it has the keys. Bodies are made by who gives the blocks.

    What was folded or unfolded by hand stays so for blocks of the same key and `part`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "turn", "fold", id="block.turn"),
        Binding("right", "unfold", "unfold", show=False, id="block.unfold"),
        Binding("left", "fold", "fold", show=False, id="block.fold"),
    ]

    class Wanted(Message):
        """A block was unfolded, or more of it is wanted: `limit` characters of it."""

        def __init__(self, block: Block, limit: int) -> None:
            super().__init__()
            self.block = block
            self.limit = limit

    def __init__(self, redact: Redact) -> None:
        super().__init__()
        self._redact_text = redact
        self._part = ""
        self._blocks: Sequence[Block] = ()
        self._bodies: dict[str, Body] = {}
        self._limits: dict[str, int] = {}
        self._turned: dict[tuple[str, str], bool] = {}
        self._wrapped: dict[str, list[Text]] = {}
        """Rows of bodies, and of titles that don't fold (their key after a `#`), as wrapped for
        the width that they were laid out for."""
        self._starts: list[int] = [0]

    # -- what the panel brings and asks

    def is_open(self, part: str, block: Block) -> bool:
        """Whether a block is to be unfolded: as it was left, else as it says."""
        return self._turned.get((part, block.key), block.opened)

    def limit_of(self, block: Block) -> int:
        """Characters of a block that are shown."""
        return self._limits.get(block.key, STEP)

    def forget_limits(self) -> None:
        """Other blocks come: each begins with its first characters."""
        self._limits = {}

    def show(
        self, part: str, blocks: Sequence[Block], bodies: Mapping[str, Body], *, keep_place: bool
    ) -> None:
        """`bodies` are those of the blocks that are open, by key."""
        place = self._place if keep_place else None
        self._part, self._blocks, self._bodies = part, blocks, dict(bodies)
        self._wrapped = {}
        if not keep_place:
            self._cursor = 0
        self._lay_out()
        if place is not None:
            self._return_to(place)
        else:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._want_what_lacks()

    def supply(self, key: str, body: Body) -> None:
        """The body of a block that was wanted."""
        self._bodies[key] = body
        self._wrapped.pop(key, None)
        self._lay_out()
        if (block := self.block) is not None and block.key == key:
            self._reveal()

    def go_to(self, key: str) -> bool:
        """Bring a block to the top, and the cursor on it; False where there is none of the key."""
        for index, block in enumerate(self._blocks):
            if block.key == key:
                self._cursor = self._starts[index]
                self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
                self.refresh()
                return True
        return False

    @property
    def block(self) -> Block | None:
        """The block that the cursor is in."""
        index = self._index_at(self._cursor)
        return self._blocks[index] if index is not None else None

    @property
    def text(self) -> str:
        """What it says, row by row as on screen."""
        return "\n".join(self._row(y).plain.rstrip() for y in range(self._starts[-1]))

    # -- keys and mouse

    def action_turn(self) -> None:
        """Unfold what is folded, fold what is open, show more where there is more."""
        block = self.block
        if block is None:
            return
        if self._at_more(block):
            self._limits[block.key] = self.limit_of(block) + STEP
            self.post_message(self.Wanted(block, self._limits[block.key]))
        elif block.folds:
            self._turn(block, opened=not self.is_open(self._part, block))

    def action_unfold(self) -> None:
        block = self.block
        if block is not None and block.folds and not self.is_open(self._part, block):
            self._turn(block, opened=True)
        else:
            self.action_move(1)

    def action_fold(self) -> None:
        block = self.block
        if block is not None and block.folds and self.is_open(self._part, block):
            self._turn(block, opened=False)

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        if 0 <= y < self._starts[-1]:
            self.put_cursor(y)
            index = self._index_at(y)
            if index is not None and (y == self._starts[index] or self._at_more_row(index, y)):
                self.action_turn()

    def on_resize(self, _event: events.Resize) -> None:
        place = self._place
        self._wrapped = {}
        self._lay_out()
        if place is not None:
            self._cursor = self._row_of(place[0])

    def _turn(self, block: Block, *, opened: bool) -> None:
        self._turned[self._part, block.key] = opened
        index = self._index_at(self._cursor)
        if opened and block.key not in self._bodies:
            self.post_message(self.Wanted(block, self.limit_of(block)))
        self._lay_out()
        if index is not None:
            self.put_cursor(self._starts[index])
        if opened:
            self._reveal()

    def _reveal(self) -> None:
        """Scroll so that what was just unfolded is in view, as much of it as there is room for."""
        index = self._index_at(self._cursor)
        if index is None:
            return
        last = self._starts[index + 1] - self.size.height
        if last > self.scroll_offset.y:
            wanted = min(self._cursor, last)
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)

    def _want_what_lacks(self) -> None:
        """Ask for what was unfolded, or wanted in full, while these blocks were being drawn."""
        for block in self._blocks:
            body, limit = self._bodies.get(block.key), self.limit_of(block)
            if body is None:
                lacks = block.folds and self.is_open(self._part, block)
            else:
                lacks = bool(body.left) and body.limit < limit
            if lacks:
                self.post_message(self.Wanted(block, limit))

    # -- where a row is

    def _index_at(self, y: int) -> int | None:
        if not 0 <= y < self._starts[-1]:
            return None
        return bisect_right(self._starts, y) - 1

    @property
    def _place(self) -> tuple[Place, Place] | None:
        """Where the cursor is, and where the top of the screen."""
        cursor, top = (self._index_at(y) for y in (self._cursor, self.scroll_offset.y))
        if cursor is None or top is None:
            return None
        return (
            Place(self._blocks[cursor].key, self._cursor - self._starts[cursor]),
            Place(self._blocks[top].key, self.scroll_offset.y - self._starts[top]),
        )

    def _return_to(self, places: tuple[Place, Place]) -> None:
        self._cursor = self._row_of(places[0])
        self.scroll_to(y=self._row_of(places[1]), animate=False, force=True, immediate=True)

    def _row_of(self, place: Place) -> int:
        for index, block in enumerate(self._blocks):
            if block.key == place.key:
                return min(self._starts[index] + place.row, self._starts[index + 1] - 1)
        return 0

    def _at_more(self, block: Block) -> bool:
        index = self._index_at(self._cursor)
        return index is not None and self._at_more_row(index, self._cursor)

    def _at_more_row(self, index: int, y: int) -> bool:
        block = self._blocks[index]
        body = self._bodies.get(block.key)
        shown = not block.title or self.is_open(self._part, block)
        return bool(shown and body and body.left and y == self._starts[index + 1] - 1)

    # -- drawing

    def _lay_out(self) -> None:
        """Count the rows of every block; only those of open ones are wrapped."""
        starts = [0]
        for block in self._blocks:
            height = 0
            if block.title:
                height = 1 if block.folds else len(self._title_rows(block))
            if not block.title or (block.folds and self.is_open(self._part, block)):
                height += len(self._body_rows(block))
            starts.append(starts[-1] + height)
        self._starts = starts
        self._cursor = min(self._cursor, max(starts[-1] - 1, 0))
        self.virtual_size = Size(self.size.width, starts[-1])
        self.refresh()

    def stops(self) -> int:
        return self._starts[-1]

    def rows_of(self, stop: int) -> range:
        return range(stop, stop + 1)

    def row_at(self, y: int) -> tuple[int, Text] | None:
        return (y, self._row(y)) if 0 <= y < self._starts[-1] else None

    def _title_rows(self, block: Block) -> list[Text]:
        """A title that doesn't fold, over as many rows as it takes."""
        key = f"#{block.key}"
        if key not in self._wrapped:
            text = heading_text(block, self._redact_text, opened=True)
            self._wrapped[key] = hung(text, 2, self.room)
        return self._wrapped[key]

    def _body_rows(self, block: Block) -> list[Text]:
        rows = self._wrapped.get(block.key)
        if rows is not None:
            return rows
        body = self._bodies.get(block.key)
        if body is None:
            return [Text("  reading …", "dim", end="")]
        rows = [row for line in body.lines for row in hung(line.text, line.indent, self.room)]
        if body.left:
            rows.append(Text(f"  {body.left}", "yellow", end="", no_wrap=True))
        self._wrapped[block.key] = rows
        return rows

    def _row(self, y: int) -> Text:
        index = self._index_at(y)
        if index is None:
            return Text("", end="")
        block, row = self._blocks[index], y - self._starts[index]
        if block.title and not block.folds:
            # Fewer than were counted, where a scroll bar went away in between.
            titles = self._title_rows(block)
            return titles[row] if row < len(titles) else Text("", end="")
        if block.title and row == 0:
            text = heading_text(block, self._redact_text, opened=self.is_open(self._part, block))
            text.truncate(self.room, overflow="ellipsis")
            return text
        rows = self._body_rows(block)
        row -= 1 if block.title else 0
        return rows[row] if row < len(rows) else Text("", end="")
