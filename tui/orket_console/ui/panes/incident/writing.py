"""What is written to the ledger from the tab: what was typed is not lost where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from orket_console.base.errors import ConsoleError
from orket_console.incidents.ledger.incidents import close_incident
from orket_console.incidents.ledger.model import Incident
from orket_console.incidents.ledger.store import Store
from orket_console.incidents.ledger.writings import add_note
from orket_console.incidents.operator import operator
from orket_console.ui.screens.note import NoteScreen

if TYPE_CHECKING:
    from orket_console.ui.panes.incident.pane import IncidentPane

_LONGEST: Final = 2000


def _nothing() -> None:
    """Nothing follows."""


class Writing:
    def __init__(self, pane: IncidentPane) -> None:
        self._pane = pane

    def ask(self, question: str, write: Callable[[Store, str], Any], text: str = "") -> None:
        """Ask for words and write them; where that fails they are there to be sent again."""

        def answered(said: str | None) -> None:
            if said:
                self.write(
                    lambda store: write(store, said),
                    failed=lambda: self.ask(question, write, said),
                )
            elif said is not None:
                self._pane.tell("it needs words: nothing was recorded")

        self._pane.app.push_screen(NoteScreen(question, text, _LONGEST), answered)

    def write(
        self,
        change: Callable[[Store], Any],
        *,
        then: Callable[[], object] = _nothing,
        failed: Callable[[], object] = _nothing,
    ) -> None:
        """Make one change in a thread, and show what is there then."""
        pane = self._pane

        async def run() -> None:
            try:
                await asyncio.to_thread(lambda: change(pane.watcher.follower().store()))
            except ConsoleError as error:
                pane.tell(str(error))
                failed()
                return
            pane.watcher.refresh()
            then()

        pane.run_worker(run(), group="incident-write", exit_on_error=False)

    def note(self, one: Incident) -> None:
        clock = self._pane.context.clock
        self.ask(
            f"Note for {one.name}",
            lambda store, text: add_note(store, one.id, clock.now(), operator(), text),
        )

    def close(self, one: Incident) -> None:
        clock = self._pane.context.clock
        self.ask(
            f"Close {one.name}: what ended it? It is kept",
            lambda store, reason: close_incident(store, one.id, clock.now(), operator(), reason),
        )

    def open_by_hand(self) -> None:
        self._pane.app.push_screen(
            NoteScreen("Open an incident: its title", "", _LONGEST), self._titled
        )

    def _titled(self, title: str | None) -> None:
        if title:
            self._pane.watcher.open_by_hand(title)
