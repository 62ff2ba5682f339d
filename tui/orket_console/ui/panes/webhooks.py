"""The Webhooks tab: deliveries, review cycles and review failures, and what each row says."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import (
    ActionRef,
    DeliveryRef,
    LogRef,
    PullRef,
    Ref,
    SessionRef,
    TableRef,
)
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, literal
from orket_console.ui.messages import Jump
from orket_console.ui.panes.pane import Pane
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.webhook_views import (
    CYCLE_COLUMNS,
    DELIVERY_COLUMNS,
    FAILURE_COLUMNS,
    PAGE,
    Found,
    Item,
    View,
    ViewLine,
    detail_of,
    row_of,
)
from orket_console.webhooks.deliveries import search
from orket_console.webhooks.filters import parse_filter
from orket_console.webhooks.model import EVENTS_TABLE, Cycle, Delivery, ReviewFailure
from orket_console.webhooks.reviews import ANY, CYCLES, FAILURES, cycles, failures

_EVERY: Final = 5.0
"""Seconds between two readings while the tab is in view."""
_MOST: Final = 2000
"""Rows of one list; narrowing it is the better way to older ones."""
_COLUMNS: Final = {
    "deliveries": DELIVERY_COLUMNS,
    "cycles": CYCLE_COLUMNS,
    "failures": FAILURE_COLUMNS,
}
Fits = Callable[[Item], bool]


class WebhooksPane(Pane):
    TITLE = "Webhooks"
    DEFAULT_CSS = """
    WebhooksPane #webhook-problems { height: auto; max-height: 3; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "log_line", "log line", id="webhooks.log-line"),
        Binding("slash", "filter", "filter", key_display="/", id="webhooks.filter"),
        Binding("d", "view('deliveries')", "deliveries", id="webhooks.deliveries"),
        Binding("c", "view('cycles')", "cycles", id="webhooks.cycles"),
        Binding("x", "view('failures')", "failures", id="webhooks.failures"),
        Binding("p", "cycle", "its cycle", id="webhooks.cycle"),
        Binding("g", "run", "its run", id="webhooks.run"),
        Binding("s", "send", "send test", id="webhooks.send"),
        Binding("m", "more", "older", id="webhooks.more"),
        Binding("r", "read_again", "read again", id="webhooks.read-again"),
        Binding("escape", "to_list", "list", show=False, id="webhooks.to-list"),
    ]

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._lists = {
            name: View(name, key)
            for name, key in (("deliveries", "d"), ("cycles", "c"), ("failures", "x"))
        }
        self._chosen = self._lists["deliveries"]
        self._wanted = ANY
        self._led: Fits | None = None

    def compose(self) -> ComposeResult:
        yield ViewLine(list(self._lists.values()))
        yield FilterBar("words, outcome:refused, pr:acme/shop#7", id="webhook-filter")
        yield Static(Text(""), markup=False, id="webhook-problems")
        with Container(classes="list-detail"):
            with Container(classes="list"):
                for view in self._lists.values():
                    yield Listing(_COLUMNS[view.name], id=view.listing)
            with Container(classes="detail"):
                yield Detail()

    def on_mount(self) -> None:
        for view in self._lists.values():
            self._listing(view).show([], Text("reading …"))
        self._arrange()
        self._clock_tick = self.set_interval(_EVERY, self._tick, pause=True)
        self._read_all()

    def shown(self) -> None:
        self._listing(self._chosen).focus()
        self._read_chosen()
        self._clock_tick.resume()

    def hidden(self) -> None:
        self._clock_tick.pause()

    def place(self) -> Ref | None:
        match self._item():
            case Cycle(pr_key=key):
                return PullRef(key)
            case ReviewFailure(ref=ref):
                return ref
            case Delivery(refs=refs):
                return refs[0]
        return None

    # -- being led here ----------------------------------------------------------------

    def open_ref(self, ref: Ref) -> bool:
        match ref:
            case PullRef(key):
                self._lead("cycles", lambda item: isinstance(item, Cycle) and item.pr_key == key)
                return True
            case TableRef(database, table, rows) if (
                database == self.context.target.webhook_db.path.name
            ):
                name = {
                    EVENTS_TABLE: "deliveries",
                    CYCLES.name: "cycles",
                    FAILURES.name: "failures",
                }.get(table)
                if name is not None:
                    self._lead(name, lambda item: not rows or _row(item) in rows)
                    return True
            case DeliveryRef(line):
                self._lead("deliveries", lambda item: _holds(item, line))
                return True
            case LogRef():
                # The way back to a delivery: other log lines are the Log tab's.
                self._lead(
                    "deliveries", lambda item: isinstance(item, Delivery) and ref in item.refs
                )
                return True
        return False

    def _lead(self, name: str, fits: Fits) -> None:
        if not any(fits(item) for item in self._lists[name].items.values()):
            self._wanted = ANY
            self.query_one(FilterBar).keep("")
        self._led = fits
        self.action_view(name)

    def _arrive(self, view: View) -> None:
        """Select the row that someone was led to, now that the list has been read."""
        if self._led is None or view is not self._chosen:
            return
        fits, self._led = self._led, None
        key = next((key for key, item in view.items.items() if fits(item)), None)
        if key is None:
            self.tell(f"it is not among the {view.count} {view.name} here")
        else:
            self._listing(view).select(key)

    # -- reading -----------------------------------------------------------------------

    def _read_all(self) -> None:
        for view in self._lists.values():
            self._read(view)

    def _read_chosen(self) -> None:
        self._read(self._chosen)

    def _tick(self) -> None:
        # A reading that takes longer than a tick is waited for.
        if not self._chosen.is_being_read:
            self._read_chosen()

    def _read(self, view: View) -> None:
        target, clock, wanted = self.context.target, self.context.clock, self._wanted
        limit, pages = view.limit, view.pages
        readers: dict[str, Callable[[], Found]] = {
            "deliveries": lambda: search(target, clock, wanted=wanted, limit=limit, pages=pages),
            "cycles": lambda: cycles(target, wanted=wanted, limit=limit),
            "failures": lambda: failures(target, wanted=wanted, limit=limit),
        }
        view.is_being_read = True
        self.load(view.name, readers[view.name], lambda found: self._show(view, found))

    def _show(self, view: View, found: Found) -> None:
        view.take(found)
        rows = [row_of(item, self.context) for item in found.rows]
        self._listing(view).show(rows, cell(found.empty))
        self._arrange()
        self._arrive(view)
        if view is self._chosen:
            self._show_detail(keep_place=True)

    def _arrange(self) -> None:
        """Show the chosen list, its problems and the line above."""
        for view in self._lists.values():
            self._listing(view).display = view is self._chosen
        self.query_one(ViewLine).show(self._chosen, self.query_one(FilterBar).expression)
        problems = self._chosen.found.problems if self._chosen.found else ()
        line = self.query_one("#webhook-problems", Static)
        line.display = bool(problems)
        line.update(Text("\n").join([literal(f"▲ {p}", "yellow") for p in problems]))
        self.refresh_bindings()

    def _show_detail(self, *, keep_place: bool) -> None:
        item, found = self._item(), self._chosen.found
        text = detail_of(item, self.context) if item is not None else Text(end="")
        for note in found.notes if found else ():
            text.append("\n").append_text(literal(f"  {note}", "dim"))
        self.query_one(Detail).show(text, keep_place=keep_place)
        self.refresh_bindings()

    # -- what is selected ----------------------------------------------------------------

    def _listing(self, view: View) -> Listing:
        return self.query_one(f"#{view.listing}", Listing)

    def _item(self) -> Item | None:
        key = self._listing(self._chosen).selected
        return self._chosen.items.get(key) if key else None

    def _refs(self) -> tuple[Ref, ...]:
        match self._item():
            case Delivery(refs=refs) | Cycle(refs=refs):
                return refs
        return ()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        if message.listing is self._listing(self._chosen):
            self._show_detail(keep_place=False)

    def on_listing_chosen(self, _message: Listing.Chosen) -> None:
        self.query_one(Detail).focus()

    # -- keys --------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        self._chosen = self._lists[name]
        self._arrange()
        self._listing(self._chosen).focus()
        self._show_detail(keep_place=False)
        self._read_chosen()

    def action_to_list(self) -> None:
        self._listing(self._chosen).focus()

    def action_read_again(self) -> None:
        self._read_all()

    def action_more(self) -> None:
        self._chosen.limit = min(self._chosen.limit + PAGE, _MOST)
        self._chosen.pages += 1
        self._read_chosen()

    def action_log_line(self) -> None:
        if (ref := _newest(self._refs())) is not None:
            self.post_message(Jump(ref))

    def action_run(self) -> None:
        for ref in self._refs():
            if isinstance(ref, SessionRef):
                self.post_message(Jump(ref))

    def action_send(self) -> None:
        """To the test delivery, where its parameters are set and it is run."""
        self.post_message(Jump(ActionRef("test-delivery")))

    def action_cycle(self) -> None:
        item = self._item()
        if item is not None and item.pr_key:
            self.post_message(Jump(PullRef(item.pr_key)))

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        try:
            self._wanted = parse_filter(message.expression)
        except ConsoleError as error:
            # What was typed stays, to be mended.
            self.tell(str(error))
            message.bar.open()
            return
        for view in self._lists.values():
            view.limit, view.pages = PAGE, 1
        self._listing(self._chosen).focus()
        self._arrange()
        self._read_all()

    def on_filter_bar_cancelled(self, _message: FilterBar.Cancelled) -> None:
        self._listing(self._chosen).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action == "log_line":
            return True if _newest(self._refs()) else None
        if action == "run":
            return True if any(isinstance(ref, SessionRef) for ref in self._refs()) else None
        if action == "cycle":
            item = self._item()
            leads_on = item is not None and item.pr_key and not isinstance(item, Cycle)
            return True if leads_on else None
        if action == "more":
            found = self._chosen.found
            return True if found is not None and found.older is not None else None
        return True

    def why_off(self, action: str) -> str:
        return {
            "log_line": "no log line is known for this row",
            "run": "no run was started by it",
            "cycle": "it names no pull request, or is the cycle itself",
            "more": "there are no older ones",
        }.get(action, super().why_off(action))


def _begins_at(item: Item, ref: LogRef) -> bool:
    return isinstance(item, Delivery) and item.refs[0] == ref


def _holds(item: Item, line: LogRef) -> bool:
    """Whether a log line is one of those that tell of a delivery, its number known or not."""
    return isinstance(item, Delivery) and any(
        isinstance(ref, LogRef) and (ref.path, ref.offset) == (line.path, line.offset)
        for ref in item.refs
    )


def _row(item: Item) -> int | None:
    return item.table_row if isinstance(item, Delivery) else item.row


def _newest(refs: tuple[Ref, ...]) -> LogRef | None:
    """The last log line about a row: where its outcome stands."""
    return next((ref for ref in reversed(refs) if isinstance(ref, LogRef)), None)
