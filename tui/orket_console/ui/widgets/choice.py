"""One of a few values in a form: turned by keys, shown with what else there is."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget

from orket_console.ui.literal import cell


class Choice(Widget, can_focus=True):
    """`[fast] slow thorough`; space and the arrow keys turn it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right", "turn(1)", "next", id="choice.next"),
        Binding("left", "turn(-1)", "previous", show=False, id="choice.previous"),
    ]
    DEFAULT_CSS = """
    Choice { height: 1; background: $panel; }
    Choice:focus { text-style: reverse; }
    """

    def __init__(self, value: str, choices: tuple[str, ...], id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.value = value
        self._values = choices

    def render(self) -> Text:
        text = Text(end="", no_wrap=True)
        for value in self._values:
            text.append_text(cell(f"[{value}]" if value == self.value else value or "none"))
            text.append("  ")
        return text

    def on_click(self) -> None:
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        at = self._values.index(self.value) + step if self.value in self._values else 0
        self.value = self._values[at % len(self._values)]
        self.refresh()
