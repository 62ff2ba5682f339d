"""The Actions tab as its tests use it: what is on screen, and what was kept."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.ui.conftest import Until
from textual.pilot import Pilot
from textual.screen import Screen

from orket_console.actions.catalogue import find
from orket_console.actions.records import Record, history
from orket_console.actions.verification import trail
from orket_console.ui.app import ConsoleApp
from orket_console.ui.panes.actions import ActionsPane
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.typed_confirm import TypedConfirmScreen, TypedName
from orket_console.ui.widgets.action_views import PLAN, ActionList, ActionViews
from orket_console.ui.widgets.output_lines import OutputLines


class Actions:
    """The tab on a small installation, with its list read."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[int], until: Until) -> None:
        self.app = app
        self.pilot = pilot
        self._until = until

    @property
    def pane(self) -> ActionsPane:
        return self.app.query_one(ActionsPane)

    @property
    def list(self) -> ActionList:
        return self.app.query_one(ActionList)

    @property
    def view(self) -> str:
        return self.app.query_one(ActionViews).view

    @property
    def records(self) -> tuple[Record, ...]:
        return history(self.app.context.target).records

    @property
    def audited(self) -> tuple[dict[str, object], ...]:
        """The audit trail's records, newest first."""
        return trail(self.app.context.target.state.audit, 10).records

    def row(self, name: str) -> str:
        (found,) = [row for row in self.list.rows if row.key == name]
        return " ".join(cell.plain for cell in found.cells)

    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def boxed(self) -> str:
        """What stands in the dialog, on one line: where it wraps depends on the machine's paths."""
        rows = re.findall("│(.*)│", self.text())
        return " ".join(" ".join(rows).split())

    def toasts(self) -> str:
        return "\n".join(toast.message for toast in self.app._notifications)

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            await self._until(self.pilot, condition)
        except TimeoutError:
            print(self.text(), self.app.focused, self.toasts())
            raise

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    @property
    def lines(self) -> OutputLines:
        return self.app.query_one(OutputLines)

    @property
    def line_at_cursor(self) -> str:
        lines = self.lines
        at = [
            place for place, line in enumerate(lines._lines) if line.number == lines.window.cursor
        ]
        return lines.render_line(at[0]).text.rstrip(" ▐") if at else ""

    async def on(self, name: str) -> None:
        """Put the cursor on an action and wait for its plan."""
        assert self.list.select(name)
        await self.until(lambda: find(name).title in self.plan_text())

    def plan_text(self) -> str:
        return self.text() if self.view == PLAN else ""

    async def asked(self, screen: type[Screen[bool]] = ConfirmScreen) -> None:
        """Until the question is there, and has the keys."""
        await self.until(lambda: isinstance(self.app.screen, screen))
        if screen is TypedConfirmScreen:
            await self.until(lambda: isinstance(self.app.focused, TypedName))

    async def agree(self) -> None:
        await self.asked()
        await self.press("y")
        await self.unasked()

    async def unasked(self) -> None:
        await self.until(lambda: self.app.screen is self.app.screen_stack[0])

    async def run(self, name: str) -> None:
        await self.on(name)
        await self.press("enter")
        await self.agree()
