"""Where the operator is, kept when it changes, and come back to in the next console."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from orket_console.base.errors import ConsoleError
from orket_console.runs.detail import OpenedRun
from orket_console.runs.kept import RunsPlace, keep_place, landing_of, read_place
from orket_console.runs.model import Turn
from orket_console.runs.parts.all import PARTS
from orket_console.ui.panes.runs.reader import Opened
from orket_console.ui.widgets.turn_panel import TurnPanel

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_ANYTHING_OPEN: Final = ("turns", "turn")


class Keeping:
    """`settled` once the place was come back to, or the operator went elsewhere first.

    `wanted_run` is the run to select in the list once that is read.
    """

    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._path = pane.context.target.state.runs_place
        self._kept = self._asked = self._now = RunsPlace()
        self._writing = threading.Lock()
        self._begun = False
        self.settled = False
        self.wanted_run = ""

    def begin(self) -> None:
        """Come back to the place that was kept, the first time that the tab is shown."""
        if not self._begun:
            self._begun = True
            self._pane.load("place", lambda: read_place(self._path), self._come_back)

    def note(self) -> None:
        """Remember where the operator is now: cheap, for every step."""
        if not self.settled:
            return
        pane = self._pane
        self._now = RunsPlace(
            session=pane.run.session if pane.run else "",
            turn=pane.turn.shown if pane.turn else "",
            level=pane.level,
            part=pane.query_one(TurnPanel).part,
            filter=pane.filtering.expression,
            runs_filter=pane.filtering.of_runs,
        )

    def keep(self) -> None:
        """Keep the place, if it is another than the one that is kept."""
        self.note()
        place = self._now
        if self.settled and place not in (self._kept, self._asked):
            # Asked once: where nothing can be written, that is told once.
            self._asked = place
            self._pane.load("keep", lambda: self._write(place), self._written)

    def keep_last(self) -> None:
        """The same as the tab ends, when nothing can be asked or told any more."""
        # A thread that was to keep it may not have come to it, or come to it later.
        if self.settled and self._now != self._kept:
            with suppress(ConsoleError):
                self._write(self._now)

    def _write(self, place: RunsPlace) -> RunsPlace:
        with self._writing:
            if place == self._now:
                keep_place(self._path, place)
        return place

    def _written(self, place: RunsPlace) -> None:
        self._kept = place

    def _come_back(self, place: RunsPlace) -> None:
        pane = self._pane
        if self.settled:
            return
        self._kept = self._now = place
        if place.part in PARTS:
            pane.query_one(TurnPanel).choose(place.part)
        pane.filtering.keep(place.runs_filter, place.filter)
        self.wanted_run = place.session
        pane.showing.runs()
        if place.level not in _ANYTHING_OPEN:
            self.settled = True
            return

        def land(run: OpenedRun) -> Turn | None:
            return landing_of(place, run)

        pane.reading.reopen(place.session, land, self._arrive)

    def _arrive(self, answer: Opened | ConsoleError) -> None:
        self.settled = True
        if isinstance(answer, ConsoleError):
            self._pane.app.notify(str(answer), markup=False, timeout=4)
            return
        self._pane.reading.take_opened(answer)
        if self._kept.level == "turn" and answer.turn is not None:
            self._pane.showing.go("turn")
