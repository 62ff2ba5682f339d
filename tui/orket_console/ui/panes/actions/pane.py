"""The Actions tab: the runbook's commands, what each will do, its output while it runs."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from orket_console.actions.catalogue import Action, catalogue_of
from orket_console.actions.overview import Overview, overview
from orket_console.actions.records import Record
from orket_console.base.refs import ActionRef, OutputRef, Ref
from orket_console.ui.context import UiContext
from orket_console.ui.copying import copy, file_name
from orket_console.ui.literal import literal
from orket_console.ui.messages import RunAction
from orket_console.ui.panes.actions.keys import BINDINGS
from orket_console.ui.panes.actions.obstacles import obstacle
from orket_console.ui.panes.actions.planning import Planning
from orket_console.ui.panes.actions.reading import Outputs
from orket_console.ui.panes.actions.running import Running
from orket_console.ui.panes.pane import Pane
from orket_console.ui.widgets.action_text import list_row
from orket_console.ui.widgets.action_views import HISTORY, OUTPUT, PLAN, ActionList, ActionViews
from orket_console.ui.widgets.listing import Listing
from orket_console.ui.widgets.output_lines import OutputLines
from orket_console.ui.widgets.output_view import OutputView

_REFRESH: Final = 5.0
_TICK: Final = 0.1
_SPACIOUS: Final = 150
"""Columns from which the list has room beside the plan for all that it can say."""


class ActionsPane(Pane):
    """Arranges. What it shows is computed by the actions room."""

    TITLE = "Actions"
    BINDINGS = BINDINGS
    SCOPED_CSS = False
    DEFAULT_CSS = """
    ActionsPane #actions-body { height: 1fr; }
    ActionsPane #actions-top { height: 11; }
    ActionsPane.-reading #actions-top { height: 4; }
    ActionsPane ActionViews { height: 1fr; border-top: solid $panel; }
    .-wide ActionsPane #actions-body { layout: horizontal; }
    .-wide ActionsPane #actions-top { height: 1fr; width: 62; }
    .-wide ActionsPane ActionViews { border-top: none; border-left: solid $panel; width: 1fr; }
    ActionsPane.-spacious #actions-top { width: 80; }
    .-wide ActionsPane.-reading #actions-body { layout: vertical; }
    .-wide ActionsPane.-reading #actions-top { height: 8; width: 1fr; }
    .-wide ActionsPane.-reading ActionViews { width: 1fr; border: none; border-top: solid $panel; }
    ActionsPane.-full #actions-top { display: none; }
    ActionsPane.-full ActionViews, .-wide ActionsPane.-full ActionViews { border: none; }
    """

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._overview = Overview((), ())
        self.actions: dict[str, Action] = {}
        self._wanted = ""
        self._in_view = False
        self._ran = False
        self.planning = Planning(self)
        self.running = Running(self)
        self.reading = Outputs(self)

    def compose(self) -> ComposeResult:
        with Container(id="actions-body"):
            with Container(id="actions-top"):
                yield ActionList(partial(obstacle, self, "choose"))
            yield ActionViews()

    def on_mount(self) -> None:
        self.set_interval(_TICK, self.keep_up)
        self.set_interval(_REFRESH, self._refresh_in_view)

    # -- what the app asks

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= _SPACIOUS, "-spacious")
        self.call_after_refresh(self.show_rows)

    def hidden(self) -> None:
        self._in_view = False

    def shown(self) -> None:
        self._in_view = True
        self.turn_to(self.views.view)
        self.reload()

    def place(self) -> Ref | None:
        return ActionRef(self.selected) if self.selected else None

    def unfinished(self) -> str:
        running = [reading.record.title for reading in self.running.runs.running()]
        return f"still running: {', '.join(running)}" if running else ""

    def open_ref(self, ref: Ref) -> bool:
        if isinstance(ref, OutputRef):
            self.reading.open_record(ref.record, ref.text)
            return True
        if not isinstance(ref, ActionRef) or ref.name not in (self.actions or self._known()):
            return False
        self._want(ref.name)
        return True

    # -- what the controllers ask

    @property
    def list(self) -> ActionList:
        return self.query_one(ActionList)

    @property
    def views(self) -> ActionViews:
        return self.query_one(ActionViews)

    @property
    def selected(self) -> str:
        """The name of the action that has the cursor; empty before the list was read."""
        return self.list.selected or ""

    @property
    def bundle(self) -> str:
        """The name of the bundle that the selected action is a step of; empty without one."""
        rows = self._overview.rows
        return next((row.name for row in rows if self.selected in row.steps), "")

    @property
    def left_alive(self) -> bool:
        """Whether processes of the selected action live, though its supervisor is gone."""
        return any(row.left_alive for row in self._overview.rows if row.name == self.selected)

    def title_of(self, name: str) -> str:
        return self.actions[name].title if name in self.actions else name

    @property
    def last_record(self) -> str:
        """The id of the selected action's newest record; empty where there is none."""
        return next((r.record for r in self._overview.rows if r.name == self.selected), "")

    @property
    def record_looked_at(self) -> str:
        """The id of the run that is looked at, or that was the selected action's last."""
        return self.views.record_at_cursor or self.last_record

    def reload(self) -> None:
        """Look at the installation and the records again."""
        self.load("overview", self._look_over, self._show_overview)

    def _look_over(self) -> tuple[dict[str, Action], Overview]:
        return self._known(), overview(self.context.target)

    def _known(self) -> dict[str, Action]:
        return {action.name: action for action in catalogue_of(self.context.target)}

    def show_rows(self) -> None:
        runs, found = self.running.runs, self._overview.rows
        rows = [list_row(self.context, row, runs.of(row.name)) for row in found]
        self.list.show_actions(rows, literal("looking at the installation …"))
        self.refresh_bindings()

    def keep_up(self) -> None:
        """Bring what runs up to date on screen."""
        running = self.running.runs.running()
        if running or self._ran:
            self.show_rows()
            self.views.show_running(running)
        self._ran = bool(running)
        self.views.keep_up()

    def turn_to(self, view: str) -> None:
        """Bring a view up and give it the keys."""
        self.views.turn_to(view)
        if self.has_class("-reading") is not (view != PLAN):
            self.set_class(view != PLAN, "-reading")
            self.call_after_refresh(self.show_rows)
        self.set_class(view == OUTPUT and self.has_class("-full"), "-full")
        if self._in_view:
            self.list.focus() if view == PLAN else self.views.focus_view()
        self.refresh_bindings()

    # -- the list

    def _want(self, name: str) -> None:
        """Put the cursor on an action, at once or when the list is there."""
        self._wanted = name
        self.turn_to(PLAN)
        self._select_wanted()

    def select(self, name: str) -> None:
        """Put the cursor on an action, and leave what is in view."""
        if name != self.selected:
            with self.prevent(Listing.Highlighted):
                self.list.select(name)
            self.planning.look()

    def _select_wanted(self) -> None:
        if self._wanted and self.list.select(self._wanted):
            self._wanted = ""

    def _refresh_in_view(self) -> None:
        if self._in_view:
            self.reload()

    def _show_overview(self, read: tuple[dict[str, Action], Overview]) -> None:
        self.actions, found = read
        if found.unreadable and not self._overview.rows:
            self.tell(f"{len(found.unreadable)} records of actions can't be read")
        for problem in found.problems:
            if problem not in self._overview.problems:
                self.tell(f"a command of your own can't be used: {problem}")
        self._overview = found
        self.running.take_up(found.running)
        self.show_rows()
        self._select_wanted()
        self.planning.look()
        if self.views.view == HISTORY:
            self.reading.read_history()

    # -- what the widgets say, and other tabs

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        if message.listing is self.list:
            self.turn_to(PLAN)
            self.planning.look()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        if message.listing is self.list:
            self.running.prepare(message.key)
        else:
            self.reading.open_record(message.key)

    def on_run_action(self, message: RunAction) -> None:
        """Where palette and other tabs come in; parameters not given are as they were set here."""
        message.stop()
        self._want(message.name)
        self.planning.take(message.name, message.parameters, self.running.prepare)

    def on_output_view_full(self, message: OutputView.Full) -> None:
        message.stop()
        self.toggle_class("-full")

    def on_output_view_copied(self, message: OutputView.Copied) -> None:
        message.stop()
        copy(self, file_name("output", f"{message.record}.txt"), message.text_of)

    def on_output_lines_moved(self, message: OutputLines.Moved) -> None:
        message.stop()
        self.views.keep_up()

    # -- keys

    def action_cancel(self) -> None:
        self.running.cancel(self.selected)

    def action_parameters(self) -> None:
        """Change what the next run has; from the history, what that run had, and run it."""
        if self.views.view == HISTORY and (record := self.views.record_at_cursor):
            self.reading.with_record(record, self._changed)
        elif self.selected:
            self.planning.edit(self.selected, self._planned_anew)

    def _planned_anew(self, _name: str) -> None:
        """Out of the last run's output, which is not of the next: Enter runs it from here."""
        self.turn_to(PLAN)
        self.planning.look()

    def _changed(self, record: Record) -> None:
        self.planning.edit(record.action, self.running.prepare, record.parameters)

    def action_again(self) -> None:
        if record := self.record_looked_at:
            self.reading.with_record(record, self.running.again)

    def action_evidence(self) -> None:
        if record := self.record_looked_at:
            self.reading.open_evidence(record)

    def action_next(self) -> None:
        """Run what the runbook has after the last run."""
        follows = self.planning.after(self.selected)
        if follows is not None and follows.action:
            self.post_message(RunAction(follows.action, follows.parameters))

    def action_bundle(self) -> None:
        self._want(self.bundle)

    def action_other(self, step: int) -> None:
        self.reading.turn_over(step)

    def action_output(self) -> None:
        self.reading.open()

    def action_history(self) -> None:
        self.reading.open_history()

    def action_close(self) -> None:
        """Out of what is looked at, one step at a time."""
        if self.views.leave():
            self.views.keep_up()
        elif self.has_class("-full"):
            self.remove_class("-full")
        else:
            self.turn_to(PLAN)

    # -- which keys do something

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "close":
            return self.views.view != PLAN
        return None if obstacle(self, action) else True

    def why_off(self, action: str) -> str:
        return obstacle(self, action)
