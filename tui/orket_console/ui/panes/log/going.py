"""Going to a line, a share or a moment in the Log tab."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from orket_console.base.errors import ConsoleError
from orket_console.logs.seek import Place
from orket_console.logs.sources import Source, SourceStatus

if TYPE_CHECKING:
    from orket_console.logs.goto import Goal, Here
    from orket_console.ui.panes.log.pane import LogPane

_SOON = 0.1
_READ = (SourceStatus.FOLLOWING, SourceStatus.READ)


class Going:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._stopped = threading.Event()
        self.said = ""
        """Where the way leads that is not at its end yet; empty without one."""

    def ask(self) -> None:
        from orket_console.ui.screens.go_to import GoToScreen

        self._pane.app.push_screen(GoToScreen(self._pane.context, self._here), self.go)

    def go(self, goal: Goal | None) -> None:
        """Look for the goal behind the screen, and hold still there once it is found.

        A line number may have to wait for the index of its log.
        """
        if goal is None:
            return
        from orket_console.logs.goto import place_of

        pane, here = self._pane, self._here()
        self.give_up()
        stopped = self._stopped = threading.Event()
        self.said = f"going to {goal.sentence(pane.context.day_and_time)} …"
        indexing = pane.reading.live.indexing

        def look() -> Place | ConsoleError:
            try:
                return place_of(goal, here, indexing, stopped.is_set)
            except ConsoleError as error:
                return error

        pane.load("go-to", look, self._arrive)

    def to_moment(self, at: datetime, tries: int = 100) -> None:
        """Come to a moment, as soon as it is known which logs there are."""
        if not self._pane.reading.shown.states:
            if tries:
                self._pane.set_timer(_SOON, lambda: self.to_moment(at, tries - 1))
            return
        from orket_console.logs.goto import TimeGoal

        self.go(TimeGoal(at))

    def give_up(self) -> None:
        self._stopped.set()
        self.said = ""

    def _arrive(self, end: Place | ConsoleError) -> None:
        if self._stopped.is_set():
            return
        self.said = ""
        if isinstance(end, Place):
            self._pane.reading.go_to(end)
        else:
            self._pane.tell(str(end))

    def _here(self) -> Here:
        from orket_console.logs.goto import Here

        pane = self._pane
        record = pane.record
        states = pane.reading.shown.states
        sources = tuple(Source(s.path, s.name) for s in states if s.status in _READ)
        path = record.ref.path if record is not None else None
        # Where there is but one, a number needs no name, whatever has the cursor.
        named = [source for source in sources if source.path == path or len(sources) == 1]
        return Here(
            sources,
            named[0] if named else None,
            record.at if record is not None else None,
            pane.context.clock.now(),
            local=pane.filtering.surroundings().local,
        )
