"""`a`: which events, levels, roles, sessions, models, types and logs there are, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.logs.survey.facets import Facet, Value
from orket_console.logs.survey.live import Survey
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row
from orket_console.ui.widgets.survey_line import survey_line, why_nothing

_FEW: Final = 6
"""Values of a facet that are shown unless all are asked for."""
_BAR: Final = 16
_KEYS: Final = "Enter only this  x except this  w count all  esc closes"


class FacetsScreen(Dialog[str | None]):
    """Ends with a part of a filter expression, or None. `show` brings what was counted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "leave_out", "except this", id="facets.except"),
        Binding("w", "whole", "count all", id="facets.whole"),
        Binding("escape,a,q", "dismiss(None)", "close", id="facets.close"),
    ]
    DEFAULT_CSS = """
    FacetsScreen Listing { height: 1fr; background: $surface; }
    """

    def __init__(self, read_all: Callable[[], None]) -> None:
        super().__init__()
        self._read_all = read_all
        self._survey: Survey | None = None
        self._terms: dict[str, str] = {}
        self._opened: set[str] = set()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static(literal("Facets", "bold"), id="facets-head")
            columns = [
                Column("field", 8),
                Column("count", 8, right=True),
                Column("", _BAR),
                Column("", 1),
                Column("value"),
            ]
            yield Listing(columns, id="facets")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.show(self._survey)

    def show(self, survey: Survey | None) -> None:
        """Other counts; the cursor stays on its value."""
        self._survey = survey
        if not self.query(Listing):
            return
        self._terms = {}
        head = Text.assemble(("Facets  ", "bold"), survey_line(survey))
        head.no_wrap, head.overflow = True, "ellipsis"
        self.query_one("#facets-head", Static).update(head)
        found = survey.facets if survey is not None else ()
        rows = [row for facet in found for row in self._rows(facet)]
        self.query_one(Listing).show(rows, why_nothing(survey))

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.key.startswith(_MORE):
            self._opened.add(message.key.removeprefix(_MORE))
            self.show(self._survey)
        else:
            self._end("")

    def action_leave_out(self) -> None:
        self._end("-")

    def action_whole(self) -> None:
        self._read_all()

    def _end(self, sign: str) -> None:
        key = self.query_one(Listing).selected or ""
        if term := self._terms.get(key, ""):
            self.dismiss(sign + term)
        elif key in self._terms:
            self.app.notify("these are many values, too rare to be kept apart", markup=False)

    # -- drawing

    def _rows(self, facet: Facet) -> Iterator[Row]:
        """A row a value, the facet's name on the first; the rest behind one that opens them."""
        whole = facet.name in self._opened or len(facet.values) <= _FEW + 1
        most = max(value.count for value in facet.values)
        for index, value in enumerate(facet.values if whole else facet.values[:_FEW]):
            key = f"{facet.name} {value.value}"
            self._terms[key] = value.term
            yield Row(key, self._cells("" if index else facet.name, value, most))
        if not whole:
            rest = facet.values[_FEW:]
            count = sum(value.count for value in rest)
            more = f"… {len(rest):,} more: Enter shows them"
            blank = cell("")
            cells = (blank, cell(str(count), "dim"), blank, blank, cell(more, "dim"))
            yield Row(_MORE + facet.name, cells)

    def _cells(self, name: str, value: Value, most: int) -> tuple[Text, ...]:
        worst = value.worst.state if value.worst is not None else None
        style = STATE_STYLES[worst] if worst is not None else ""
        width = max(value.count * _BAR // most, 1)
        return (
            cell(name, "bold"),
            cell(str(value.count)),
            cell("█" * width, style or "dim"),
            glyph(worst) if worst is not None else cell(""),
            cell(value.value),
        )


_MORE: Final = "\0more "
