"""`E`: the escalation record of an incident, and what is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.incidents.escalation import keeping
from orket_console.incidents.escalation.draft import Draft, draft
from orket_console.incidents.escalation.filing import Place, file_in, place_of, write_file
from orket_console.incidents.escalation.markdown import as_markdown
from orket_console.incidents.ledger.model import Escalation, Incident
from orket_console.incidents.operator import operator
from orket_console.ui.editor import edit
from orket_console.ui.literal import literal
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.escalation import EscalationScreen

if TYPE_CHECKING:
    from orket_console.ui.panes.incident.pane import IncidentPane


@dataclass(frozen=True, slots=True)
class Kept:
    made: Draft
    said: str


class Escalating:
    """Each door of the screen reads or writes in a thread, and tells the screen how it ended."""

    def __init__(self, pane: IncidentPane) -> None:
        self._pane = pane
        self._one: Incident | None = None
        self._screen: EscalationScreen | None = None

    def open(self, one: Incident) -> None:
        """Show the draft there is, or make one."""
        book = self._pane.book
        self._one = one
        heading = f"Escalation of {one.name}: the runbook asks for these four fields"
        self._screen = EscalationScreen(heading, self, book.read_only or book.problem)
        self._pane.app.push_screen(self._screen)
        self._work(lambda: self._last(one) or self._drafted(one))

    # -- the doors

    def draft(self) -> None:
        one = self._chosen()
        self._work(lambda: self._drafted(one))

    def keep(self, made: Draft) -> None:
        one = self._chosen()
        self._work(lambda: Kept(made, _where(self._keep(one, made)) or "kept"))

    def write(self, made: Draft) -> None:
        one, context = self._chosen(), self._pane.context

        def work() -> Kept:
            kept = self._keep(one, made)
            path = str(write_file(context.target, made, one.name, context.clock))
            store = self._pane.watcher.follower().store()
            keeping.keep_path(store, kept, path, context.clock.now(), operator())
            return Kept(made, f"written: {path}")

        self._work(work)

    def file(self, made: Draft) -> None:
        """Show what would be sent and to where; send it only after a yes."""
        screen = self._screen
        try:
            place = place_of(self._pane.context.target)
        except ConsoleError as error:
            if screen is not None:
                screen.say(str(error))
            return
        if place is None:
            if screen is not None:
                screen.say("no repository is configured: set escalation.repository, or w writes it")
            return
        question = ConfirmScreen(f"Make this an issue in {place}?", literal(as_markdown(made)))
        self._pane.app.push_screen(
            question, lambda agreed: self._send(place, made) if agreed else None
        )

    def edit(self, text: str) -> str:
        target = self._pane.context.target
        return edit(self._pane.app, text, target.state.exports, target.environment)

    # -- behind them

    def _send(self, place: Place, made: Draft) -> None:
        one, context = self._chosen(), self._pane.context

        def work() -> Kept:
            kept = self._keep(one, made)
            filed = file_in(place, made)
            store = self._pane.watcher.follower().store()
            keeping.keep_issue(
                store, kept, filed.url, filed.answer, context.clock.now(), operator()
            )
            return Kept(made, f"filed: {filed.url}")

        self._work(work)

    def _chosen(self) -> Incident:
        assert self._one is not None  # noqa: S101  there is no screen without one
        return self._one

    def _last(self, one: Incident) -> Kept | None:
        last = keeping.last_draft(self._pane.watcher.follower().store(), one)
        if last is None:
            return None
        made, kept = last
        return Kept(made, _where(kept) or f"drafted by {kept.by}")

    def _drafted(self, one: Incident) -> Kept:
        looked, context = self._pane.watcher.looked, self._pane.context
        if looked is None:
            raise ConsoleError(
                "the first look is not over: d drafts it then", exit_code=ExitCode.CANNOT_TELL
            )
        store = self._pane.watcher.follower().store()
        made = draft(store, context.target, one, looked, context.clock)
        if not store.read_only:
            keeping.keep(store, one, made, context.clock.now(), operator())
        return Kept(made, "drafted from what is known now")

    def _keep(self, one: Incident, made: Draft) -> Escalation:
        store = self._pane.watcher.follower().store()
        return keeping.keep(store, one, made, self._pane.context.clock.now(), operator())

    def _work(self, work: Callable[[], Kept]) -> None:
        screen = self._screen

        async def run() -> None:
            try:
                done: Kept | ConsoleError = await asyncio.to_thread(work)
            except ConsoleError as error:
                done = error
            self._pane.watcher.refresh()
            if screen is None or not screen.is_attached:
                if isinstance(done, ConsoleError):
                    self._pane.tell(str(done))
            elif isinstance(done, Kept):
                screen.show(done.made, done.said)
            else:
                screen.say(str(done))

        self._pane.run_worker(run(), group="escalation", exit_on_error=False)


def _where(kept: Escalation) -> str:
    gone = kept.url or kept.path
    return f"filed: {gone}" if gone else ""
