"""The Actions tab: the runbook's commands, what each will do, its output while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.notifications import SeverityLevel

from orket_console.actions.audit import record_refusal
from orket_console.actions.catalogue import CATALOGUE, find
from orket_console.actions.kept import Kept, kept_output
from orket_console.actions.live import LiveOutput
from orket_console.actions.overview import ActionDetail, Overview, described, overview
from orket_console.actions.parameters import checked
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import History, Record, folder_of, history, load
from orket_console.actions.runner import ASKED, UNASKED, Run, start
from orket_console.base.errors import ConsoleError
from orket_console.base.refs import ActionRef, Ref
from orket_console.base.state import State
from orket_console.ui.action_runs import ActionRuns, Reading
from orket_console.ui.context import UiContext
from orket_console.ui.literal import literal
from orket_console.ui.messages import RunAction
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.parameters import ParametersScreen
from orket_console.ui.widgets.action_text import (
    detail_text,
    history_row,
    list_row,
    question,
)
from orket_console.ui.widgets.action_views import (
    HISTORY,
    OUTPUT,
    PLAN,
    ActionList,
    ActionViews,
)
from orket_console.ui.widgets.listing import Listing

_REFRESH: Final = 5.0
_TICK: Final = 0.1
_SEVERITIES: Final[dict[State, SeverityLevel]] = {
    State.OK: "information",
    State.FAILING: "error",
}


class ActionsPane(Pane):
    """Several actions may run at once, in view or not."""

    TITLE = "Actions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel", "cancel", id="actions.cancel"),
        Binding("p", "parameters", "parameters", id="actions.parameters"),
        Binding("o", "output", "output", id="actions.output"),
        Binding("h", "history", "history", id="actions.history"),
        Binding("escape", "close", "back to the plan", id="actions.close"),
    ]
    SCOPED_CSS = False
    DEFAULT_CSS = """
    ActionsPane #actions-body { height: 1fr; }
    ActionsPane #actions-top { height: 9; }
    ActionsPane.-reading #actions-top { height: 4; }
    ActionsPane ActionViews { height: 1fr; border-top: solid $panel; }
    .-wide ActionsPane #actions-body { layout: horizontal; }
    .-wide ActionsPane #actions-top { height: 1fr; width: 2fr; min-width: 66; }
    .-wide ActionsPane ActionViews { border-top: none; border-left: solid $panel; width: 3fr; }
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._overview = Overview((), ())
        self._plan: Plan | None = None
        self._given: dict[str, dict[str, str]] = {}
        self._runs = ActionRuns()
        self._wanted = ""
        self._in_view = False

    def compose(self) -> ComposeResult:
        with Container(id="actions-body"):
            with Container(id="actions-top"):
                yield ActionList(partial(self._obstacle, "choose"))
            yield ActionViews()

    def on_mount(self) -> None:
        self.set_interval(_TICK, self._keep_up)
        self.set_interval(_REFRESH, self._refresh_in_view)

    def hidden(self) -> None:
        self._in_view = False

    def shown(self) -> None:
        self._in_view = True
        self._turn_to(self._views.view)
        self._reload()

    # -- the list and the plan -----------------------------------------------------------

    @property
    def _list(self) -> ActionList:
        return self.query_one(ActionList)

    @property
    def _views(self) -> ActionViews:
        return self.query_one(ActionViews)

    @property
    def _selected(self) -> str:
        return self._list.selected or ""

    def place(self) -> Ref | None:
        return ActionRef(self._selected) if self._selected else None

    def unfinished(self) -> str:
        running = [record.title for record in self._runs.running()]
        return f"still running: {', '.join(running)}" if running else ""

    def open_ref(self, ref: Ref) -> bool:
        if not isinstance(ref, ActionRef) or ref.name not in {a.name for a in CATALOGUE}:
            return False
        self._want(ref.name)
        return True

    def _want(self, name: str) -> None:
        """Put the cursor on an action, at once or when the list is there."""
        self._wanted = name
        self._turn_to(PLAN)
        self._select_wanted()

    def _select_wanted(self) -> None:
        if self._wanted and self._list.select(self._wanted):
            self._wanted = ""

    def _refresh_in_view(self) -> None:
        if self._in_view:
            self._reload()

    def _reload(self) -> None:
        self.load("overview", partial(overview, self.context.target), self._show_overview)

    def _show_overview(self, found: Overview) -> None:
        if found.unreadable and not self._overview.rows:
            self.tell(f"{len(found.unreadable)} records of actions can't be read")
        self._overview = found
        for record in found.running:
            if run := self._runs.take_up(self.context.target, record, self.context.clock):
                group = f"run-{record.id}"
                self.run_worker(self._attend(run), group=group, exit_on_error=False)
        self._show_rows()
        self._select_wanted()
        self._look()
        if self._views.view == HISTORY:
            self._read_history()

    def _show_rows(self) -> None:
        found = self._overview.rows
        rows = [list_row(self.context, row, self._runs.run_of(row.name)) for row in found]
        self._list.show(rows, literal("looking at the installation …"))
        self.refresh_bindings()

    def _look(self) -> None:
        """Read what the selected action would do now."""
        if name := self._selected:
            self.load("plan", partial(self._described, name), self._show_plan)

    def _described(self, name: str) -> tuple[Plan, ActionDetail]:
        target = self.context.target
        made = plan(target, find(name), self._given.get(name, {}))
        return made, described(target, made, history(target))

    def _show_plan(self, found: tuple[Plan, ActionDetail]) -> None:
        made, shown = found
        same = self._plan is not None and self._plan.action is made.action
        self._plan = made
        self._views.show_plan(detail_text(shown), keep_place=same)
        self.refresh_bindings()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing is self._list:
            self._turn_to(PLAN)
            self._look()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing is self._list:
            self._prepare(message.key)
        else:
            self._open_record(message.key)

    # -- running -------------------------------------------------------------------------

    def on_run_action(self, message: RunAction) -> None:
        """Where palette and other tabs come in; parameters not given are as they were set here."""
        message.stop()
        given = {**self._given.get(message.name, {}), **message.parameters}
        self._want(message.name)
        self.load("given", partial(self._checked, message.name, given), self._take)

    def _checked(self, name: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        target = self.context.target
        try:
            return name, checked(find(name).parameters, given, target.path)
        except ConsoleError as error:
            record_refusal(target, name, given, str(error), self.context.clock.now())
            raise

    def _take(self, found: tuple[str, dict[str, str]]) -> None:
        name, values = found
        self._given[name] = values
        self._prepare(name)

    def _prepare(self, name: str) -> None:
        if self._runs.is_running(name):
            self.tell(f"{find(name).title} is already running")
        else:
            self.load("to-run", partial(self._described, name), self._ask)

    def _ask(self, found: tuple[Plan, ActionDetail]) -> None:
        """Start what only reads, ask before what writes, and ask for what is wanting."""
        made, shown = found
        if made.wanting and made.argv:
            self._edit(made.action.name, self._prepare)
        elif made.blocked:
            self.tell(f"{made.action.title} can't be run now: {made.blocked}")
        elif made.effect.writes:
            screen = ConfirmScreen(f"Run {made.action.title}?", question(shown))
            self.app.push_screen(screen, partial(self._answered, made))
        else:
            self._begin(made, UNASKED)

    def _answered(self, made: Plan, agreed: bool | None) -> None:  # noqa: FBT001  Textual's callback
        if agreed:
            self._begin(made, ASKED)

    def _begin(self, made: Plan, confirmation: str) -> None:
        name = made.action.name
        work = self._watch(made, confirmation)
        self.run_worker(work, group=f"run-{name}", exit_on_error=False)

    async def _watch(self, made: Plan, confirmation: str) -> None:
        """Start the action and stay with it; it goes on whatever tab is in view."""
        name = made.action.name
        output = LiveOutput()
        try:
            with self._runs.starting(name):
                target, clock = self.context.target, self.context.clock
                run = await start(target, made, output.add, clock, confirmation)
                reading = Reading(run.record, output, run)
                self._runs.add(reading)
        except ConsoleError as error:
            self.tell(str(error))
            return
        self._show_rows()
        if self._selected == name:
            self._show_output(reading)
        await self._attend(run)

    async def _attend(self, run: Run) -> None:
        record = await run.ended()
        if self.is_attached:
            self._ended(record)

    def _ended(self, record: Record) -> None:
        severity = _SEVERITIES.get(record.verdict.state) if record.verdict else None
        notes = "".join(f"\n{note}" for note in record.notes)
        self.app.notify(
            f"{record.title} {record.word}: {record.evidence}{notes}",
            severity=severity or "warning",
            timeout=8,
            markup=False,
        )
        self._keep_up()
        self._reload()

    def _keep_up(self) -> None:
        if self._runs.running():
            self._show_rows()
        self._views.keep_up()

    def action_cancel(self) -> None:
        """Stop it; asked again, kill it at once."""
        if run := self._runs.run_of(self._selected):
            try:
                run.cancel()
            except ConsoleError as error:
                self.tell(str(error))
            self._keep_up()

    # -- parameters ----------------------------------------------------------------------

    def action_parameters(self) -> None:
        if self._selected:
            self._edit(self._selected, lambda _name: self._look())

    def _edit(self, name: str, then: Callable[[str], None]) -> None:
        def taken(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self._given[name] = dict(values)
                then(name)

        form = ParametersScreen(find(name), self._given.get(name, {}), self.context.target.path)
        self.app.push_screen(form, taken)

    # -- output and history --------------------------------------------------------------

    def action_output(self) -> None:
        if reading := self._runs.of(self._selected):
            self._show_output(reading)
        elif record := self._last_record():
            self._open_record(record)

    def _last_record(self) -> str:
        return next((r.record for r in self._overview.rows if r.name == self._selected), "")

    def _open_record(self, record_id: str) -> None:
        self.load("record", partial(self._kept, record_id), self._show_kept)

    def _kept(self, record_id: str) -> tuple[Record, Kept]:
        target = self.context.target
        return load(target, record_id), kept_output(folder_of(target, record_id))

    def _show_kept(self, found: tuple[Record, Kept]) -> None:
        record, kept = found
        self._show_output(Reading(record, LiveOutput(kept.pieces), kept_cut=kept.cut))

    def _show_output(self, reading: Reading) -> None:
        self._views.show_output(reading)
        self._turn_to(OUTPUT)

    def action_history(self) -> None:
        self._turn_to(HISTORY)
        self._read_history()

    def _read_history(self) -> None:
        self.load("history", partial(history, self.context.target), self._show_history)

    def _show_history(self, kept: History) -> None:
        name = self._selected
        rows = [
            history_row(self.context, record) for record in kept.records if record.action == name
        ]
        empty = f"{find(name).title} was not run yet: esc, then ↵ runs it"
        self._views.show_history(rows, literal(empty))

    def action_close(self) -> None:
        self._turn_to(PLAN)

    def _turn_to(self, view: str) -> None:
        """Bring a view up and give it the keys."""
        self._views.turn_to(view)
        self.set_class(view != PLAN, "-reading")
        if self._in_view:
            self._list.focus() if view == PLAN else self._views.focus_view()
        self.refresh_bindings()

    # -- which keys do something ---------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "close":
            return self._views.view != PLAN
        return None if self._obstacle(action) else True

    def why_off(self, action: str) -> str:
        return self._obstacle(action)

    def _obstacle(self, action: str) -> str:
        """Why a key of this pane does nothing now; empty when it does something.

        What is not known yet, since the plan is still being read, is no obstacle: the key may
        have been typed ahead.
        """
        name = self._selected
        if not name:
            return "the installation is being looked at"
        if action == "choose":
            return "it is running" if self._runs.is_running(name) else self._blocked(name)
        if action == "cancel":
            return "" if self._runs.is_running(name) else "it is not running"
        if action == "parameters":
            return "" if find(name).parameters else "it has none"
        if action == "output":
            return "" if self._runs.of(name) or self._last_record() else "it was never run"
        return ""

    def _blocked(self, name: str) -> str:
        made = self._plan
        if made is None or made.action.name != name or (made.wanting and made.argv):
            return ""
        return made.blocked
