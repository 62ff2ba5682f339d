"""Questions to the databases: asked in a thread, one at a time, stopped when wanted."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from orket_console.base.errors import ConsoleError
from orket_console.base.sqlite import DatabaseError, Fault
from orket_console.target.used import keep_used, read_used
from orket_console.ui.screens.query_values import QueryValuesScreen
from orket_console.ui.widgets.query_text import Mistake
from orket_console.webhooks.queries.ask import ask_query
from orket_console.webhooks.queries.completion import Words, read_words
from orket_console.webhooks.queries.export import export
from orket_console.webhooks.queries.mistakes import place_of
from orket_console.webhooks.queries.model import Query, QueryAnswer
from orket_console.webhooks.queries.own import free_query, queries_of
from orket_console.webhooks.queries.sql import LONGEST, Base, database_of

if TYPE_CHECKING:
    from orket_console.ui.panes.webhooks.pane import WebhooksPane


@dataclass(frozen=True, slots=True)
class _Question:
    query: Query
    values: Mapping[str, str]
    begun: float
    stop: threading.Event = field(default_factory=threading.Event)


class Asking:
    def __init__(self, pane: WebhooksPane) -> None:
        self._pane = pane
        self._queries = queries_of(pane.context.target)
        self._given: dict[str, Mapping[str, str]] = {}
        """The values that were asked with last, by query."""
        self._last: _Question | None = None

    @property
    def count(self) -> str:
        """How many queries there are."""
        return str(len(self._queries.all))

    def begin(self) -> None:
        """Offer what there is, and read what typing needs."""
        self._pane.queries.offer(self._queries.all, self._queries.problems)
        target = self._pane.context.target
        self._pane.load("statements", lambda: read_used(target.state.statements, LONGEST),
                        self._take_history)  # fmt: skip

        def words() -> dict[Base, Words]:
            return {base: read_words(database_of(target, base)) for base in Base}

        self._pane.load("words", words, self._take_words)

    def _take_words(self, words: Mapping[Base, Words]) -> None:
        self._pane.queries.field.words = words

    def _take_history(self, statements: tuple[str, ...]) -> None:
        self._pane.queries.field.history = statements

    # -- asking ----------------------------------------------------------------------------

    def query(self, name: str) -> None:
        """Ask a query of the list, for its values first where it takes some."""
        if (found := self._queries.find(name)) is not None:
            self._ask_values(found)

    def statement(self, statement: str, base: Base) -> None:
        """Ask what was typed, and keep it."""
        target = self._pane.context.target
        keep = partial(keep_used, target.state.statements, statement)
        self._pane.load("statements", lambda: keep(target.redactor(), LONGEST), self._take_history)
        self._ask_values(free_query(statement, base))

    def again(self) -> None:
        if self._last is not None:
            self._ask(self._last.query, self._last.values)

    def stop(self) -> None:
        """Stop what runs, if anything does."""
        if self._last is not None:
            self._last.stop.set()

    def _ask_values(self, query: Query) -> None:
        def taken(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self._given[query.name] = values
                self._ask(query, values)
            else:
                self._pane.queries.take_focus()

        if query.parameters:
            before = self._given.get(query.name, {})
            form = QueryValuesScreen(query, before, self._pane.context.clock)
            self._pane.app.push_screen(form, taken)
        else:
            self._ask(query, {})

    def _ask(self, query: Query, values: Mapping[str, str]) -> None:
        self.stop()
        question = _Question(query, values, self._pane.context.clock.monotonic())
        self._last = question
        self._pane.queries.wait_for(query.name)
        self._pane.load("query", partial(self._answered, question), partial(self._show, question))

    def _answered(self, question: _Question) -> QueryAnswer | Mistake:
        """The answer, or why there is none; in a thread."""
        context = self._pane.context
        try:
            return ask_query(
                context.target, context.clock, question.query, question.values, question.stop
            )
        except DatabaseError as error:
            said = _said(question.query, error)
            return Mistake(said, place_of(question.query.statement, error.detail))
        except ConsoleError as error:
            return Mistake(str(error))

    def _show(self, question: _Question, found: QueryAnswer | Mistake) -> None:
        view = self._pane.queries
        if isinstance(found, QueryAnswer):
            view.show(found)
        elif question.stop.is_set():
            view.show_stopped(question.query, self._pane.context.clock.monotonic() - question.begun)
        else:
            view.show_mistake(question.query, found)

    # -- keeping ---------------------------------------------------------------------------

    def export(self, form: str) -> None:
        """Write the answer, and say where it went."""
        answer, context = self._pane.queries.answer, self._pane.context
        if answer is None:
            return

        def written() -> str:
            try:
                return str(export(answer, form, context.target.state, context.clock))
            except OSError as error:
                raise ConsoleError(f"the answer can't be written, {error.strerror}") from error

        def told(path: str) -> None:
            count = len(answer.rows)
            rows = f"{count} {'row' if count == 1 else 'rows'}"
            cut = f" ({answer.cut})" if answer.cut else ""
            self._pane.app.notify(f"{rows}{cut} written to {path}", markup=False, timeout=10)

        self._pane.load("export", written, told)


def _said(query: Query, error: DatabaseError) -> str:
    """Of a statement of the operator's own only what is wrong with it; else what that means."""
    is_theirs = query.name == "sql" or query.origin
    if is_theirs and error.fault in (Fault.SCHEMA, Fault.WRONG_STATEMENT):
        return error.detail
    return f"{error.what}: {error.remedy}" if error.remedy else error.what
