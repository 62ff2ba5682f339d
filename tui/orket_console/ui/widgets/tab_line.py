"""The line of tabs: `[1 Health] 2 Log …`, told apart without colour too."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class TabLine(Widget):
    active: reactive[int] = reactive(0)

    class Clicked(Message):
        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__(id="tab-line")
        self._titles = tuple(titles)

    def render(self) -> Text:
        line = Text(" ", no_wrap=True, end="")
        for index, title in enumerate(self._titles):
            label = f"{index + 1} {title}"
            if index == self.active:
                line.append(f"[{label}]", "bold reverse")
            else:
                line.append(f" {label} ")
            line.append(" ")
        return line

    def on_click(self, event: events.Click) -> None:
        start = 1
        for index, title in enumerate(self._titles):
            width = len(title) + 4
            if start <= event.x < start + width:
                self.post_message(self.Clicked(index))
                return
            start += width + 1
