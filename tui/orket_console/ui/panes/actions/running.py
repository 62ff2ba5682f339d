"""Starting what was asked for, after asking where it writes, and staying with what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.notifications import SeverityLevel

from orket_console.actions.bundles import RESUME
from orket_console.actions.confirmation import Ask
from orket_console.actions.overview import ActionDetail
from orket_console.actions.plan import Plan
from orket_console.actions.records import Record
from orket_console.actions.runner import ASKED, NAMED, UNASKED, Run, end, start
from orket_console.actions.verdicts import Verdict
from orket_console.base.errors import ConsoleError
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.ui.action_runs import ActionRuns, reading_of
from orket_console.ui.messages import LookNow
from orket_console.ui.panes.actions.planning import Described
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen
from orket_console.ui.widgets.action_text import question

if TYPE_CHECKING:
    from orket_console.ui.panes.actions.pane import ActionsPane

_TOLD: Final = 160
"""Characters of the evidence in a toast."""
_SEVERITIES: Final[dict[State, SeverityLevel]] = {
    State.OK: "information",
    State.FAILING: "error",
}


class Running:
    """Several actions may run at once, in view or not."""

    def __init__(self, pane: ActionsPane) -> None:
        self._pane = pane
        self.runs = ActionRuns()

    def take_up(self, records: tuple[Record, ...]) -> None:
        """Watch what other consoles started, or this one before."""
        for record in filter(self.runs.claim, records):
            work = self._taken_up(record)
            self._pane.run_worker(work, group=f"run-{record.id}", exit_on_error=False)

    async def _taken_up(self, record: Record) -> None:
        context = self._pane.context
        run = Run(context.target, record, None, context.clock)
        self.runs.add(await asyncio.to_thread(reading_of, context.target, record, run))
        self._pane.keep_up()
        await self._attend(run)

    def prepare(self, name: str, values: Mapping[str, str] | None = None) -> None:
        """Look at the action once more, and start it or ask; `values` are for this run alone."""
        if self.runs.is_running(name):
            self._pane.tell(f"{self._pane.title_of(name)} is already running")
        else:
            described = partial(self._pane.planning.described, name, values)
            self._pane.load("to-run", described, self._ask)

    def again(self, record: Record) -> None:
        """Run an action with the parameters that it had; a bundle goes on where it failed."""
        name, given = record.action, dict(record.parameters)
        action = self._pane.actions.get(name)
        if action is not None and action.steps and record.verdict is not Verdict.PASSED:
            given[RESUME] = "yes"
        checked = partial(self._pane.planning.checked, name, given)
        self._pane.load("given", checked, partial(self.prepare, name))

    def _ask(self, found: Described) -> None:
        """Start what only reads, ask before what writes, and ask for what is wanting."""
        made, shown = found.plan, found.shown
        if made.wanting:
            self._pane.planning.edit(made.action.name, self.prepare)
        elif made.blocked:
            self._pane.tell(f"{made.action.title} can't be run now: {made.blocked}")
        elif made.confirmation.ask is Ask.NOTHING:
            self._begin(made, UNASKED)
        else:
            self._confirm(made, shown)

    def _confirm(self, made: Plan, shown: ActionDetail) -> None:
        title, body = f"{made.action.title}: run it?", question(shown)
        by_name = made.confirmation.ask is Ask.NAME
        how = NAMED if by_name else ASKED

        def answered(agreed: bool | None) -> None:  # noqa: FBT001  Textual's callback
            if agreed:
                self._begin(made, how)

        self._pane.app.push_screen(
            TypedConfirmScreen(title, body, made.confirmation)
            if by_name
            else ConfirmScreen(title, body),
            answered,
        )

    def _begin(self, made: Plan, confirmation: str) -> None:
        name = made.action.name
        work = self._watch(made, confirmation)
        self._pane.run_worker(work, group=f"run-{name}", exit_on_error=False)

    async def _watch(self, made: Plan, confirmation: str) -> None:
        """Start the action and stay with it; it goes on whatever tab is in view."""
        pane, name = self._pane, made.action.name
        try:
            with self.runs.starting(name):
                target, clock = pane.context.target, pane.context.clock
                run = await start(target, made, None, clock, confirmation)
                reading = await asyncio.to_thread(reading_of, target, run.record, run)
                self.runs.add(reading)
        except ConsoleError as error:
            pane.tell(str(error))
            return
        pane.show_rows()
        if pane.selected == name:
            pane.reading.show(reading)
        await self._attend(run)

    async def _attend(self, run: Run) -> None:
        record = await run.ended()
        if self._pane.is_attached:
            self._ended(record)

    def _ended(self, record: Record) -> None:
        # Of a step that passed its bundle tells enough.
        if not (record.bundle and record.verdict is Verdict.PASSED):
            self._tell_end(record)
        self._pane.keep_up()
        self._pane.reload()
        # What it changed closes a step of an incident: not only at the next round.
        self._pane.post_message(LookNow())

    def _tell_end(self, record: Record) -> None:
        severity = _SEVERITIES.get(record.verdict.state) if record.verdict else None
        notes = "".join(f"\n{note}" for note in record.notes)
        said = shorten(record.evidence, _TOLD)
        self._pane.app.notify(
            f"{record.title} {record.word}: {said}{notes}",
            severity=severity or "warning",
            timeout=8,
            markup=False,
        )

    def cancel(self, name: str) -> None:
        """Stop it; asked again, kill it at once. What lost its supervisor is stopped from here."""
        reading = self.runs.of(name)
        if not self.runs.is_running(name):
            self._pane.reading.with_record(self._pane.last_record, self._stop_alone)
        elif reading is not None and reading.run is not None:
            try:
                reading.run.cancel()
            except ConsoleError as error:
                self._pane.tell(str(error))
            self._pane.keep_up()

    def _stop_alone(self, record: Record) -> None:
        async def stop() -> None:
            context = self._pane.context
            try:
                self._ended(await end(context.target, record, context.clock))
            except ConsoleError as error:
                self._pane.tell(str(error))

        self._pane.run_worker(stop(), group=f"stop-{record.id}", exit_on_error=False)
