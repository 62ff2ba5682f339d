"""The Runs tab: runs, one run's turns, one turn; each level deeper by Enter, back by Escape."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer

from orket_console.base.errors import ConsoleError
from orket_console.base.refs import LogFilterRef, Ref, SessionRef, TurnRef
from orket_console.base.text import one_line
from orket_console.logs.filter import term
from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Issue, RunDetail, RunPage
from orket_console.runs.narrow import RUN_KEYS, TURN_KEYS, narrow_turns
from orket_console.runs.pick import first_failure, pick_turn
from orket_console.runs.sessions import PAGE
from orket_console.ui.context import UiContext
from orket_console.ui.messages import Jump
from orket_console.ui.panes.pane import Pane
from orket_console.ui.panes.run_bindings import BINDINGS
from orket_console.ui.panes.run_reader import Land, Opened, RunReader
from orket_console.ui.widgets import run_rows as rows
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.run_head import RunHead
from orket_console.ui.widgets.run_lists import RunsListing, TurnsListing
from orket_console.ui.widgets.turn_panel import TurnPanel
from orket_console.ui.widgets.view import View

Level = Literal["runs", "turns", "turn"]

_EVERY: Final = 2.0
"""Seconds between two looks at what may have changed."""
_SHOWN: Final = 0.25
"""Seconds between two drawings of a run that is being read."""
_BREATH: Final = 0.02
"""Seconds between two slices of it, for keys."""
_PATIENCE: Final = 0.7
"""Seconds after which a run that is still being read says so."""
_MOST_COPIED: Final = 100_000
"""Bytes that go to the clipboard: terminals drop longer OSC 52 sequences."""
_OF_A_RUN: Final = frozenset({"turn", "call", "part", "replay", "copy"})


class RunsPane(Pane):
    """Lists and opens; what it says comes from the runs room."""

    TITLE = "Runs"
    DEFAULT_CSS = """
    RunsPane.-at-runs #turns-list { display: none; }
    RunsPane.-at-turns #runs-list { display: none; }
    RunsPane.-at-turn Listing { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._level: Level = "runs"
        self._limit = PAGE
        self._page: RunPage | None = None
        self._opened: RunDetail | None = None
        self._open_run: OpenedRun | None = None
        self._reader = RunReader(context, self.load)
        self._shown_at = 0.0
        self._tick: Timer | None = None
        self.add_class("-at-runs")

    def compose(self) -> ComposeResult:
        for name, keys in (("runs", RUN_KEYS), ("turns", TURN_KEYS)):
            yield FilterBar(f"words, or {' '.join(f'{key}:' for key in keys)}", f"{name}-filter")
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield RunHead(self.context)
                yield RunsListing(self.context)
                yield TurnsListing()
            with Container(classes="detail"):
                yield TurnPanel(self.context, self.load)

    def on_mount(self) -> None:
        self._tick = self.set_interval(_EVERY, self._look_again)

    # -- what the app asks ---------------------------------------------------------------

    def shown(self) -> None:
        self._focus_level()
        if self._tick is not None:
            self._tick.resume()
        self._look_again()

    def hidden(self) -> None:
        if self._tick is not None:
            self._tick.pause()

    def place(self) -> Ref | None:
        if self._level == "runs" or self._opened is None:
            return None
        turn = self.query_one(TurnsListing).turn
        return turn.ref if turn else SessionRef(self._opened.run.session)

    def open_ref(self, ref: Ref) -> bool:
        if isinstance(ref, TurnRef):
            self._open(ref.session, lambda run: pick_turn(run.detail.turns, ref))
        elif isinstance(ref, SessionRef):
            self._open(ref.session, lambda _run: None)
        else:
            return False
        return True

    def why_off(self, action: str) -> str:
        return "no run is open: Enter opens one"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _OF_A_RUN:
            return True if self._level != "runs" else None
        if action == "more":
            return self._level == "runs" and self._page is not None and self._page.more
        if action == "shallower":
            return self._level != "runs"
        return True

    # -- reading ---------------------------------------------------------------------------

    def _look_again(self) -> None:
        """What is in view, where it changed."""
        if self._reader.busy:
            return
        if self._level == "runs":
            self._read_page()
        elif self._open_run is not None:
            listing = self.query_one(TurnsListing)
            self._reader.refresh(self._open_run, listing.at_hand, self._taker(self._open_run))

    def _read_page(self) -> None:
        in_view = self.query_one(RunsListing).in_view
        self._reader.page(self._limit, in_view, self._take_page)

    def _take_page(self, page: RunPage) -> None:
        """Show it, and look behind its other rows, some at a time."""
        if page != self._page:
            self._page = page
            self._show_runs()
            self.refresh_bindings()
        if not all(run.looked for run in page.runs):
            self._reader.look(page, self._take_page)

    def _taker(self, run: OpenedRun) -> Callable[[RunDetail], None]:
        """Takes what was read of a run, while that is the one that is open."""

        def take(detail: RunDetail) -> None:
            if self._open_run is not run:
                return
            now = monotonic()
            # Showing thousands of turns costs more than reading some hundreds: not each slice.
            if detail != self._opened and (not detail.pending or now - self._shown_at > _SHOWN):
                self._opened, self._shown_at = detail, now
                self._show_turns()
            if detail.pending:
                self.set_timer(_BREATH, lambda: self._judge_more(run))

        return take

    def _judge_more(self, run: OpenedRun) -> None:
        """The next slice of a run's turns, if it is still open and nothing else reads."""
        if self._open_run is run and not self._reader.busy:
            self._reader.judge(run, self.query_one(TurnsListing).at_hand, self._taker(run))

    def _open(self, word: str, land: Land) -> None:
        self._reader.open(word, land, self._take_opened)
        self.set_timer(_PATIENCE, self._say_what_is_read)

    def _say_what_is_read(self) -> None:
        if self._reader.wanted:
            wanted = one_line(self._reader.wanted)
            self.app.notify(f"reading {wanted} …", markup=False, timeout=2)

    def _take_opened(self, answer: Opened | ConsoleError) -> None:
        if isinstance(answer, ConsoleError):
            self.tell(str(answer))
            return
        self._open_run, self._opened, turn = answer.run, answer.detail, answer.turn
        bar = self.query_one("#turns-filter", FilterBar)
        if turn is not None and turn not in narrow_turns(self._opened.turns, bar.expression):
            bar.keep("")
        if self._level == "runs":
            self._go("turns")
        self._show_turns()
        listing = self.query_one(TurnsListing)
        if turn is None:
            listing.action_edge(0)
        else:
            listing.select(turn.path)
        self._show_turn()
        self.query_one(RunsListing).select(self._opened.run.session)
        for problem in self._opened.problems[:1]:
            self.tell(problem)
        if self._opened.pending:
            self._judge_more(self._open_run)

    # -- showing ---------------------------------------------------------------------------

    def _show_runs(self) -> None:
        if self._page is None:
            return
        expression = self.query_one("#runs-filter", FilterBar).expression
        shown = self.query_one(RunsListing).show_page(self._page, expression)
        if self._level == "runs":
            self.query_one(RunHead).announce(rows.runs_head(self._page, shown, expression))
            self._show_run()

    def _show_run(self) -> None:
        """The selected run, below the list."""
        run = self.query_one(RunsListing).run
        view = rows.run_view(run, self.context) if run else rows.NOTHING
        self.query_one(TurnPanel).show_view(view)

    def _show_turns(self) -> None:
        if self._opened is None:
            return
        expression = self.query_one("#turns-filter", FilterBar).expression
        self.query_one(TurnsListing).show_run(self._opened, expression)
        self._show_turn()

    def _show_turn(self) -> None:
        """The selected turn, below the list and in the lanes."""
        if self._opened is None or self._level == "runs":
            return
        listing, panel = self.query_one(TurnsListing), self.query_one(TurnPanel)
        turn, issue, run = listing.turn, listing.issue, self._opened.run
        head = self.query_one(RunHead)
        head.show(run, listing.turns, listing.order, self._remark(listing))
        if turn is not None:
            panel.show_turn(turn)
        else:
            panel.show_view(self._view_of(issue))

    def _view_of(self, issue: Issue | None) -> View:
        """What stands below the turns where none is selected."""
        if issue is not None or self._opened is None:
            return rows.issue_view(issue) if issue else rows.NOTHING
        return rows.run_view(self._opened.run, self.context, self._opened.tally)

    def _remark(self, listing: TurnsListing) -> str:
        """The filter in force, and at a turn, whose list is not in view, which one it is."""
        expression = self.query_one("#turns-filter", FilterBar).expression
        parts = [f"filter {expression}"] if expression else []
        if self._level == "turn" and listing.turn is not None:
            ref = listing.turn.ref
            parts.append(f"{listing.position}: {ref.issue} #{ref.index} {ref.role}")
        return "  ".join(parts)

    def _go(self, level: Level) -> None:
        for name in ("runs", "turns", "turn"):
            self.set_class(name == level, f"-at-{name}")
        self._level = level
        self._lay_out()
        self._focus_level()
        self._show_turn()
        self.refresh_bindings()

    def _lay_out(self) -> None:
        """At a turn only the head stays above it, which then has the whole width."""
        alone = self._level == "turn"
        self.query_one(".list-detail").styles.layout = "vertical" if alone else None
        for side, height in ((".list", "auto"), (".detail", "1fr")):
            styles = self.query_one(side).styles
            styles.height = height if alone else None
            styles.width = "1fr" if alone else None

    def _focus_level(self) -> None:
        if self._level == "turn":
            self.query_one(Detail).focus()
        else:
            self.query_one(f"#{self._level}-list", Listing).focus()

    # -- messages --------------------------------------------------------------------------

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing.id == "turns-list":
            self._show_turn()
        elif self._level == "runs":
            self._show_run()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing.id == "runs-list":
            self._open(message.key, lambda _run: None)
        else:
            self._go("turn")

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        self._focus_level()
        self._show_runs()
        self._show_turns()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self._focus_level()

    # -- keys ------------------------------------------------------------------------------

    def action_turn(self, step: int) -> None:
        self.query_one(TurnsListing).step(step)
        # Now, and not when the list tells of it: a frame could come in between.
        self._show_turn()

    def action_failure(self, step: int) -> None:
        """The next failed turn of this run; then of the next run that is not well."""
        if self._level != "runs" and self.query_one(TurnsListing).step_to_failure(step):
            return
        if self._level != "runs" and self._opened is not None and self._opened.pending:
            self.app.notify(
                f"no failure so far, {self._opened.pending} turns are still being read",
                markup=False,
                timeout=2,
            )
            return
        run = self.query_one(RunsListing).next_failed(step)
        if run is None:
            self.app.notify("no further failure", markup=False, timeout=2)
        elif self._level == "runs":
            self.query_one(RunsListing).select(run.session)
        else:
            self._open(run.session, lambda run: first_failure(run.judge().turns, step))

    def action_call(self) -> None:
        """The next tool call: of this turn, else of the next turn that made one."""
        if self.query_one(TurnPanel).next_call() or self.query_one(TurnsListing).step_to_call():
            return
        self.app.notify("no tool call after this one", markup=False, timeout=2)

    def action_part(self, step: int) -> None:
        self.query_one(TurnPanel).step(step)

    def action_replay(self) -> None:
        self.query_one(TurnPanel).choose("Replay")

    def action_log(self) -> None:
        """The log, narrowed to the session, and to the turn where one is selected."""
        if self._level == "runs" or self._opened is None:
            run = self.query_one(RunsListing).run
            if run is not None:
                self.post_message(Jump(LogFilterRef(term("session", run.session))))
            return
        words = [term("session", self._opened.run.session)]
        turn = self.query_one(TurnsListing).turn
        if turn is not None:
            words += [term("issue", turn.ref.issue), term("turn", str(turn.ref.index))]
        self.post_message(Jump(LogFilterRef(" ".join(words))))

    def action_narrow(self) -> None:
        name = "runs" if self._level == "runs" else "turns"
        self.query_one(f"#{name}-filter", FilterBar).open()

    def action_copy(self) -> None:
        text = self.context.target.redactor().redact(self.query_one(TurnPanel).copy_text())
        length = len(text.encode("utf-8", "replace"))
        if not text:
            self.tell("nothing to copy yet")
        elif length > _MOST_COPIED:
            self.tell(f"not copied: {length} bytes, a terminal takes {_MOST_COPIED} at most")
        else:
            self.app.copy_to_clipboard(text)
            self.app.notify(f"copied {length} bytes", markup=False, timeout=2)

    def action_more(self) -> None:
        self._limit += PAGE
        self._read_page()

    def action_again(self) -> None:
        if self._level == "runs" or self._open_run is None:
            self._read_page()
        else:
            self._reader.reread(self._open_run, self._taker(self._open_run))

    def action_shallower(self) -> None:
        if self._level == "turn":
            self._go("turns")
        elif self._level == "turns":
            self._open_run = None
            self._go("runs")
            self._show_runs()
            self._look_again()
