"""The log's filter line, and under it what is wrong, what may be meant, and what it matches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from orket_console.base.errors import ConsoleError
from orket_console.base.secret import Redactor
from orket_console.logs.filter import Filter, FilterError, Surroundings, parse_filter
from orket_console.logs.filter.completion import Completion, complete
from orket_console.logs.filter.history import keep, read_history
from orket_console.logs.filter.seen import Seen, seen_in
from orket_console.logs.records import Record
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.pointing import pointed

_EXAMPLE: Final = "event:turn_failed role:coder session:34a2 level>=warn words"
_PATIENCE: Final = 0.25
"""Seconds for which lines are tried."""
_MOST_MATCHED: Final = 2_000
"""Records that are tried while an expression is typed."""


_SHORT: Final = 24
"""Characters of a note that every candidate may have; the chosen one has its whole note."""
_BEHIND: Final = 2
"""Candidates that stay in view before the one that was taken."""


class LogFilter(Vertical):
    """Tab completes and goes on to the next that may be meant; up and down recall filters."""

    DEFAULT_CSS = """
    LogFilter { height: auto; }
    LogFilter Static { height: 1; padding: 0 1; display: none; }
    LogFilter.-open Static { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete(1)", "complete", id="filter.complete"),
        Binding("shift+tab", "complete(-1)", "previous", show=False, id="filter.complete-back"),
        Binding("up", "recall(-1)", "used before", show=False, id="filter.earlier"),
        Binding("down", "recall(1)", "later", show=False, id="filter.later"),
    ]

    def __init__(
        self,
        context: UiContext,
        records: Callable[[], Sequence[Record]],
        surroundings: Callable[[], Surroundings],
    ) -> None:
        """`records` gives those that are shown, newest first; `surroundings` those of now."""
        super().__init__()
        self._path = context.target.state.filters
        self._records = records
        self._around = surroundings
        self._meaning = surroundings()
        self._seen = Seen()
        self._one_at_a_time = asyncio.Lock()
        self._history: tuple[str, ...] = ()
        self._recalled: int | None = None
        self._draft = ""
        self._completion = Completion(0, 0, ())
        self._taken: int | None = None
        self._unfinished = ""
        self._expected = ""

    def compose(self) -> ComposeResult:
        yield FilterBar(_EXAMPLE, "log-filter")
        yield Static(id="log-filter-said")
        yield Static(id="log-filter-meant")

    def on_mount(self) -> None:
        self._load(partial(read_history, self._path))

    @property
    def bar(self) -> FilterBar:
        return self.query_one(FilterBar)

    def remember(self, expression: str, redactor: Callable[[], Redactor]) -> None:
        """Keep a filter that was put in force, for this console and the next."""
        if expression and expression != (self._history[-1] if self._history else ""):
            self._load(lambda: keep(self._path, expression, redactor()))

    def begin(self, text: str) -> None:
        """Open the bar with `text` in it."""
        self.bar.open()
        self._put(text, len(text))

    def _load(self, function: Callable[[], tuple[str, ...]]) -> None:
        self.run_worker(self._loaded(function), group="log-filter-history", exit_on_error=False)

    async def _loaded(self, function: Callable[[], tuple[str, ...]]) -> None:
        async with self._one_at_a_time:
            try:
                self._history = await asyncio.to_thread(function)
            except ConsoleError as error:
                self.app.notify(str(error), severity="warning")

    # -- while the bar is open

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._seen = seen_in(self._records()).with_those_of(self._seen)
        self._meaning = self._around()
        self._recalled = None
        self.add_class("-open")
        self._say()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.bar.value != self._expected:
            self._taken = None
        if self.has_class("-open"):
            self._say()

    def action_complete(self, step: int) -> None:
        """Put the next candidate in the word's place."""
        self._look_up()
        count = len(self._completion.candidates)
        if not count:
            return
        before = -1 if self._taken is None and step > 0 else self._taken or 0
        self._taken = (before + step) % count
        text, cursor = self._completion.taken(self._unfinished, self._taken)
        self._expected = text
        self._put(text, cursor)

    def _unfinished_key(self) -> bool:
        """Whether what was taken is a key, whose values are meant next."""
        text = self.bar.value[: self.bar.cursor_position]
        return text.endswith((":", "=", ".", "@"))

    def _look_up(self) -> None:
        """What may be meant at the cursor, unless that is gone through already."""
        if self._taken is not None and not self._unfinished_key():
            return
        self._taken = None
        bar = self.bar
        self._unfinished = bar.value
        self._completion = complete(bar.value, bar.cursor_position, self._seen, self._meaning.named)

    def action_recall(self, step: int) -> None:
        """Go through the filters used before; behind the last is what was typed."""
        at = len(self._history) if self._recalled is None else self._recalled
        if at == len(self._history):
            self._draft = self.bar.value
        at = min(max(at + step, 0), len(self._history))
        self._recalled = at
        text = self._draft if at == len(self._history) else self._history[at]
        self._taken = None
        self._put(text, len(text))

    def _put(self, text: str, cursor: int) -> None:
        self.bar.value = text
        self.bar.cursor_position = cursor

    # -- what is said under the bar

    def _say(self) -> None:
        self._look_up()
        self.query_one("#log-filter-meant", Static).update(self._meant())
        said = self.query_one("#log-filter-said", Static)
        try:
            wanted = parse_filter(self.bar.value, self._meaning)
        except FilterError as error:
            said.update(self._wrong(error))
            return
        recalls = self._history and not wanted.expression
        said.update(cell("↑ filters used before" if recalls else "", "dim"))
        # Under a filter in force, what is at hand are its matches.
        if wanted.expression and not self.bar.expression:
            records = list(islice(self._records(), _MOST_MATCHED))
            self.run_worker(self._count(wanted, records), group="log-filter-count", exclusive=True)

    async def _count(self, wanted: Filter, records: Sequence[Record]) -> None:
        # In a thread: a regular expression may take its time on a long line.
        count, looked_at = await asyncio.to_thread(_matches, wanted, records)
        if wanted.expression == self.bar.value.strip():
            said = f"{count} of the {looked_at} lines at hand match"
            self.query_one("#log-filter-said", Static).update(cell(said, "dim"))

    def _wrong(self, error: FilterError) -> Text:
        said = f"{error.what}: {error.remedy}" if error.remedy else error.what
        width = self.app.size.width - 2  # the bar may not be laid out yet
        return pointed(error.column, said, int(self.bar.scroll_offset.x), width)

    def _meant(self) -> Text:
        candidates = self._completion.candidates
        if not candidates:
            return cell("")
        line = cell("tab", "dim").append("  ")
        first = max((self._taken or 0) - _BEHIND, 0)
        for index, candidate in enumerate(candidates[first:], first):
            line.append_text(cell(candidate.label, "reverse" if index == self._taken else "bold"))
            if candidate.note and (len(candidate.note) < _SHORT or index == (self._taken or 0)):
                line.append(" ").append_text(cell(candidate.note, "dim"))
            line.append("  ")
        return line


def _matches(wanted: Filter, records: Sequence[Record]) -> tuple[int, int]:
    """How many records match, of how many that there was time for."""
    end = time.monotonic() + _PATIENCE
    count = looked_at = 0
    for record in records:
        if time.monotonic() > end:
            break
        count += wanted.wants(record)
        looked_at += 1
    return count, looked_at
