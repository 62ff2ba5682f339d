"""What the Log tab says of all lines together: over time, by pattern, by value."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.message import Message

from orket_console.logs.filter import both
from orket_console.logs.sources import Source, SourceStatus, source_at
from orket_console.ui.widgets.histogram import Histogram

if TYPE_CHECKING:
    from orket_console.logs.survey.live import LiveSurvey, Wish
    from orket_console.ui.panes.log.pane import LogPane
    from orket_console.ui.screens.facets import FacetsScreen
    from orket_console.ui.screens.patterns import PatternsScreen

_LEFT_OUT: Final = (SourceStatus.OFF, SourceStatus.LEFT_OUT, SourceStatus.ROTATED)
"""A log that is waited for stays: what was counted of it must not be counted again."""


class Surveyed(Message):
    """Something new is known of the logs as a whole."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Surveyed)


class Surveying:
    """Tells the survey's thread what is shown, and brings what it found on screen."""

    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._live: LiveSurvey | None = None
        self._wish: Wish | None = None
        self._screen: PatternsScreen | FacetsScreen | None = None
        self._whole = False
        self._paths: tuple[str, ...] = ()
        self._read: tuple[Source, ...] = ()
        self._moment: datetime | None = None

    def _found(self) -> None:
        """Called in the survey's thread."""
        self._pane.post_message(Surveyed())

    def look(self) -> None:
        """Survey what is shown now; it may wait until its first lines are on screen."""
        shown = self._pane.reading.shown
        if shown.progress.reading or not self._histogram.size.width:
            return
        if self._live is None:
            self._pane.call_after_refresh(self._begin)
            return
        from orket_console.logs.survey.live import Wish

        before = self._wish
        if before is not None and before.wanted is not shown.filter:
            self._whole = False
        wish = Wish(
            shown.filter,
            self._sources(),
            self._histogram.room,
            details=self._screen is not None,
            whole=self._whole,
            moment=self._moment,
        )
        if wish != before or (before is not None and before.wanted is not wish.wanted):
            self._wish = wish
            self._live.wish(wish)

    def _begin(self) -> None:
        """Start the survey's thread, once the first lines are on screen."""
        if self._live is not None or not self._pane.is_attached:
            return
        from orket_console.logs.survey.live import LiveSurvey

        self._live = LiveSurvey(self._found)
        self._live.start()
        self.look()

    def stop(self) -> None:
        if self._live is not None:
            self._live.stop()

    def rest(self) -> None:
        """Nobody looks."""
        self._wish = None
        if self._live is not None:
            self._live.wish(None)

    def show(self) -> None:
        """Bring what was found on screen, unless it is of another filter."""
        survey = self._live.survey if self._live is not None else None
        if survey is None or survey.wish.wanted is not self._pane.reading.shown.filter:
            survey = None
        self._histogram.show(survey)
        if self._screen is not None:
            self._screen.show(survey)

    # -- keys

    def patterns(self) -> None:
        from orket_console.ui.screens.patterns import PatternsScreen

        record = self._pane.record
        here = record.at if record is not None else None
        context = self._pane.context
        self._open(
            PatternsScreen(context, here, self.compare_with, self.read_all, self._pane.numbering.of)
        )

    def facets(self) -> None:
        from orket_console.ui.screens.facets import FacetsScreen

        self._open(FacetsScreen(self.read_all))

    def walk(self) -> None:
        self._histogram.focus()

    def read_all(self) -> None:
        """Count the logs from their beginnings."""
        self._whole = True
        self.look()

    def compare_with(self, moment: datetime | None) -> None:
        """Take what came since a moment for new; None for the last minutes."""
        self._moment = moment
        self.look()

    def go_to(self, at: datetime) -> None:
        from orket_console.logs.goto import TimeGoal

        self._pane.view.focus()
        self._pane.going.go(TimeGoal(at))

    def _open(self, screen: PatternsScreen | FacetsScreen) -> None:
        self._screen = screen
        self._pane.app.push_screen(screen, self._close)
        self.show()
        self.look()

    def _close(self, part: str | None) -> None:
        self._screen = None
        self.look()
        if part is not None:
            wanted = self._pane.reading.shown.filter
            self._pane.filtering.apply(both(wanted.expression, wanted.tree, part))

    def _sources(self) -> tuple[Source, ...]:
        """The logs that are read; asked often, and seldom other ones."""
        states = self._pane.reading.shown.states
        paths = tuple([state.path for state in states if state.status not in _LEFT_OUT])
        if paths != self._paths:
            layout = self._pane.context.target.layout
            self._paths = paths
            self._read = tuple([source_at(Path(path), layout) for path in paths])
        return self._read

    @property
    def _histogram(self) -> Histogram:
        return self._pane.query_one(Histogram)
