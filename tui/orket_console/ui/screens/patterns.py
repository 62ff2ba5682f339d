"""`p`: what the log's lines come down to, and which of it is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.logs.records import Record
from orket_console.logs.survey.counts import Example
from orket_console.logs.survey.live import Survey
from orket_console.logs.survey.patterns import Pattern, example_of
from orket_console.logs.survey.sparks import sparkline
from orket_console.ui.brief_time import brief_time
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.since import SinceScreen
from orket_console.ui.widgets.listing import Column, Listing, Row
from orket_console.ui.widgets.survey_line import survey_line, why_nothing

_WIDE: Final = 110
_KEYS: Final = "Enter only these  x except these  s new since …  w count all  esc closes"


class PatternsScreen(Dialog[str | None]):
    """Ends with a part of a filter expression, or None.

    `compare_with` sets the moment after which a pattern is new, `read_all` asks for the logs
    from their beginnings; what comes of it is brought by `show`. `number` finds the line number
    of a record and hands it on, if it is known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "leave_out", "except these", id="patterns.except"),
        Binding("s", "since", "new since", id="patterns.since"),
        Binding("w", "whole", "count all", id="patterns.whole"),
        Binding("escape,p,q", "dismiss(None)", "close", id="patterns.close"),
    ]
    DEFAULT_CSS = """
    PatternsScreen Listing { height: 1fr; background: $surface; }
    PatternsScreen #pattern { height: auto; max-height: 6; border-top: solid $panel; }
    """

    def __init__(
        self,
        context: UiContext,
        here: datetime | None,
        compare_with: Callable[[datetime | None], None],
        read_all: Callable[[], None],
        number: Callable[[Record, Callable[[int], None]], None],
    ) -> None:
        super().__init__()
        self._ui = context
        self._here = here
        self._compare_with = compare_with
        self._read_all = read_all
        self._number = number
        self._numbers: dict[Example, int] = {}
        self._survey: Survey | None = None
        self._rows_of: dict[str, Pattern] = {}
        self._to_top = False
        self._newest: datetime | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static(literal("Patterns", "bold"), id="patterns-head")
            yield Listing(self._columns(wide=False), id="patterns")
            yield Static("", id="pattern")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.show(self._survey)

    def on_resize(self) -> None:
        self.show(self._survey)

    def show(self, survey: Survey | None) -> None:
        """Other counts; the cursor stays on its pattern, unless they are newly compared."""
        again = self._survey
        self._survey = survey
        if not self.query(Listing):
            return
        found = survey.patterns if survey is not None else ()
        self._rows_of = {f"{each.severity} {each.template}": each for each in found}
        self._newest = max((each.last for each in found if each.last is not None), default=None)
        head = Text.assemble(("Patterns  ", "bold"), survey_line(survey), self._compared())
        head.no_wrap, head.overflow = True, "ellipsis"
        self.query_one("#patterns-head", Static).update(head)
        wide = self.size.width >= _WIDE
        rows = [self._row(key, each, wide=wide) for key, each in self._rows_of.items()]
        self.query_one(Listing).set_columns(self._columns(wide=wide))
        self.query_one(Listing).show(rows, why_nothing(survey))
        if self._to_top and survey is not None and (again is None or survey.wish != again.wish):
            self._to_top = False
            self.query_one(Listing).action_edge(0)
        self._tell()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._tell()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self._end("")

    def action_leave_out(self) -> None:
        self._end("-")

    def action_whole(self) -> None:
        self._read_all()

    def action_since(self) -> None:
        self.app.push_screen(SinceScreen(self._ui, self._here), self._since)

    def _since(self, answer: tuple[datetime | None] | None) -> None:
        if answer is not None:
            self._to_top = True
            self._compare_with(answer[0])

    def _end(self, sign: str) -> None:
        selected = self._selected
        if selected is None:
            return
        if selected.term:
            self.dismiss(sign + selected.term)
        else:
            self.app.notify("these are many patterns, too rare to be kept apart", markup=False)

    @property
    def _selected(self) -> Pattern | None:
        return self._rows_of.get(self.query_one(Listing).selected or "")

    # -- drawing

    def _columns(self, *, wide: bool) -> list[Column]:
        sparks = 24 if wide else 12
        columns = [Column("new", 3), Column("", 1), Column("count", 7, right=True)]
        if wide:
            columns.append(Column("first", 11))
        last = Column("last", 11 if wide else 8)
        return [*columns, last, Column("over time", sparks), Column("pattern")]

    def _row(self, key: str, each: Pattern, *, wide: bool) -> Row:
        style = STATE_STYLES[each.severity.state]
        sparks = each.sparks if wide else _halved(each.sparks)
        cells = [
            cell("new" if each.new else "", "bold"),
            glyph(each.severity.state),
            cell(str(each.count)),
            cell(self._time(each.last, wide=wide), "dim"),
            literal(sparkline(sparks), style),
            cell(each.template),
        ]
        if wide:
            cells.insert(3, cell(self._time(each.first, wide=wide), "dim"))
        return Row(key, tuple(cells))

    def _compared(self) -> Text:
        moment = self._survey.moment if self._survey is not None else None
        if moment is None:
            nothing = "nothing older to tell what is new" if self._rows_of else ""
            return literal(f" · {nothing}" if nothing else "", "dim")
        return literal(f" · new since {self._ui.day_and_time(moment)[5:]}", "dim")

    def _time(self, at: datetime | None, *, wide: bool) -> str:
        return brief_time(self._ui, at, self._newest, wide=wide) if at is not None else "–"

    def _tell(self) -> None:
        """The pattern with the cursor in full, and one of its lines."""
        selected = self._selected
        text = literal("")
        if selected is not None:
            style = STATE_STYLES[selected.severity.state]
            text.append_text(literal(f"{selected.template}\n", style))
            first, last = (
                self._ui.day_and_time(at) if at is not None else "no time"
                for at in (selected.first, selected.last)
            )
            text.append_text(literal(f"{selected.count} × from {first} to {last}\n", "dim"))
            text.append_text(self._example(selected))
        self.query_one("#pattern", Static).update(text)

    def _example(self, selected: Pattern) -> Text:
        example = selected.example
        if example is None or self._survey is None:
            return literal("")
        record = example_of(example, self._survey.wish.sources)
        number = self._numbers.get(example)
        if number is None and record is not None:
            self._number(record, partial(self._put, example))
        place = f"{number or f'byte {example.offset}'} {example.source}"
        return cell(f"first {place}: {record.what}" if record else f"first {place}")

    def _put(self, example: Example, number: int) -> None:
        self._numbers[example] = number
        if self.is_attached:
            self._tell()


def _halved(sparks: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sum(sparks[index : index + 2]) for index in range(0, len(sparks), 2))
