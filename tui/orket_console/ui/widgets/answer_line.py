"""One line on what was asked: how many rows of what, how long it took, how old it is."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from orket_console.base.clock import since
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell
from orket_console.webhooks.queries.model import QueryAnswer


class AnswerLine(Widget):
    DEFAULT_CSS = """
    AnswerLine { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._ui = context
        self._said = Text("")
        self._answer: QueryAnswer | None = None
        self._begun: float | None = None
        self._waits_for = ""

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if (self._answer is not None or self._begun is not None) and self.screen.is_current:
            self.refresh()

    def say(self, said: str, style: str = "dim") -> None:
        self._answer = self._begun = None
        self._said = cell(said, style)
        self.refresh()

    def wait_for(self, name: str) -> None:
        self._answer, self._begun, self._waits_for = None, self._ui.clock.monotonic(), name
        self.refresh()

    def tell(self, answer: QueryAnswer) -> None:
        self._answer, self._begun = answer, None
        self.refresh()

    def render(self) -> Text:
        if self._begun is not None:
            took = self._ui.clock.monotonic() - self._begun
            return cell(f"{self._waits_for} · running for {took:.0f} s · esc stops it", "yellow")
        if self._answer is None:
            return self._said
        answer = self._answer
        count = len(answer.rows)
        parts = [
            f"{answer.query} {answer.values}".rstrip(),
            f"{count} {'row' if count == 1 else 'rows'} of {answer.source}",
            _span(answer.seconds),
            f"{since(answer.at, self._ui.clock.now())} ago",
        ]
        line = cell(" · ".join(parts))
        if answer.cut:
            line.append(" · ").append_text(cell(answer.cut, "yellow"))
        return line


def _span(seconds: float) -> str:
    """`3 ms`, `1.2 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
