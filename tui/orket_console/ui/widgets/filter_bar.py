"""The line in which a list is filtered; there only while it is typed in."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBar(Input):
    """Enter keeps the filter and gives the keys back; Escape gives up the change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "cancel", id="filter.cancel"),
    ]

    class Applied(Message):
        def __init__(self, bar: FilterBar, expression: str) -> None:
            super().__init__()
            self.bar = bar
            self.expression = expression

        @property
        def control(self) -> FilterBar:
            return self.bar

    class Cancelled(Message):
        pass

    def __init__(self, placeholder: str, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self.display = False
        self._kept = ""

    @property
    def expression(self) -> str:
        """The filter in force."""
        return self._kept

    def open(self) -> None:
        self.display = True
        self.value = self._kept
        self.cursor_position = len(self._kept)
        self.focus()

    def keep(self, expression: str) -> None:
        """Put a filter in force without its being typed."""
        self._kept = expression

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._kept = self.value.strip()
        self.display = False
        self.post_message(self.Applied(self, self._kept))

    def action_give_up(self) -> None:
        self.display = False
        self.post_message(self.Cancelled())
