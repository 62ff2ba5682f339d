"""Two texts compared: draws the lines on screen alone; what is the same unfolds by a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from orket_console.runs.compare.folding import Section, sections
from orket_console.runs.compare.lines import Row
from orket_console.ui.literal import cell
from orket_console.ui.widgets.diff_lines import Line, Piece, lay_beside, lay_out

WIDE: Final = 110
"""Cells from which both sides stand beside one another."""
_ABOVE: Final = 4
"""Lines that are shown above a difference that is come to."""
_STYLES: Final = {"-": "red", "+": "green"}


class DiffView(ScrollView, can_focus=True):
    """`show` brings the rows of one part. The cursor goes line by line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"diff--cursor"}
    DEFAULT_CSS = """
    DiffView { height: 1fr; background: $surface; scrollbar-size-vertical: 1; overflow-x: hidden; }
    DiffView > .diff--cursor { background: $row-cursor; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="diff.up"),
        Binding("down,j", "move(1)", "down", show=False, id="diff.down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="diff.page-up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="diff.page-down"),
        Binding("home", "edge(0)", "first", show=False, id="diff.first"),
        Binding("end", "edge(-1)", "last", show=False, id="diff.last"),
        Binding("enter,space", "fold", "fold", show=False, id="diff.fold"),
    ]

    def __init__(self) -> None:
        super().__init__(id="diff")
        self._compared: Sequence[Row] = ()
        self._sections: tuple[Section, ...] = ()
        self._opened: set[int] = set()
        self._laid: list[Line] = []
        self._cursor = 0
        self._wanted_beside: bool | None = None

    # -- what is shown

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows, from their first difference on. All the same is unfolded at once."""
        self._compared, self._sections, self._opened = rows, sections(rows), set()
        if not any(part.differs for part in self._sections):
            self._opened = set(range(len(self._sections)))
        self._cursor = 0
        self._lay()
        self.scroll_to(y=0, animate=False, force=True)
        self.next_difference(1, here=True)

    @property
    def beside(self) -> bool:
        """Whether both sides stand beside one another: as chosen, else by the room."""
        if self._wanted_beside is not None:
            return self._wanted_beside
        return self.size.width >= WIDE

    def turn_view(self) -> None:
        """Beside one another, or one below the other."""
        self._wanted_beside = not self.beside
        self._lay()

    def unfold_all(self) -> None:
        """Everything that is folded, or fold it again."""
        folded = {at for at, part in enumerate(self._sections) if part.folded}
        self._opened = set() if folded <= self._opened else folded
        self._lay()

    def next_difference(self, step: int, *, here: bool = False) -> bool:
        """To the next one, or the one before; False when there is none. `here` is one, too."""
        at = self._laid[self._cursor].section if self._laid else 0
        found = self._differing
        if step > 0:
            found = [index for index in found if index > at or (here and index == at)]
        else:
            found = [index for index in reversed(found) if index < at]
        if not found:
            return False
        self._come_to(found[0])
        return True

    def to_last_difference(self) -> None:
        if found := self._differing:
            self._come_to(found[-1])

    @property
    def _differing(self) -> list[int]:
        """The sections that differ, of those that are laid out."""
        laid = {line.section for line in self._laid}
        return [at for at, part in enumerate(self._sections) if part.differs and at in laid]

    @property
    def place(self) -> str:
        """`2 of 5` differences, by the cursor."""
        found = [index for index, part in enumerate(self._sections) if part.differs]
        if not found or not self._laid:
            return ""
        at = self._laid[self._cursor].section
        return f"{sum(index <= at for index in found)} of {len(found)}"

    # -- keys

    def action_move(self, step: int) -> None:
        self._put_cursor(self._cursor + step)

    def action_page(self, direction: int) -> None:
        self._put_cursor(self._cursor + direction * max(self.size.height - 1, 1))

    def action_edge(self, index: int) -> None:
        self._put_cursor(len(self._laid) - 1 if index else 0)

    def action_fold(self) -> None:
        """Unfold what is the same at the cursor, or fold it again."""
        if not self._laid:
            return
        section = self._laid[self._cursor].section
        if self._sections[section].folded:
            self._opened ^= {section}
            self._lay()

    def on_click(self, event: events.Click) -> None:
        at = event.y + self.scroll_offset.y
        if 0 <= at < len(self._laid):
            again = at == self._cursor or self._laid[at].fold
            self._put_cursor(at)
            if again:
                self.action_fold()

    def on_resize(self, _event: events.Resize) -> None:
        self._lay()

    # -- drawing

    def _lay(self) -> None:
        """Lay the lines out anew; the cursor stays in its section."""
        section = self._laid[self._cursor].section if self._laid else 0
        first = self._first_of(section)
        into = self._cursor - first
        width = max(self.scrollable_content_region.width, 20)
        if self.beside:
            half = (width - 1) // 2 - 2
            self._laid = lay_beside(self._compared, self._sections, self._opened, half)
        else:
            self._laid = lay_out(self._compared, self._sections, self._opened, width - 2)
        self.virtual_size = Size(width, len(self._laid))
        lines = sum(line.section == section for line in self._laid)
        self._put_cursor(self._first_of(section) + min(max(into, 0), max(lines - 1, 0)))
        self.refresh()

    def _first_of(self, section: int) -> int:
        return next((at for at, line in enumerate(self._laid) if line.section == section), 0)

    def _come_to(self, section: int) -> None:
        self._cursor = self._first_of(section)
        self.scroll_to(y=max(self._cursor - _ABOVE, 0), animate=False, force=True)
        self.refresh()

    def _put_cursor(self, at: int) -> None:
        self._cursor = min(max(at, 0), max(len(self._laid) - 1, 0))
        height, top = max(self.size.height, 1), self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if at >= len(self._laid):
            return Strip.blank(width, base)
        if at == self._cursor:
            base += self.get_component_rich_style("diff--cursor", partial=True)
        line = self._text(self._laid[at], width)
        segments = Segment.apply_style(list(line.render(self.app.console)), base)
        return Strip(segments).adjust_cell_length(width, base).simplify()

    def _text(self, line: Line, width: int) -> Text:
        if line.fold:
            return cell(f"▸ {line.fold}", "dim")
        if not self.beside:
            return _drawn(line.left or line.right)
        half = (width - 1) // 2
        text = _drawn(line.left)
        text.pad_right(half - text.cell_len)
        return text.append("│", "dim").append_text(_drawn(line.right))


def _drawn(piece: Piece | None) -> Text:
    if piece is None:
        return Text("", no_wrap=True, end="")
    style = _STYLES.get(piece.sign, "")
    sign = piece.sign if piece.first else " "
    text = Text(no_wrap=True, end="").append(f"{sign} ", style).append(piece.text, style)
    if piece.marked[0] < piece.marked[1]:
        text.stylize("reverse", 2 + piece.marked[0], 2 + piece.marked[1])
    return text
