"""The Runs tab: runs, one run's turns, one turn; each level deeper by Enter, back by Escape."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer

from orket_console.base.refs import Ref, SessionRef, TurnRef
from orket_console.runs.model import Run, Turn
from orket_console.runs.narrow import RUN_KEYS, TURN_KEYS
from orket_console.runs.pick import pick_turn
from orket_console.ui.context import UiContext
from orket_console.ui.messages import Jump
from orket_console.ui.panes.offer import Offer
from orket_console.ui.panes.pane import Pane
from orket_console.ui.panes.runs.filtering import Filtering
from orket_console.ui.panes.runs.going import Going
from orket_console.ui.panes.runs.keeping import Keeping
from orket_console.ui.panes.runs.keys import BINDINGS
from orket_console.ui.panes.runs.leading import (
    copy_part,
    log_of,
    upstream_replay,
    write_part,
)
from orket_console.ui.panes.runs.playing import Playing
from orket_console.ui.panes.runs.reading import Reading
from orket_console.ui.panes.runs.showing import Level, Showing
from orket_console.ui.panes.runs.stepping import Stepping
from orket_console.ui.widgets.filter_bar import FilterBar
from orket_console.ui.widgets.hinted_filter import HintedFilter
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.run_head import RunHead
from orket_console.ui.widgets.run_lists import RunsListing, TurnsListing
from orket_console.ui.widgets.turn_panel import TurnPanel

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.asking import Asking

_EVERY: Final = 2.0
"""Seconds between two looks at what may have changed."""
_ON_A_RUN: Final = frozenset({"turn", "call", "state", "go_to", "play", "speed"})
"""Actions on the open run."""
_OF_ANY_RUN: Final = frozenset({"compare", "divergence", "before_rerun"})
"""Questions about the run that is open, or in the list the selected one."""
_ON_A_TURN: Final = frozenset({"part", "replay", "upstream", "changes"})
"""Actions on the selected turn of it."""


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
        self._tick: Timer | None = None
        self.reading = Reading(self)
        self.showing = Showing(self)
        self.filtering = Filtering(self)
        self.stepping = Stepping(self)
        self.playing = Playing(self)
        self.going = Going(self)
        self.keeping = Keeping(self)

    def compose(self) -> ComposeResult:
        yield HintedFilter(tuple(RUN_KEYS), "runs-filter")
        yield HintedFilter(TURN_KEYS, "turns-filter")
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield RunHead(self.context)
                yield RunsListing(self.context)
                yield TurnsListing()
            with Container(classes="detail"):
                yield TurnPanel(self.context, self.load)

    def on_mount(self) -> None:
        self._tick = self.set_interval(_EVERY, self._look_again)

    def on_unmount(self) -> None:
        self.keeping.keep_last()

    def _look_again(self) -> None:
        self.keeping.keep()
        self.reading.look_again()

    @cached_property
    def asking(self) -> Asking:
        # Not above: the tab's first paint asks nothing.
        from orket_console.ui.panes.runs.asking import Asking

        return Asking(self)

    # -- where the operator is -----------------------------------------------------------

    @property
    def level(self) -> Level:
        return self.showing.level

    @property
    def runs(self) -> RunsListing:
        return self.query_one(RunsListing)

    @property
    def turns(self) -> TurnsListing:
        return self.query_one(TurnsListing)

    @property
    def run(self) -> Run | None:
        """The run that is open; in the list the selected one."""
        if self.level == "runs" or self.reading.detail is None:
            return self.runs.run
        return self.reading.detail.run

    @property
    def turn(self) -> Turn | None:
        """The selected turn of the run that is open."""
        return None if self.level == "runs" else self.turns.turn

    # -- what the app asks ---------------------------------------------------------------

    def shown(self) -> None:
        self.showing.focus()
        if self._tick is not None:
            self._tick.resume()
        self.keeping.begin()
        self.reading.look_again()

    def hidden(self) -> None:
        if self._tick is not None:
            self._tick.pause()
        self.playing.stop()
        self.keeping.keep()

    def place(self) -> Ref | None:
        if self.level == "runs" or self.run is None:
            return None
        return self.turn.ref if self.turn else SessionRef(self.run.session)

    def open_ref(self, ref: Ref) -> bool:
        if isinstance(ref, TurnRef):
            self.reading.open(ref.session, lambda run: pick_turn(run.detail.turns, ref))
        elif isinstance(ref, SessionRef):
            self.reading.open(ref.session, lambda _run: None)
        else:
            return False
        return True

    def to_moment(self, at: datetime) -> None:
        self.going.to_moment(at)

    def offers(self) -> Sequence[Offer]:
        return self.asking.offers() if self.run is not None else ()

    def why_off(self, action: str) -> str:
        """`action` is as its binding has it, such as `turn(1)`."""
        return self._why_off(action.partition("(")[0]) or super().why_off(action)

    def _why_off(self, action: str) -> str:
        if action in _OF_ANY_RUN and self.run is None:
            return "there is no run that could be asked about"
        if action in _ON_A_RUN | _ON_A_TURN | {"copy", "write"} and self.level == "runs":
            return "no run is open: Enter opens one"
        if action in _ON_A_TURN and self.turn is None:
            return self.stepping.without_turn()
        return self.stepping.why_off(action) if action in _ON_A_RUN else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self._why_off(action):
            return None
        if action == "more":
            page = self.reading.page
            return self.level == "runs" and page is not None and page.more
        if action == "shallower":
            return self.level != "runs"
        return True

    def on_key(self, event: events.Key) -> None:
        self.playing.key(event.key)

    # -- messages --------------------------------------------------------------------------

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing is self.turns:
            self.showing.turn()
        elif self.level == "runs":
            self.showing.run()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing is self.runs:
            self.reading.open(message.key, lambda _run: None)
        else:
            self.showing.go("turn")

    def on_filter_bar_applied(self, message: FilterBar.Applied) -> None:
        message.stop()
        self.filtering.applied()

    def on_filter_bar_cancelled(self, message: FilterBar.Cancelled) -> None:
        message.stop()
        self.showing.focus()

    # -- keys ------------------------------------------------------------------------------

    def action_turn(self, step: int) -> None:
        self.stepping.turn(step)

    def action_failure(self, step: int) -> None:
        self.stepping.failure(step)

    def action_call(self, step: int) -> None:
        self.stepping.call(step)

    def action_go_to(self) -> None:
        self.going.ask()

    def action_play(self) -> None:
        self.playing.toggle()

    def action_speed(self, step: int) -> None:
        self.playing.change_speed(step)

    def action_state(self, step: int) -> None:
        self.stepping.state(step)

    def action_part(self, step: int) -> None:
        self.query_one(TurnPanel).step(step)

    def action_replay(self) -> None:
        self.query_one(TurnPanel).choose("Replay")

    def action_upstream(self) -> None:
        if self.turn is not None:
            self.post_message(upstream_replay(self.turn))

    def action_log(self) -> None:
        """The line under the cursor of a turn's log; else the log, narrowed to run and turn."""
        line = self.query_one(TurnPanel).log_line()
        if line is not None:
            self.post_message(Jump(line))
        elif self.run is not None:
            self.post_message(Jump(log_of(self.run.session, self.turn)))

    def action_narrow(self) -> None:
        self.filtering.ask()

    def action_copy(self) -> None:
        copy_part(self)

    def action_write(self) -> None:
        write_part(self)

    def action_more(self) -> None:
        self.reading.more()

    def action_again(self) -> None:
        self.reading.again()

    def action_shallower(self) -> None:
        if self.level == "turn":
            self.showing.go("turns")
        elif self.level == "turns":
            self.reading.close()
            self.showing.go("runs")
            self.showing.runs()
            self.reading.look_again()

    def action_compare(self) -> None:
        self.asking.compare()

    def action_divergence(self) -> None:
        self.asking.divergence()

    def action_changes(self) -> None:
        self.asking.changes()

    def action_before_rerun(self) -> None:
        self.asking.before_rerun()
