"""What the selected row is in full: text that scrolls, and can be searched by the eye."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from orket_console.ui.widgets.wrapping import Hanging


class Detail(VerticalScroll, can_focus=True):
    """A scrolling area below (from 120 columns: beside) a list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, id="detail.down"),
        Binding("k", "scroll_up", "up", show=False, id="detail.up"),
    ]

    def compose(self) -> ComposeResult:
        yield Static("", markup=False, classes="detail--body")

    def show(self, content: RenderableType, *, keep_place: bool = False) -> None:
        """Replace what is shown. A `str` is refused: outside text comes as `Text`."""
        if isinstance(content, str):
            raise TypeError("a Detail takes Text, never str")
        shown = Hanging(content) if isinstance(content, Text) else content
        # In a group it is drawn by rich, so that a colour's name means the same as in a list.
        self.query_one(Static).update(Group(shown))
        if not keep_place:
            self.scroll_home(animate=False)

    def clear(self) -> None:
        self.show(Text(""))
