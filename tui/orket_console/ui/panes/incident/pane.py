"""The Incident tab: what is done about a failure, step by step, with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from orket_console.base.refs import IncidentRef, Ref
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.incidents.ledger.model import Incident, PassStep, StepState
from orket_console.incidents.overview import Overview
from orket_console.ui.context import UiContext
from orket_console.ui.incident_watch import IncidentWatch
from orket_console.ui.literal import literal
from orket_console.ui.panes.health import findings
from orket_console.ui.panes.incident import showing
from orket_console.ui.panes.incident.book import Book, read_book
from orket_console.ui.panes.incident.doing import Doing
from orket_console.ui.panes.incident.escalating import Escalating
from orket_console.ui.panes.incident.exporting import Exporting
from orket_console.ui.panes.incident.keys import BINDINGS
from orket_console.ui.panes.incident.obstacles import obstacle
from orket_console.ui.panes.incident.step_list import StepList
from orket_console.ui.panes.incident.telling import Telling, TimelineList
from orket_console.ui.panes.incident.writing import Writing
from orket_console.ui.panes.offer import Offer
from orket_console.ui.panes.pane import Pane
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing

if TYPE_CHECKING:
    from orket_console.ui.app import ConsoleApp

_EVERY: Final = 3.0
"""Seconds after which the ledger is read again: another console may have written to it."""
_AT_STEPS: Final = frozenset(
    {"begin", "gates", "verify", "end_pass", "by_hand", "close", "timeline"}
)
_AT_TIMELINE: Final = frozenset({"older", "all_or_bad", "filter", "steps"})
"""Keys that are there only while the steps, or the timeline, have the tab."""


class IncidentPane(Pane):
    """Arranges. What it shows is the incidents room's.

    `book` is what was read of the ledger last. Where no incident is in view the list offers
    the findings that one can be opened from, and the earlier incidents.
    """

    TITLE = "Incident"
    BINDINGS = BINDINGS
    DEFAULT_CSS = """
    IncidentPane #incident-head { height: auto; max-height: 4; padding: 0 1;
        border-bottom: solid $panel; }
    IncidentPane #incident-banner { height: auto; max-height: 8; padding: 0 1;
        border-top: solid $panel; }
    IncidentPane.-home StepList, IncidentPane.-home #incident-timeline,
    IncidentPane.-home #incident-banner { display: none; }
    IncidentPane.-one #incident-home, IncidentPane.-one Detail { display: none; }
    IncidentPane.-timeline.-one .list { display: none; }
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.book = Book()
        self._wanted: int | None = None
        self._home = False
        self._in_view = False
        self._next_step = ""
        self._tells = False
        """Whether what happened is to be read, too, once the ledger was."""
        self._found: dict[str, Finding] = {}
        self.doing = Doing(self)
        self.writing = Writing(self)
        self.escalating = Escalating(self)
        self.telling = Telling(self)
        self.exporting = Exporting(self)

    def compose(self) -> ComposeResult:
        yield Static(Text(""), id="incident-head", markup=False)
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield Listing(showing.HOME_COLUMNS, id="incident-home")
                yield StepList(partial(obstacle, self))
                yield Static(Text(""), id="incident-banner", markup=False)
            with Container(classes="detail"):
                yield Detail()
                yield FilterBar("words: gate, probe, failing, 8082 …", id="incident-filter")
                yield TimelineList(showing.timeline_columns("happened"), id="incident-timeline")

    def on_mount(self) -> None:
        self._show()
        self.set_interval(_EVERY, self._look_in_view)

    # -- what the app asks

    @property
    def watcher(self) -> IncidentWatch:
        return cast("ConsoleApp", self.app).incidents

    def shown(self) -> None:
        self._in_view = True
        self._focus()
        self.look_now()

    def hidden(self) -> None:
        self._in_view = False

    def look_now(self) -> None:
        """A look came in, or something was written."""
        self.doing.looked()
        self._tells = self._tells or self._in_view
        self.load("book", self._read, self._take)

    def place(self) -> Ref | None:
        return IncidentRef(self.shown_one.incident.id) if self.shown_one else None

    def open_ref(self, ref: Ref) -> bool:
        if not isinstance(ref, IncidentRef):
            return False
        self._wanted, self._home = ref.number, False
        self.load("book", self._read, partial(self._take_wanted, ref))
        return True

    def offers(self) -> Sequence[Offer]:
        return [
            Offer(f"{one.name}: {one.title}", "show it", partial(self._go_to, one.id))
            for one in self.book.incidents
        ]

    # -- what the controllers ask

    @property
    def shown_one(self) -> Overview | None:
        """The incident in view; None where the list of all is."""
        return None if self._home else self.book.overview

    @property
    def steps(self) -> StepList:
        return self.query_one(StepList)

    @property
    def home(self) -> Listing:
        return self.query_one("#incident-home", Listing)

    @property
    def step(self) -> PassStep | None:
        found = self.shown_one.steps if self.shown_one else ()
        return next((one for one in found if str(one.id) == self.steps.selected), None)

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor, in the list of what could be opened."""
        if self.shown_one is not None:
            return None
        return self._found.get((self.home.selected or "").removeprefix(showing.FINDING))

    # -- reading and showing

    def _look_in_view(self) -> None:
        if self._in_view:
            self.load("book", self._read, self._take)

    def _read(self) -> Book:
        return read_book(self.watcher.follower(), self._wanted)

    def _take(self, book: Book) -> None:
        before = self.shown_one
        if book.problem and self.book.overview is not None:
            # What was seen of it stays in view.
            book = Book(self.book.incidents, self.book.overview, book.problem, book.read_only)
        self.book = book
        self._show()
        if self.shown_one is not None and (self._tells or before != self.shown_one):
            self._tells = False
            self.telling.look()

    def _take_wanted(self, ref: IncidentRef, book: Book) -> None:
        self._take(book)
        if book.overview is None and not book.problem:
            self._wanted = None
            self.tell(f"there is no incident {ref}")
        self._focus()

    def _show(self) -> None:
        one = self.shown_one
        self.set_class(one is None, "-home")
        self.set_class(one is not None, "-one")
        if one is None:
            self._show_home()
        else:
            self._show_one(one)
        self.refresh_bindings()

    def _show_home(self) -> None:
        book, looked = self.book, self.watcher.looked
        self._found = findings.keyed(looked.diagnosis) if looked else {}
        still_open = sum(one.closed is None for one in book.incidents)
        head = showing.home_head(book.read_only, book.problem, still_open)
        self.query_one("#incident-head", Static).update(head)
        rows = showing.home_rows(looked.diagnosis if looked else None, book.incidents, self.context)
        self.home.show(rows, literal("nothing is found to be wrong, and there was no incident"))
        self._show_chosen(keep_place=True)

    def _show_chosen(self, *, keep_place: bool) -> None:
        detail = self.query_one(Detail)
        one = self._incident_at_cursor()
        if self.finding is not None:
            detail.show(findings.describe(self.finding), keep_place=keep_place)
        elif one is not None:
            detail.show(showing.describe_incident(one, self.context), keep_place=keep_place)
        else:
            detail.show(Text("" if self.watcher.looked else "looking …"), keep_place=keep_place)

    def _incident_at_cursor(self) -> Incident | None:
        key = (self.home.selected or "").removeprefix(showing.INCIDENT)
        return next((one for one in self.book.incidents if str(one.id) == key), None)

    def _show_one(self, one: Overview) -> None:
        self.query_one("#incident-head", Static).update(showing.head(one, self.context))
        self.steps.show(showing.step_rows(one), literal("no steps yet: b begins the pass"))
        self._stay_at_the_work(one)
        self._show_banner(one)

    def _show_banner(self, one: Overview) -> None:
        stands = self.doing.stands
        lacking = stands.lacking if stands else None
        banner = showing.banner(one, lacking, self.context, judged=not self.book.read_only)
        if stands is not None and self.step is not None:
            banner = self.doing.way_in_words(self.step).append("\n").append_text(banner)
        for said in (self.book.problem, self.book.read_only):
            if said:
                banner.append_text(literal(f"\n▲ {said}", "yellow"))
        banner.append_text(self.exporting.made(one.incident))
        banner.overflow, banner.end = "fold", "\n"
        self.query_one("#incident-banner", Static).update(banner)

    def _stay_at_the_work(self, one: Overview) -> None:
        """When the next step closes by itself the cursor goes on, unless it is elsewhere."""
        known = {str(step.id) for step in one.steps}
        left = (str(step.id) for step in one.steps if step.state is StepState.OPEN)
        before, self._next_step = self._next_step, next(left, "")
        if self._next_step and (self.steps.selected == before or before not in known):
            self.steps.select(self._next_step)

    def _focus(self) -> None:
        if not self._in_view:
            return
        if self.shown_one is None:
            self.home.focus()
        else:
            (self.telling.listing if self.has_class("-timeline") else self.steps).focus()

    # -- what the lists say

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing is self.home:
            self._show_chosen(keep_place=False)
        elif message.listing is self.steps and self.shown_one is not None:
            self._show_banner(self.shown_one)
        self.refresh_bindings()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing is self.home:
            one = self._incident_at_cursor()
            self._go_to(one.id) if one is not None else self.action_open_finding()
        elif message.listing is self.telling.listing:
            self.telling.open()
        elif self.step is not None:
            self.doing.do(self.step)

    def on_step_list_skipped(self, message: StepList.Skipped) -> None:
        message.stop()
        if self.step is not None:
            self.doing.skip(self.step)

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.refresh_bindings()

    def _go_to(self, number: int) -> None:
        self.open_ref(IncidentRef(number))

    # -- keys

    def action_open_finding(self) -> None:
        if self.finding is not None and not obstacle(self, "open_finding"):
            self.watcher.open_from(self.finding)

    def action_open_by_hand(self) -> None:
        self.writing.open_by_hand()

    def action_begin(self) -> None:
        if self.shown_one is not None:
            self.doing.begin(self.shown_one)

    def action_verify(self) -> None:
        self.doing.verify()

    def action_gates(self) -> None:
        self.doing.run_gates()

    def action_end_pass(self) -> None:
        self.doing.end()

    def action_by_hand(self) -> None:
        if self.step is not None:
            self.doing.by_hand(self.step)

    def action_note(self) -> None:
        if self.shown_one is not None:
            self.writing.note(self.shown_one.incident)

    def action_close(self) -> None:
        if self.shown_one is not None:
            self.writing.close(self.shown_one.incident)

    def action_escalation(self) -> None:
        if self.shown_one is not None:
            self.escalating.open(self.shown_one.incident)

    def action_export(self) -> None:
        if self.shown_one is not None:
            self.exporting.start(self.shown_one.incident)

    def action_timeline(self) -> None:
        """To what happened, which has the whole tab then; and back to the steps."""
        self.toggle_class("-timeline")
        self._focus()
        self.refresh_bindings()

    def action_steps(self) -> None:
        self.action_timeline()

    def action_filter(self) -> None:
        self.add_class("-timeline")
        self.telling.bar.open()

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        self.telling.apply()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self._focus()

    def action_older(self) -> None:
        self.telling.older()

    def action_all_or_bad(self) -> None:
        self.telling.all_or_bad()

    def action_to_time(self) -> None:
        self.telling.to_time()

    def action_list(self) -> None:
        """To the list of all, and back."""
        self._home = not self._home
        self._show()
        self._focus()

    def action_out(self) -> None:
        if self.has_class("-timeline"):
            self.action_timeline()
        elif self._home:
            self.action_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action in ("open_finding", "open_by_hand") and self.shown_one is not None:
            return False
        at_timeline = self.has_class("-timeline") and self.shown_one is not None
        if action in (_AT_TIMELINE if not at_timeline else _AT_STEPS):
            return False
        return None if obstacle(self, action) else True

    def why_off(self, action: str) -> str:
        return obstacle(self, action)
