"""A flag in a form: told by a word, not by colour."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget


class YesNo(Widget, can_focus=True):
    """`[x] yes` or `[ ] no`; space turns it over, y and n say which."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", "yes or no", id="yes-no.turn"),
        Binding("y", "put('yes')", "yes", show=False, id="yes-no.yes"),
        Binding("n", "put('no')", "no", show=False, id="yes-no.no"),
    ]
    DEFAULT_CSS = """
    YesNo { height: 1; background: $panel; }
    YesNo:focus { text-style: reverse; }
    """

    def __init__(self, value: str, id: str) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self.value = value

    def render(self) -> Text:
        return Text("[x] yes" if self.value == "yes" else "[ ] no")

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        self.action_put("no" if self.value == "yes" else "yes")

    def action_put(self, value: str) -> None:
        self.value = value
        self.refresh()
