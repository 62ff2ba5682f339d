"""What the selected action would do now, and the parameters that the operator gave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from orket_console.actions.audit import record_refusal
from orket_console.actions.catalogue import find_in
from orket_console.actions.overview import ActionDetail, described
from orket_console.actions.parameters import checked
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import history
from orket_console.base.errors import ConsoleError
from orket_console.ui.screens.parameters import ParametersScreen
from orket_console.ui.widgets.action_text import detail_text

if TYPE_CHECKING:
    from orket_console.ui.panes.actions.pane import ActionsPane


class Planning:
    def __init__(self, pane: ActionsPane) -> None:
        self._pane = pane
        self._plan: Plan | None = None
        self.given: dict[str, dict[str, str]] = {}

    def look(self) -> None:
        """Read what the selected action would do now."""
        if name := self._pane.selected:
            self._pane.load("plan", partial(self.described, name), self._show)

    def described(self, name: str) -> tuple[Plan, ActionDetail]:
        """Reads the installation and the records."""
        target = self._pane.context.target
        made = plan(target, find_in(target, name), self.given.get(name, {}))
        return made, described(target, made, history(target))

    def _show(self, found: tuple[Plan, ActionDetail]) -> None:
        made, shown = found
        same = self._plan is not None and self._plan.action is made.action
        self._plan = made
        self._pane.views.show_plan(detail_text(shown), keep_place=same)
        self._pane.refresh_bindings()

    def blocked(self, name: str) -> str:
        """Why an action can't be run, as far as it was read."""
        made = self._plan
        if made is None or made.action.name != name or (made.wanting and made.argv):
            return ""
        return made.blocked

    def take(self, name: str, given: Mapping[str, str], then: Callable[[str], None]) -> None:
        """Check parameters, keep them, and go on; what is refused is told and audited."""
        given = {**self.given.get(name, {}), **given}

        def taken(values: dict[str, str]) -> None:
            self.given[name] = values
            then(name)

        self._pane.load("given", partial(self._checked, name, given), taken)

    def _checked(self, name: str, given: Mapping[str, str]) -> dict[str, str]:
        target = self._pane.context.target
        try:
            return checked(find_in(target, name).parameters, given, target.path)
        except ConsoleError as error:
            now = self._pane.context.clock.now()
            record_refusal(target, name, given, str(error), now)
            raise

    def edit(self, name: str, then: Callable[[str], None]) -> None:
        """Let the operator change the parameters; `then` when they were taken."""

        def taken(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self.given[name] = dict(values)
                then(name)

        if (action := self._pane.actions.get(name)) is not None:
            root = self._pane.context.target.path
            form = ParametersScreen(action, self.given.get(name, {}), root)
            self._pane.app.push_screen(form, taken)
