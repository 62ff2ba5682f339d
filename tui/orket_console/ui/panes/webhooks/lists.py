"""The three lists: what is wanted of each, how they are read, and what is in view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from rich.text import Text

from orket_console.base.errors import ConsoleError
from orket_console.ui.literal import cell, literal
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.webhook_views import (
    PAGE,
    Found,
    Item,
    View,
    detail_of,
    row_of,
)
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.filters import parse_filter
from orket_console.webhooks.reviews import ANY, cycles, failures

if TYPE_CHECKING:
    from orket_console.ui.panes.webhooks.pane import WebhooksPane

_MOST: Final = 2000
"""Rows of one list; narrowing it is the better way to older ones."""


class Lists:
    def __init__(self, pane: WebhooksPane) -> None:
        self._pane = pane
        self._wanted = ANY
        self.all = {
            name: View(name, key)
            for name, key in (("deliveries", "d"), ("cycles", "c"), ("failures", "x"))
        }
        self.chosen = self.all["deliveries"]

    def listing(self, view: View) -> Listing:
        return self._pane.query_one(f"#{view.listing}", Listing)

    @property
    def in_view(self) -> Listing:
        return self.listing(self.chosen)

    @property
    def item(self) -> Item | None:
        """The selected row of the list in view."""
        key = self.in_view.selected
        return self.chosen.items.get(key) if key else None

    @property
    def bar(self) -> FilterBar:
        return self._pane.query_one("#webhook-filter", FilterBar)

    # -- reading -----------------------------------------------------------------------

    def begin(self) -> None:
        for view in self.all.values():
            self.listing(view).show([], Text("reading …"))
        self.read_all()

    def read_all(self) -> None:
        for view in self.all.values():
            self.read(view)

    def read_chosen(self) -> None:
        self.read(self.chosen)

    def tick(self) -> None:
        # A reading that takes longer than a tick is waited for.
        if not self.chosen.is_being_read:
            self.read_chosen()

    def read(self, view: View) -> None:
        target, clock, wanted = self._pane.context.target, self._pane.context.clock, self._wanted
        limit, pages = view.limit, view.pages
        readers: dict[str, Callable[[], Found]] = {
            "deliveries": lambda: search(target, clock, wanted=wanted, limit=limit, pages=pages),
            "cycles": lambda: cycles(target, wanted=wanted, limit=limit),
            "failures": lambda: failures(target, wanted=wanted, limit=limit),
        }
        view.is_being_read = True
        self._pane.load(view.name, readers[view.name], partial(self._show, view))

    def read_older(self) -> None:
        self.chosen.limit = min(self.chosen.limit + PAGE, _MOST)
        self.chosen.pages += 1
        self.read_chosen()

    # -- the filter --------------------------------------------------------------------

    def apply(self, expression: str) -> None:
        """Narrow all three. Raises `ConsoleError` for an expression that says nothing."""
        self._wanted = parse_filter(expression)
        for view in self.all.values():
            view.limit, view.pages = PAGE, 1
        self.read_all()

    def drop_filter(self) -> None:
        self._wanted = ANY
        self.bar.keep("")

    def filter_applied(self, message: FilterBar.Applied) -> None:
        try:
            self.apply(message.expression)
        except ConsoleError as error:
            # What was typed stays, to be mended.
            self._pane.tell(str(error))
            message.bar.open()
            return
        self.in_view.focus()
        self._pane.lay_out()

    # -- showing -----------------------------------------------------------------------

    def _show(self, view: View, found: Found) -> None:
        view.take(found)
        rows = [row_of(item, self._pane.context) for item in view.items.values()]
        self.listing(view).show(rows, cell(found.empty))
        self._pane.lay_out()
        self._pane.leading.arrive(view)
        if view is self.chosen:
            self.show_detail(keep_place=True)

    @property
    def problems(self) -> Text:
        """What could not be read, a line each."""
        told = self.chosen.found.problems if self.chosen.found else ()
        return Text("\n").join([literal(f"▲ {problem}", "yellow") for problem in told])

    def show_detail(self, *, keep_place: bool) -> None:
        item, found = self.item, self.chosen.found
        text = detail_of(item, self._pane.context) if item is not None else Text(end="")
        for note in found.notes if found else ():
            text.append("\n").append_text(literal(f"  {note}", "dim"))
        self._pane.query_one("#webhook-detail", Detail).show(text, keep_place=keep_place)
        self._pane.refresh_bindings()
