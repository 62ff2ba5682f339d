"""The line in which SQL is typed, and under it on what, what is wrong, and what may come next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.ui.literal import cell
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.pointing import pointed
from orket_console.webhooks.queries.completion import Words, complete
from orket_console.webhooks.queries.sql import LONGEST, Base

_EXAMPLE: Final = "SELECT pr_key, reason FROM review_failures ORDER BY rowid DESC"
_MOST_SHOWN: Final = 20
_BEHIND: Final = 2
"""Candidates that stay in view before the one that was taken."""


class SqlField(Vertical):
    """Tab completes and goes on to the next that may be meant; up and down recall statements."""

    DEFAULT_CSS = """
    SqlField { height: auto; }
    SqlField Static { height: 1; padding: 0 1; display: none; }
    SqlField.-open Static { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete(1)", "complete", id="sql.complete"),
        Binding("shift+tab", "complete(-1)", "previous", show=False, id="sql.complete-back"),
        Binding("up", "recall(-1)", "used before", key_display="↑", id="sql.earlier"),
        Binding("down", "recall(1)", "later", show=False, id="sql.later"),
        Binding("ctrl+o", "other", "other database", id="sql.other"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.base = Base.WEBHOOK
        self.words: Mapping[Base, Words] = {}
        self.history: tuple[str, ...] = ()
        self._recalled: int | None = None
        self._draft = ""
        self._expected = ""
        self._begin = self._end = 0
        self._candidates: tuple[str, ...] = ()
        self._taken: int | None = None
        self._wrong: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        bar = FilterBar(_EXAMPLE, "webhook-sql")
        bar.max_length = LONGEST
        yield bar
        yield Static(id="sql-said", markup=False)
        yield Static(id="sql-meant", markup=False)

    @property
    def bar(self) -> FilterBar:
        return self.query_one(FilterBar)

    def open(self) -> None:
        self.bar.open()

    def mend(self, statement: str, column: int | None, said: str) -> None:
        """Open it with a statement that was refused, and point at where it is wrong."""
        self.bar.keep(statement)
        self._wrong = partial(self._point, column, said)
        self.bar.open()
        self._wrong()
        if column is not None:
            self.bar.cursor_position = column - 1

    def switch(self) -> None:
        """To the other database."""
        self.base = Base.RUNTIME if self.base is Base.WEBHOOK else Base.WEBHOOK
        self._say()

    # -- while it is typed in

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self._recalled = self._taken = None
        self.add_class("-open")
        self._say()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.bar.value == self._expected:
            self._meant()
            return
        self._taken = None
        if self.bar.value != self.bar.expression:
            self._wrong = None
        self._say()

    def action_complete(self, step: int) -> None:
        """Put the next candidate in the word's place."""
        if self._taken is None:
            self._complete_at_cursor()
            self._draft = self.bar.value
            self._end = self.bar.cursor_position
        if not self._candidates:
            return
        before = -1 if self._taken is None and step > 0 else self._taken or 0
        self._taken = (before + step) % len(self._candidates)
        word = self._candidates[self._taken]
        self._expected = f"{self._draft[: self._begin]}{word}{self._draft[self._end :]}"
        self._put(self._expected, self._begin + len(word))
        self._meant()

    def action_recall(self, step: int) -> None:
        """Go through the statements used before; behind the last is what was typed."""
        at = len(self.history) if self._recalled is None else self._recalled
        if at == len(self.history):
            self._draft = self.bar.value
        self._recalled = min(max(at + step, 0), len(self.history))
        at = self._recalled
        text = self._draft if at == len(self.history) else self.history[at]
        self._put(text, len(text))

    def action_other(self) -> None:
        self.switch()

    def _put(self, text: str, cursor: int) -> None:
        self.bar.value = text
        self.bar.cursor_position = cursor

    def _complete_at_cursor(self) -> None:
        words = self.words.get(self.base, Words({}))
        self._begin, self._candidates = complete(self.bar.value, self.bar.cursor_position, words)

    # -- what is said under it

    def _say(self) -> None:
        if self._taken is None:
            self._complete_at_cursor()
        self._meant()
        if self._wrong is not None:
            self._wrong()
            return
        recalls = "   ↑ statements used before" if self.history and not self.bar.value else ""
        tables = self.words.get(self.base, Words({})).tables
        said = f"on the {self.base} database, ctrl+o the other   {len(tables)} tables{recalls}"
        self.query_one("#sql-said", Static).update(cell(said, "dim"))

    def _point(self, column: int | None, said: str) -> None:
        width = self.app.size.width - 2  # the bar may not be laid out yet
        told = cell(said, "yellow")
        if column is not None:
            told = pointed(column, said, int(self.bar.scroll_offset.x), width)
        self.query_one("#sql-said", Static).update(told)

    def _meant(self) -> None:
        line = cell("tab" if self._candidates else "", "dim").append("  ")
        first = max((self._taken or 0) - _BEHIND, 0)
        for at, word in enumerate(self._candidates[first : first + _MOST_SHOWN], first):
            line.append_text(cell(word, "reverse" if at == self._taken else "bold")).append("  ")
        self.query_one("#sql-meant", Static).update(line)
