"""The line of a turn's parts: `[Summary]  Prompt 4  Response …`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget


class PartLine(Widget):
    DEFAULT_CSS = """
    PartLine { height: 1; width: 1fr; }
    """

    class Clicked(Message):
        def __init__(self, part: str) -> None:
            super().__init__()
            self.part = part

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[tuple[str, str], ...] = ()
        self._chosen = ""

    def show(self, parts: Sequence[tuple[str, str]], chosen: str) -> None:
        """Parts by name, each with how it is labelled."""
        self._parts = tuple(parts)
        self._chosen = chosen
        self.refresh()

    def render(self) -> Text:
        line = Text(no_wrap=True, end="")
        for name, label in self._in_view():
            if name == self._chosen:
                line.append(f"[{label}]", "bold reverse")
            else:
                line.append(f" {label} ")
        return line

    def _in_view(self) -> tuple[tuple[str, str], ...]:
        """The parts from the first one on from which the chosen one is in view."""
        names = [name for name, _ in self._parts]
        chosen = names.index(self._chosen) if self._chosen in names else 0
        for first in range(chosen):
            parts = self._parts[first : chosen + 1]
            if sum(len(label) + 2 for _, label in parts) <= self.size.width:
                return self._parts[first:]
        return self._parts[chosen:]

    def on_click(self, event: events.Click) -> None:
        at = 0
        for name, label in self._in_view():
            at += len(label) + 2
            if event.x < at:
                self.post_message(self.Clicked(name))
                return
