"""The Log tab: all logs merged and followed, filtered and searched, and one record in full."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from orket_console.base.refs import LogFilterRef, LogRef, Ref
from orket_console.logs.leads import leads_anywhere
from orket_console.logs.records import Record
from orket_console.ui.context import UiContext
from orket_console.ui.panes.log.appearance import Appearance
from orket_console.ui.panes.log.filtering import Filtering
from orket_console.ui.panes.log.finding import Finding
from orket_console.ui.panes.log.going import Going
from orket_console.ui.panes.log.keys import BINDINGS
from orket_console.ui.panes.log.looking import Looking
from orket_console.ui.panes.log.marking import Marking
from orket_console.ui.panes.log.numbering import Numbering
from orket_console.ui.panes.log.reading import Found, Reading
from orket_console.ui.panes.log.reporting import Reporting
from orket_console.ui.panes.log.surveying import Surveyed, Surveying
from orket_console.ui.panes.pane import Pane
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.histogram import Histogram
from orket_console.ui.widgets.log_filter import LogFilter
from orket_console.ui.widgets.log_line import LogLine
from orket_console.ui.widgets.log_view import LogView
from orket_console.ui.widgets.record_view import RecordView

_ON_A_RECORD: Final = frozenset({"only", "except", "copy", "copy_raw", "compare", "mark"})
"""Actions that are off while the cursor is on no record."""
_LEADING: Final = frozenset({"there", "theres"})
"""Actions that are off where the record names no place to go to."""


class LogPane(Pane):
    """Arranges. What it shows is read by the logs room, in that room's thread."""

    TITLE = "Log"
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._redactor = context.target.redactor()
        self.reading = Reading(self)
        self.going = Going(self)
        self.numbering = Numbering(self)
        self.filtering = Filtering(self)
        self.finding = Finding(self)
        self.looking = Looking(self)
        self.appearance = Appearance(self)
        self.marking = Marking(self)
        self.surveying = Surveying(self)
        self.reporting = Reporting(self)

    def compose(self) -> ComposeResult:
        # First of all: lines are read by the time that there is a place for them.
        self.reading.live.start()
        yield LogLine()
        yield LogFilter(self.context, self.filtering.records, self.filtering.surroundings)
        yield FilterBar("text to find", "log-find")
        yield Histogram(self.context)
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield LogView(self.context, self.redact)
            with Container(classes="detail"):
                yield RecordView(self.redact)

    def on_mount(self) -> None:
        self.appearance.start()
        self.marking.start()

    def on_unmount(self) -> None:
        self.going.give_up()
        self.reading.live.stop()
        self.surveying.stop()

    # -- what the app asks

    def shown(self) -> None:
        self.view.focus()
        self.surveying.look()

    def hidden(self) -> None:
        self.surveying.rest()

    def place(self) -> Ref | None:
        record = self.record
        if record is not None and not self.view.following:
            return record.ref
        return LogFilterRef(self.filtering.expression)

    def open_ref(self, ref: Ref) -> bool:
        if isinstance(ref, LogFilterRef):
            self.view.following = True
            self.filtering.apply(ref.expression)
        elif isinstance(ref, LogRef):
            self.reading.go_to_line(ref)
        else:
            return False
        return True

    def to_moment(self, at: datetime) -> None:
        self.going.to_moment(at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _ON_A_RECORD:
            return True if self.record is not None else None
        if action in _LEADING:
            return True if self.record is not None and leads_anywhere(self.record) else None
        if action == "clear":
            return bool(self.filtering.expression)
        if action == "found":
            return bool(self.finding.needle)
        return True

    def why_off(self, action: str) -> str:
        if action in _LEADING and self.record is not None:
            return "this record names no turn, session, issue or pull request"
        return "no record is selected"

    # -- what the controllers ask

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def record(self) -> Record | None:
        """The record that has the cursor; None on a marker, and where there is no line."""
        if not self.is_mounted:
            return None
        current = self.view.window.current
        return current if isinstance(current, Record) else None

    def redact(self, text: str) -> str:
        return self._redactor.redact(text)

    def read_secrets(self) -> None:
        """Know secrets that were changed meanwhile."""
        self._redactor = self.context.target.redactor()

    # -- what the widgets say, and the reader

    def on_found(self, message: Found) -> None:
        message.stop()
        self.reading.collect_soon()

    def on_surveyed(self, message: Surveyed) -> None:
        message.stop()
        self.surveying.show()

    def on_histogram_chosen(self, message: Histogram.Chosen) -> None:
        message.stop()
        self.surveying.go_to(message.at)

    def on_histogram_resized(self, message: Histogram.Resized) -> None:
        message.stop()
        self.surveying.look()

    def on_histogram_left(self, message: Histogram.Left) -> None:
        message.stop()
        self.view.focus()

    def on_log_view_edge(self, message: LogView.Edge) -> None:
        message.stop()
        self.reading.page(older=message.older)

    def on_log_view_paused(self, message: LogView.Paused) -> None:
        message.stop()
        self.reading.held()

    def on_log_view_follow_wanted(self, message: LogView.FollowWanted) -> None:
        message.stop()
        self.reading.follow()

    def on_log_view_highlighted(self, message: LogView.Highlighted) -> None:
        message.stop()
        self.looking.show()
        self.finding.count()
        self.reading.say()

    def on_log_view_chosen(self, message: LogView.Chosen) -> None:
        message.stop()
        self.looking.open()

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        self.view.focus()
        if message.bar.id == "log-filter":
            self.filtering.apply(message.expression)
        else:
            self.finding.find(message.expression)

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self.filtering.bar.keep(self.filtering.expression)
        self.query_one("#log-find", FilterBar).keep(self.finding.needle)
        self.view.focus()

    # -- keys: one short method each

    def action_pause(self) -> None:
        if self.view.following:
            self.view.pause()
        else:
            self.reading.follow()

    def action_filter(self) -> None:
        self.filtering.bar.open()

    def action_clear(self) -> None:
        self.filtering.apply("")

    def action_only(self) -> None:
        if self.record is not None:
            self.filtering.offer(self.record, leave_out=False)

    def action_except(self) -> None:
        if self.record is not None:
            self.filtering.offer(self.record, leave_out=True)

    def action_named(self) -> None:
        self.filtering.choose_named()

    def action_find(self) -> None:
        self.query_one("#log-find", FilterBar).open()

    def action_found(self, step: int) -> None:
        self.finding.found(step)

    def action_go_to(self) -> None:
        self.going.ask()

    def action_error(self, step: int) -> None:
        self.finding.error(step)

    def action_there(self) -> None:
        self.looking.lead()

    def action_theres(self) -> None:
        self.looking.choose_lead()

    def action_copy(self) -> None:
        self.looking.copy_pretty()

    def action_copy_raw(self) -> None:
        self.looking.copy_raw()

    def action_compare(self) -> None:
        self.looking.compare()

    def action_mark(self) -> None:
        self.marking.toggle()

    def action_marks(self) -> None:
        self.marking.choose()

    def action_sources(self) -> None:
        from orket_console.ui.screens.sources import SourcesScreen

        reading = self.reading
        self.app.push_screen(
            SourcesScreen(self.context, lambda: reading.shown.states, reading.switch)
        )

    def action_columns(self) -> None:
        self.appearance.choose_columns()

    def action_wrap(self) -> None:
        self.appearance.wrap()

    def action_clock(self) -> None:
        self.appearance.turn_clock()

    def action_patterns(self) -> None:
        self.surveying.patterns()

    def action_report(self) -> None:
        self.reporting.open()

    def action_facets(self) -> None:
        self.surveying.facets()

    def action_walk(self) -> None:
        self.surveying.walk()

    def action_out(self) -> None:
        """Give up a search, else leave the detail."""
        self.going.give_up()
        self.finding.give_up()
        self.looking.close()
