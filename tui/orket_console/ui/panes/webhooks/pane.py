"""The Webhooks tab: deliveries, review cycles, review failures, and questions to the databases."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widgets import Static

from orket_console.base.refs import ActionRef, PullRef, Ref
from orket_console.ui.context import UiContext
from orket_console.ui.messages import Jump
from orket_console.ui.panes.pane import Pane
from orket_console.ui.panes.webhooks.asking import Asking
from orket_console.ui.panes.webhooks.keys import BINDINGS
from orket_console.ui.panes.webhooks.leading import (
    Leading,
    newest_line,
    place_of,
    refs_of,
    run_of,
)
from orket_console.ui.panes.webhooks.lists import Lists
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.queries_view import QueriesView
from orket_console.ui.widgets.webhook_views import COLUMNS, ViewLine
from orket_console.webhooks.model import Cycle

_EVERY: Final = 5.0
"""Seconds between two readings while the tab is in view."""
_OF_LISTS: Final = frozenset(
    {"log_line", "filter", "run", "more", "read_again", "cycle", "to_list"}
)
"""Actions on the three lists, which the queries have keys of their own for, or none."""


class WebhooksPane(Pane):
    TITLE = "Webhooks"
    DEFAULT_CSS = """
    WebhooksPane #webhook-problems { height: auto; max-height: 3; padding: 0 1; }
    WebhooksPane #webhook-lists { height: 1fr; }
    WebhooksPane.-asking #webhook-lists { display: none; }
    WebhooksPane QueriesView { display: none; }
    WebhooksPane.-asking QueriesView { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.lists = Lists(self)
        self.leading = Leading(self)
        self.asking = Asking(self)

    def compose(self) -> ComposeResult:
        yield ViewLine(list(self.lists.all.values()))
        with Vertical(id="webhook-lists"):
            yield FilterBar("words, outcome:refused, pr:acme/shop#7", id="webhook-filter")
            yield Static(Text(""), markup=False, id="webhook-problems")
            with Container(classes="list-detail"):
                with Container(classes="list"):
                    for view in self.lists.all.values():
                        yield Listing(COLUMNS[view.name], id=view.listing)
                with Container(classes="detail"):
                    yield Detail(id="webhook-detail")
        yield QueriesView(self.context)

    def on_mount(self) -> None:
        self._clock_tick = self.set_interval(_EVERY, self._tick, pause=True)
        self.lists.begin()
        self.asking.begin()
        self.lay_out()

    def shown(self) -> None:
        if self.is_asking:
            self.queries.take_focus()
        else:
            self.lists.in_view.focus()
            self.lists.read_chosen()
        self._clock_tick.resume()

    def hidden(self) -> None:
        self._clock_tick.pause()

    def on_unmount(self) -> None:
        self.asking.stop()

    def place(self) -> Ref | None:
        return place_of(self.lists.item)

    def open_ref(self, ref: Ref) -> bool:
        return self.leading.open(ref)

    def to_moment(self, at: datetime) -> None:
        self.leading.to_moment(at)

    def _tick(self) -> None:
        if not self.is_asking:
            self.lists.tick()

    # -- what is in view -----------------------------------------------------------------

    @property
    def is_asking(self) -> bool:
        """Whether the queries are in view."""
        return self.has_class("-asking")

    @property
    def queries(self) -> QueriesView:
        return self.query_one(QueriesView)

    def lay_out(self) -> None:
        """Show the chosen list, its problems and the line above."""
        lists = self.lists
        for view in lists.all.values():
            lists.listing(view).display = view is lists.chosen
        chosen = "queries" if self.is_asking else lists.chosen.name
        self.query_one(ViewLine).show(chosen, self.asking.count, lists.bar.expression)
        line = self.query_one("#webhook-problems", Static)
        line.display = bool(lists.problems)
        line.update(lists.problems)
        self.refresh_bindings()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        if message.listing is self.lists.in_view:
            self.lists.show_detail(keep_place=False)

    def on_listing_chosen(self, _message: Listing.Chosen) -> None:
        self.query_one("#webhook-detail", Detail).focus()

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        self.lists.filter_applied(message)

    def on_filter_bar_cancelled(self, _message: FilterBar.Cancelled) -> None:
        self.lists.in_view.focus()

    # -- queries -------------------------------------------------------------------------

    def on_queries_view_asked(self, message: QueriesView.Asked) -> None:
        self.asking.query(message.name)

    def on_queries_view_typed(self, message: QueriesView.Typed) -> None:
        self.asking.statement(message.statement, message.base)

    def on_queries_view_again(self, _message: QueriesView.Again) -> None:
        self.asking.again()

    def on_queries_view_stopped(self, _message: QueriesView.Stopped) -> None:
        self.asking.stop()

    def on_queries_view_exported(self, message: QueriesView.Exported) -> None:
        self.asking.export(message.form)

    # -- keys ----------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        self.set_class(name == "queries", "-asking")
        if self.is_asking:
            self.lay_out()
            self.queries.take_focus()
            return
        self.lists.chosen = self.lists.all[name]
        self.lay_out()
        self.lists.in_view.focus()
        self.lists.show_detail(keep_place=False)
        self.lists.read_chosen()

    def action_to_list(self) -> None:
        self.lists.in_view.focus()

    def action_read_again(self) -> None:
        self.lists.read_all()

    def action_more(self) -> None:
        self.lists.read_older()

    def action_log_line(self) -> None:
        if (ref := newest_line(refs_of(self.lists.item))) is not None:
            self.post_message(Jump(ref))

    def action_run(self) -> None:
        if (ref := run_of(refs_of(self.lists.item))) is not None:
            self.post_message(Jump(ref))

    def action_send(self) -> None:
        """To the test delivery, where its parameters are set and it is run."""
        self.post_message(Jump(ActionRef("test-delivery")))

    def action_cycle(self) -> None:
        item = self.lists.item
        if item is not None and item.pr_key:
            self.post_message(Jump(PullRef(item.pr_key)))

    def action_filter(self) -> None:
        self.lists.bar.open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if self.is_asking and action in _OF_LISTS:
            return False
        if action == "log_line":
            return True if newest_line(refs_of(self.lists.item)) else None
        if action == "run":
            return True if run_of(refs_of(self.lists.item)) else None
        if action == "cycle":
            item = self.lists.item
            leads_on = item is not None and item.pr_key and not isinstance(item, Cycle)
            return True if leads_on else None
        if action == "more":
            found = self.lists.chosen.found
            return True if found is not None and found.older is not None else None
        return True

    def why_off(self, action: str) -> str:
        return self.queries.why_off(action) or {
            "log_line": "no log line is known for this row",
            "run": "no run was started by it",
            "cycle": "it names no pull request, or is the cycle itself",
            "more": "there are no older ones",
        }.get(action, super().why_off(action))
