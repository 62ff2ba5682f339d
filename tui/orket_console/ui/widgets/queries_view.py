"""Questions to the databases: a list of them, and below Enter what the last one answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message

from orket_console.base.refs import PullRef
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, literal
from orket_console.ui.messages import Jump
from orket_console.ui.widgets.answer_line import AnswerLine
from orket_console.ui.widgets.answer_rows import columns_of, row_text, rows_of
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Column, Listing, Row
from orket_console.ui.widgets.query_text import Mistake, mistake_text, notes_text, query_text
from orket_console.ui.widgets.sql_field import SqlField
from orket_console.webhooks.queries.leads import pull_of
from orket_console.webhooks.queries.model import Query, QueryAnswer
from orket_console.webhooks.queries.sql import Base

_COLUMNS: Final = (Column("", 1), Column("query", 22), Column("takes", 16), Column("what it asks"))


class QueriesView(Vertical):
    """Shows and asks for; what is asked, and how, is the pane's."""

    DEFAULT_CSS = """
    QueriesView { height: 1fr; }
    QueriesView #query-answer { display: none; }
    QueriesView.-answered #query-answer { display: block; }
    QueriesView.-answered #query-list { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "sql", "SQL", key_display="/", id="queries.sql"),
        Binding("r", "again", "ask again", id="queries.again"),
        Binding("p", "cycle", "its cycle", id="queries.cycle"),
        Binding("e", "export('csv')", "CSV", tooltip="export as CSV", id="queries.csv"),
        Binding("E", "export('json')", "JSON", tooltip="export as JSON", id="queries.json"),
        Binding("b", "other", "database", tooltip="SQL on the other database", id="queries.other"),
        Binding("escape", "leave", "back", tooltip="stop it; back", id="queries.back"),
    ]

    class Asked(Message):
        """A query of the list was chosen."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Typed(Message):
        """A statement was typed."""

        def __init__(self, statement: str, base: Base) -> None:
            super().__init__()
            self.statement = statement
            self.base = base

    class Again(Message):
        """The last one is to be asked again, as it was."""

    class Stopped(Message):
        """What runs is to be stopped."""

    class Exported(Message):
        """The answer is to be written, as `csv` or `json`."""

        def __init__(self, form: str) -> None:
            super().__init__()
            self.form = form

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._ui = context
        self._offered: dict[str, Query] = {}
        self._wrong: tuple[str, ...] = ()
        self._columns: tuple[Column, ...] = ()
        self.answer: QueryAnswer | None = None
        self.is_waiting = False

    def compose(self) -> ComposeResult:
        yield SqlField()
        yield AnswerLine(self._ui)
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield Listing(_COLUMNS, id="query-list")
                yield Listing((Column(""),), id="query-answer")
            with Container(classes="detail"):
                yield Detail()

    @property
    def field(self) -> SqlField:
        return self.query_one(SqlField)

    @property
    def _line(self) -> AnswerLine:
        return self.query_one(AnswerLine)

    @property
    def _detail(self) -> Detail:
        return self.query_one(Detail)

    @property
    def _list(self) -> Listing:
        return self.query_one("#query-list", Listing)

    @property
    def _table(self) -> Listing:
        return self.query_one("#query-answer", Listing)

    @property
    def _in_view(self) -> Listing:
        return self._table if self.has_class("-answered") else self._list

    def take_focus(self) -> None:
        if not self.field.has_class("-open"):
            self._in_view.focus()

    # -- what is shown -------------------------------------------------------------------

    def offer(self, queries: Sequence[Query], wrong: tuple[str, ...]) -> None:
        """The queries there are; `wrong` says what could not be used of the operator's own."""
        self._offered = {query.name: query for query in queries}
        self._wrong = wrong
        rows = []
        for query in queries:
            takes = " ".join(f"{each.name}={each.default}" for each in query.parameters)
            mark = cell("+", "cyan") if query.origin else cell("")
            purpose = query.title if query.origin else query.purpose
            rows.append(Row(query.name, (mark, cell(query.name), cell(takes), cell(purpose))))
        self._list.show(rows, cell("There is no query."))
        self._show_list()

    def wait_for(self, name: str) -> None:
        """Something is asked, and goes on until it is answered."""
        self.is_waiting = True
        self._line.wait_for(name)
        self._in_view.focus()
        self.refresh_bindings()

    def show(self, answer: QueryAnswer) -> None:
        self.is_waiting, self.answer = False, answer
        self.add_class("-answered")
        self._line.tell(answer)
        self._lay_out()
        self.field.bar.keep(answer.statement if answer.query == "sql" else "")
        self.take_focus()
        self._show_detail()

    def show_mistake(self, query: Query, mistake: Mistake) -> None:
        """Why there is no answer; a statement that was typed stands there to be mended."""
        self.is_waiting = False
        self.remove_class("-answered")
        self._line.say(f"✖ {query.name}: {mistake.said}", "yellow")
        if query.name == "sql":
            self.field.mend(query.statement, mistake.column, mistake.said)
        else:
            self.take_focus()
        self._detail.show(mistake_text(query, mistake))
        self.refresh_bindings()

    def show_stopped(self, query: Query, seconds: float) -> None:
        self.is_waiting = False
        self._show_list()
        self._line.say(f"{query.name} was stopped after {seconds:.1f} s, before its first row")
        self.take_focus()

    def _show_list(self) -> None:
        self.remove_class("-answered")
        count = len(self._offered)
        self._line.say(f"{count} queries · ↵ asks · / takes SQL on the {self.field.base} database")
        self._show_detail()

    def _lay_out(self) -> None:
        """Columns for the width that there is."""
        if self.answer is None:
            return
        # Of the part that is always laid out: the table may only just be coming into view.
        width = self.query_one(".list").size.width or self.size.width
        self._columns = columns_of(self.answer, width)
        self._table.set_columns(self._columns or (Column(""),))
        rows = rows_of(self.answer, self._columns)
        empty = "No row: esc leads back to the queries."
        if values := self.answer.values:
            empty = f"No row for {values}: esc leads back, where ↵ asks with other values."
        self._table.show(rows, cell(empty))

    def on_resize(self) -> None:
        self.call_after_refresh(self._lay_out)

    def _show_detail(self) -> None:
        text = Text(end="")
        if not self.has_class("-answered"):
            query = self._offered.get(self._list.selected or "")
            text = query_text(query) if query is not None else text
            for problem in self._wrong:
                text.append("\n").append_text(literal(f"▲ {problem}", "yellow"))
        elif self.answer is not None:
            if (at := self._row) is not None:
                text.append_text(row_text(self.answer, at, len(self._columns)))
            text.append_text(notes_text(self.answer))
        self._detail.show(text)
        self.refresh_bindings()

    @property
    def _row(self) -> int | None:
        """The number of the selected row of the answer."""
        key = self._table.selected if self.has_class("-answered") else None
        return None if key is None else int(key)

    @property
    def _pull(self) -> str:
        """The pull request that the selected row names."""
        if self.answer is None or self._row is None:
            return ""
        return pull_of(self.answer.columns, self.answer.rows[self._row])

    # -- messages and keys ---------------------------------------------------------------

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing is self._in_view:
            self._show_detail()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing is self._table:
            self._detail.focus()
        else:
            self.post_message(self.Asked(message.key))

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        if message.expression:
            self.post_message(self.Typed(message.expression, self.field.base))
        else:
            self._in_view.focus()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self._in_view.focus()

    def action_sql(self) -> None:
        self.field.open()

    def action_again(self) -> None:
        self.post_message(self.Again())

    def action_export(self, form: str) -> None:
        self.post_message(self.Exported(form))

    def action_cycle(self) -> None:
        if self._pull:
            self.post_message(Jump(PullRef(self._pull)))

    def action_other(self) -> None:
        self.field.switch()
        if not self.has_class("-answered"):
            self._show_list()
        self.field.open()

    def action_leave(self) -> None:
        """Stop what runs; else from the detail to its list, from an answer to the queries."""
        if self.is_waiting:
            self.post_message(self.Stopped())
        elif self._detail.has_focus or not self.has_class("-answered"):
            self._in_view.focus()
        else:
            self._show_list()
            self._list.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.why_off(action) else True

    def why_off(self, action: str) -> str:
        """Why a key of the queries does nothing now; empty when it does or is none of theirs."""
        action = action.partition("(")[0]
        if action == "export" and not self.has_class("-answered"):
            return "there is no answer to export"
        if action == "cycle" and self.display and not self._pull:
            return "no row is selected that names a pull request"
        if action == "again" and self.answer is None:
            return "nothing was asked yet"
        return ""
