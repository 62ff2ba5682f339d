"""The Log tab: all logs merged and followed, filtered and searched, and one record in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from orket_console.base.clock import size
from orket_console.base.refs import LogFilterRef, LogRef, Ref
from orket_console.logs.detail import leads_to, pretty
from orket_console.logs.filter import Filter, FilterError, parse_filter
from orket_console.logs.live import Live
from orket_console.logs.mailbox import Mailbox, Update
from orket_console.logs.records import Record
from orket_console.logs.search import Sought, is_error, mentions
from orket_console.logs.seek import Place
from orket_console.logs.shown import Shown
from orket_console.ui.context import UiContext
from orket_console.ui.messages import Jump
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.only_this import OnlyThisScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.log_detail import log_detail
from orket_console.ui.widgets.log_line import LogLine, why_empty
from orket_console.ui.widgets.log_view import LogView

_EVERY: Final = 0.15
"""Seconds between two looks into the mailbox: a burst is drawn at this rate and no faster."""
_MOST_COPIED: Final = 100_000
"""Bytes that go to the clipboard: terminals drop longer OSC 52 sequences."""


@dataclass(frozen=True, slots=True)
class _Seek:
    """A search that goes on in pages not read yet; `keys` are those for down and up."""

    step: int
    sought: Sought
    what: str
    keys: tuple[str, str]


class LogPane(Pane):
    """Arranges; what it shows is read by the logs room, in that room's thread."""

    TITLE = "Log"
    DEFAULT_CSS = """
    LogPane.-detail .list { display: none; }
    .-wide LogPane.-detail .list { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "find", key_display="/", id="log.find"),
        Binding("f", "filter", "filter", id="log.filter"),
        Binding("e", "error(1)", "error", key_display="e/E", id="log.next-error"),
        Binding("E", "error(-1)", "previous error", show=False, id="log.previous-error"),
        Binding("equals_sign", "only", "only this", key_display="=", id="log.only"),
        Binding("t", "there", "turn", id="log.turn"),
        Binding("c", "clear", "clear", id="log.clear"),
        Binding("y", "copy", "copy", id="log.copy"),
        Binding("space", "pause", "pause", key_display="space", id="log.pause"),
        Binding("n", "found(1)", "next", key_display="n/N", id="log.next"),
        Binding("N", "found(-1)", "previous", show=False, id="log.previous"),
        Binding("escape", "out", "back", show=False, id="log.back"),
    ]

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._shown = Shown(parse_filter(""))
        self._mailbox = Mailbox(self._shown.filter)
        self._live = Live(self._mailbox, context.target.layout, context.clock)
        self._redactor = context.target.redactor()
        self._wanted_ref: LogRef | None = None
        self._needle = ""
        self._seek: _Seek | None = None

    def compose(self) -> ComposeResult:
        yield LogLine()
        yield FilterBar("event:turn_failed role:coder session:34a2 level>=warn words", "log-filter")
        yield FilterBar("text to find", "log-find")
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield LogView(self.context, self._redact)
            with Container(classes="detail"):
                yield Detail()

    def on_mount(self) -> None:
        self._live.start()
        self.set_interval(_EVERY, self._collect)

    def on_unmount(self) -> None:
        self._live.stop()

    # -- what the app asks

    def shown(self) -> None:
        self._view.focus()

    def place(self) -> Ref | None:
        record = self._record
        if record is not None and not self._view.following:
            return record.ref
        return LogFilterRef(self._shown.filter.expression)

    def open_ref(self, ref: Ref) -> bool:
        if isinstance(ref, LogFilterRef):
            self._view.following = True
            self._apply(ref.expression)
        elif isinstance(ref, LogRef):
            if not self._view.select_ref(ref):
                self._begin(parse_filter(""), Place(ref, None, behind=False))
                self._wanted_ref = ref
        else:
            return False
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("only", "copy"):
            return True if self._record is not None else None
        if action == "there":
            return True if self._record is not None and leads_to(self._record) else None
        if action == "clear":
            return bool(self._shown.filter.expression)
        if action == "found":
            return bool(self._needle)
        return True

    def why_off(self, action: str) -> str:
        if action == "there" and self._record is not None:
            return "this record names no turn, session or pull request"
        return "no record is selected"

    # -- what the reader found

    def _collect(self) -> None:
        """Empty the mailbox, a few times a second."""
        update = self._mailbox.take()
        if update.overrun:
            self._begin(self._shown.filter, None)
            return
        self._shown.count(update, held=not self._view.following)
        self._add(update)
        self._go_on()
        self._say()

    def _say(self) -> None:
        self.query_one(LogLine).show(self._shown, following=self._view.following)
        self._view.show_empty(why_empty(self._shown))

    def _add(self, update: Update) -> None:
        view = self._view
        before = view.window.current
        if update.older:
            view.add_older(update.older)
        if update.newer:
            view.add_newer(update.newer, page=True)
        held = not view.following
        if update.fresh and self._shown.room_for_fresh(view.window, held=held):
            view.add_newer(update.fresh, page=False)
        if view.window.current is not before:
            self._show_detail()

    def _go_on(self) -> None:
        """What waited for a page: a line to show, or a search."""
        reading = self._shown.progress.reading
        if self._wanted_ref is not None:
            if self._view.select_ref(self._wanted_ref):
                self._wanted_ref = None
            elif not reading:
                self.tell(f"{self._wanted_ref} is not in the log any more")
                self._wanted_ref = None
        if self._seek is not None and not reading:
            self._search(self._seek)

    def _begin(self, wanted: Filter, place: Place | None) -> None:
        """Show something else: a filter at the end, following, or held still at a place."""
        self._shown = Shown(wanted, place, states=self._shown.states)
        self._wanted_ref = self._seek = None
        self._redactor = self.context.target.redactor()
        self._mailbox.show(wanted, place)
        self._view.begin()
        self._view.following = place is None
        self.query_one("#log-filter", FilterBar).keep(wanted.expression)
        self.query_one(Detail).clear()
        self.refresh_bindings()

    def on_log_view_edge(self, message: LogView.Edge) -> None:
        message.stop()
        self._shown.page(self._view.window, self._mailbox, older=message.older)

    # -- following and holding still

    def action_pause(self) -> None:
        if self._view.following:
            self._view.pause()
        else:
            self._follow()

    def on_log_view_paused(self, message: LogView.Paused) -> None:
        message.stop()
        self._shown.seen()
        self._say()

    def on_log_view_follow_wanted(self, message: LogView.FollowWanted) -> None:
        message.stop()
        self._follow()

    def _follow(self) -> None:
        self._shown.seen()
        if self._shown.live and not self._view.window.cut_below:
            self._view.follow()
        else:
            self._begin(self._shown.filter, None)
        self._say()

    # -- filtering

    def action_filter(self) -> None:
        self.query_one("#log-filter", FilterBar).open()

    def action_clear(self) -> None:
        self._apply("")

    def action_only(self) -> None:
        if self._record is not None:
            self.app.push_screen(OnlyThisScreen(self._record), self._only)

    def _only(self, part: str | None) -> None:
        if part is None:
            return
        before = self._shown.filter.expression
        if " or " in before.lower():
            before = f"({before})"
        self._apply(f"{before} {part}".strip())

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        self._view.focus()
        if message.bar.id == "log-filter":
            self._apply(message.expression)
        else:
            self._find(message.expression)

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self.query_one("#log-filter", FilterBar).keep(self._shown.filter.expression)
        self.query_one("#log-find", FilterBar).keep(self._needle)
        self._view.focus()

    def _apply(self, expression: str) -> None:
        """Put a filter in force, held still at the record that is looked at, if one is."""
        try:
            wanted = parse_filter(expression)
        except FilterError as error:
            self.tell(str(error))
            bar = self.query_one("#log-filter", FilterBar)
            bar.keep(expression)
            bar.open()
            bar.cursor_position = error.column - 1
            return
        record = None if self._view.following else self._record
        self._begin(wanted, Place.before(record) if record is not None else None)
        if record is not None and wanted.wants(record):
            self._wanted_ref = record.ref

    # -- finding

    def action_find(self) -> None:
        self.query_one("#log-find", FilterBar).open()

    def _find(self, text: str) -> None:
        """Mark `text`, and go to the nearest place: back from the newest line, else onwards."""
        self._needle = text
        self._view.find(text)
        self.refresh_bindings()
        self.action_found(-1 if self._view.following else 1)

    def action_found(self, step: int) -> None:
        if self._needle:
            self._search(_Seek(step, mentions(self._needle), f"“{self._needle}”", ("n", "N")))

    def action_error(self, step: int) -> None:
        self._search(_Seek(step, is_error, "error", ("e", "E")))

    def _search(self, seek: _Seek) -> None:
        """Go to the nearest item that is sought, reading on as far as it takes."""
        window = self._view.window
        self._seek = None
        index = window.next_index(seek.step, seek.sought)
        if index is not None:
            self._view.pause()
            self._view.select(index)
        elif self._shown.page(window, self._mailbox, older=seek.step < 0):
            self._seek = seek
        else:
            where, key = ("earlier", seek.keys[0]) if seek.step < 0 else ("later", seek.keys[1])
            self.app.notify(
                f"no {where} {seek.what}; {key} looks the other way", markup=False, timeout=3
            )

    # -- one record

    @property
    def _view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def _record(self) -> Record | None:
        if not self.is_mounted:
            return None
        current = self._view.window.current
        return current if isinstance(current, Record) else None

    def on_log_view_highlighted(self, message: LogView.Highlighted) -> None:
        message.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        current = self._view.window.current
        if current is not None:
            self.query_one(Detail).show(log_detail(current, self.context, self._redact))
        self.refresh_bindings()

    def on_log_view_chosen(self, message: LogView.Chosen) -> None:
        message.stop()
        self.add_class("-detail")
        self.query_one(Detail).focus()

    def action_out(self) -> None:
        """Give up a search, else leave the detail."""
        self._seek = None
        self.remove_class("-detail")
        self._view.focus()

    def action_there(self) -> None:
        ref = leads_to(self._record) if self._record is not None else None
        if ref is not None:
            self.post_message(Jump(ref))

    def action_copy(self) -> None:
        if self._record is None:
            return
        text = self._redact(pretty(self._record)).encode("utf-8", "replace")
        self.app.copy_to_clipboard(text[:_MOST_COPIED].decode("utf-8", "ignore"))
        cut = len(text) > _MOST_COPIED
        said = f"{size(_MOST_COPIED)} of {size(len(text))}, as terminals take no more"
        self.app.notify(f"copied {said if cut else size(len(text))}", markup=False, timeout=3)

    def _redact(self, text: str) -> str:
        return self._redactor.redact(text)
