"""What the selected action would do now, and the parameters that the operator gave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from orket_console.actions.after import After
from orket_console.actions.audit import record_refusal
from orket_console.actions.catalogue import find_in
from orket_console.actions.offers import Offer, has_offers, offers_for
from orket_console.actions.overview import ActionDetail, described
from orket_console.actions.parameters import checked
from orket_console.actions.plan import Plan, plan
from orket_console.actions.records import history
from orket_console.base.errors import ConsoleError
from orket_console.ui.screens.parameters import ParametersScreen
from orket_console.ui.widgets.action_text import detail_text

if TYPE_CHECKING:
    from orket_console.ui.panes.actions.pane import ActionsPane


@dataclass(frozen=True, slots=True)
class Described:
    """What an action would do, as it is run and as it is shown."""

    plan: Plan
    shown: ActionDetail


class Planning:
    def __init__(self, pane: ActionsPane) -> None:
        self._pane = pane
        self._plan: Plan | None = None
        self._after: After | None = None
        self.given: dict[str, dict[str, str]] = {}

    def look(self) -> None:
        """Read what the selected action would do now."""
        if name := self._pane.selected:
            self._pane.load("plan", partial(self.described, name), self._show)

    def described(self, name: str, values: Mapping[str, str] | None = None) -> Described:
        """What would be done with `values`, or with those given. Reads the installation."""
        target = self._pane.context.target
        action = find_in(target, name)
        made = plan(target, action, self.given.get(name, {}) if values is None else values)
        return Described(made, described(target, made, history(target)))

    def _show(self, found: Described) -> None:
        made = found.plan
        same = self._plan is not None and self._plan.action.name == made.action.name
        self._plan, self._after = made, found.shown.after
        body = detail_text(self._pane.context, found.shown)
        self._pane.views.show_plan(body, keep_place=same)
        self._pane.refresh_bindings()

    def after(self, name: str) -> After | None:
        """What follows from an action's last run, as far as it was read."""
        made = self._plan
        return self._after if made is not None and made.action.name == name else None

    def blocked(self, name: str) -> str:
        """Why an action can't be run, as far as it was read."""
        made = self._plan
        if made is None or made.action.name != name or made.wanting:
            return ""
        return made.blocked

    def take(self, name: str, given: Mapping[str, str], then: Callable[[str], None]) -> None:
        """Check parameters, keep them, and go on; what is refused is told and audited."""
        given = {**self.given.get(name, {}), **given}

        def taken(values: dict[str, str]) -> None:
            self.given[name] = values
            then(name)

        self._pane.load("given", partial(self.checked, name, given), taken)

    def checked(self, name: str, given: Mapping[str, str]) -> dict[str, str]:
        """Parameters as they may be used; a refusal is audited. Raises `ConsoleError`."""
        target = self._pane.context.target
        try:
            return checked(find_in(target, name).parameters, given, target.path)
        except ConsoleError as error:
            now = self._pane.context.clock.now()
            record_refusal(target, name, given, str(error), now)
            raise

    def edit(
        self, name: str, then: Callable[[str], None], values: Mapping[str, str] | None = None
    ) -> None:
        """Let the operator change the parameters, from `values` on; `then` when they were taken."""

        def taken(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self.given[name] = dict(values)
                then(name)

        if (action := self._pane.actions.get(name)) is not None:
            target = self._pane.context.target
            before = self.given.get(name, {}) if values is None else values

            def ask(offers: Mapping[str, Sequence[Offer]]) -> None:
                form = ParametersScreen(action, before, target.path, offers)
                self._pane.app.push_screen(form, taken)

            if has_offers(action):
                self._pane.load("offers", partial(offers_for, target, action), ask)
            else:
                ask({})
