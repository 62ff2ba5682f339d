"""The console: header, tabs, panes and the ways between them."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import Sequence
from typing import ClassVar, Final, cast

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input
from textual.worker import Worker, WorkerState

from orket_console.base.refs import ActionRef, Ref
from orket_console.base.text import clean
from orket_console.ui.app_keys import BINDINGS
from orket_console.ui.context import UiContext
from orket_console.ui.crash import fault_line, write_crash
from orket_console.ui.drawn import Changes, Drawn
from orket_console.ui.incident_watch import IncidentWatch
from orket_console.ui.job_control import has_job_control
from orket_console.ui.line_filters import SecretFilter
from orket_console.ui.literal import literal
from orket_console.ui.messages import (
    AtMoment,
    HealthSummary,
    Jump,
    LookNow,
    Looks,
    OpenIncident,
    RunAction,
)
from orket_console.ui.palette import ConsoleCommands, Palette, TurnCommands
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.help import HelpScreen
from orket_console.ui.screens.jump import JumpScreen
from orket_console.ui.tabs import HOME_OF, TABS, WITH_TIMES
from orket_console.ui.theme import DARK, DARK_NAMES, LIGHT, LIGHT_NAMES, row_cursor
from orket_console.ui.widgets.key_bar import KeyBar
from orket_console.ui.widgets.status_line import StatusLine
from orket_console.ui.widgets.tab_line import TabLine

_DEEPEST_HISTORY: Final = 50


class ConsoleApp(App[int]):
    """One console on one installation."""

    TITLE = "orket-console"
    CSS_PATH = "console.tcss"
    COMMANDS: ClassVar = {ConsoleCommands}
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(
        self, context: UiContext, theme: str, line_filters: Sequence[LineFilter] = ()
    ) -> None:
        self._secrets = SecretFilter(context.target.redactor())
        self._line_filters = (self._secrets, *line_filters)
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self.context = context
        self._wanted_theme = theme
        self._panes: dict[str, Pane] = {}
        self._making = asyncio.Lock()
        self._wanted_tab = ""
        self._trail: list[tuple[str, Ref | None]] = []
        self._drawn = Drawn()
        self.crash_line = ""
        self.incidents = IncidentWatch(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return (*super().get_line_filters(), *self._line_filters)

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        ansi = self.native_ansi_color
        background, primary = variables["background"], variables["primary"]
        return {**variables, "row-cursor": row_cursor(background, primary, ansi=ansi)}

    def compose(self) -> ComposeResult:
        yield StatusLine(self.context)
        yield TabLine(TABS)
        yield ContentSwitcher(id="panes")
        yield KeyBar()

    async def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.ansi_theme_dark, self.ansi_theme_light = DARK_NAMES, LIGHT_NAMES
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        known = self._wanted_theme in self.available_themes
        self.theme = self._wanted_theme if known else DARK.name
        if not known:
            self.notify(f"no theme {self._wanted_theme!r}", severity="warning", markup=False)
        # After the first paint, which a pane's imports would hold up.
        self.call_after_refresh(self._show_first_tab)

    # -- tabs -------------------------------------------------------------------------

    @property
    def current(self) -> str:
        """The title of the tab in view."""
        return TABS[self.query_one(TabLine).active]

    @property
    def pane(self) -> Pane | None:
        """The pane in view; None before the first is made."""
        return self._panes.get(self.current)

    async def _show_first_tab(self) -> None:
        # A digit may have been typed before the first paint: it stands.
        await self.show_tab(self._wanted_tab or TABS[0])
        # Its rounds tell the header and the incidents, whatever tab was chosen first.
        await self._pane(TABS[0])
        if not gc.isenabled():  # as `launch` starts us
            gc.freeze()
            gc.enable()

    async def show_tab(self, title: str) -> Pane:
        """Bring a tab into view, making its pane the first time.

        While a pane is being made the operator may choose another tab: the last choice stands.
        """
        self._wanted_tab = title
        pane = await self._pane(title)
        if not pane.is_attached:  # the console was ended while it was being made
            return pane
        switcher = self.query_one("#panes", ContentSwitcher)
        if self._wanted_tab == title and switcher.current != pane.id:
            if switcher.current is not None:
                self._panes[self.current].hidden()
            switcher.current = pane.id
            self.query_one(TabLine).active = TABS.index(title)
            pane.shown()
        return pane

    async def _pane(self, title: str) -> Pane:
        async with self._making:
            if title not in self._panes:
                pane = (await asyncio.to_thread(_pane_class, title))(self.context)
                await self.query_one("#panes", ContentSwitcher).add_content(pane)
                self._panes[title] = pane
            return self._panes[title]

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A key of the tab before, still on its way, may bring the focus there: give it back."""
        pane = next((each for each in event.widget.ancestors if isinstance(each, Pane)), None)
        if pane is not None and self.pane is not None and pane is not self.pane:
            self.pane.shown()

    async def action_tab(self, index: int) -> None:
        await self.show_tab(TABS[index])

    async def on_tab_line_clicked(self, message: TabLine.Clicked) -> None:
        await self.show_tab(TABS[message.index])

    # -- ways between places -----------------------------------------------------------

    async def on_jump(self, message: Jump) -> None:
        await self.go(message.ref)

    async def go(self, ref: Ref) -> None:
        """Show what `ref` points at, and remember where we were for `-`."""
        self._remember()
        pane = await self.show_tab(HOME_OF[type(ref)])
        if not pane.open_ref(ref):
            self.notify(f"{ref} is not there to be shown", severity="warning", markup=False)

    def _remember(self) -> None:
        """Where we are, for `-`."""
        if (here := self._panes.get(self.current)) is not None:
            self._trail.append((self.current, here.place()))
            del self._trail[:-_DEEPEST_HISTORY]

    async def action_back(self) -> None:
        if not self._trail:
            self.notify("nothing to go back to", markup=False, timeout=2)
            return
        title, ref = self._trail.pop()
        pane = await self.show_tab(title)
        if ref is not None:
            pane.open_ref(ref)

    async def on_run_action(self, message: RunAction) -> None:
        if self.current != "Actions":
            self._remember()
        pane = await self.show_tab("Actions")
        if message.parameters or pane.open_ref(ActionRef(message.name)):
            pane.post_message(message)

    async def on_health_summary(self, message: HealthSummary) -> None:
        self.query_one(StatusLine).show(message.state, message.line)
        # A secret that was changed meanwhile is known by the next round.
        self._secrets.redactor = await asyncio.to_thread(self.context.target.redactor)

    # -- incidents -----------------------------------------------------------------------

    def on_looks(self, message: Looks) -> None:
        self.incidents.look(message.looked)

    def on_open_incident(self, message: OpenIncident) -> None:
        self.incidents.open_from(message.finding)

    async def on_look_now(self, _message: LookNow) -> None:
        (await self._pane(TABS[0])).look_now()

    async def on_at_moment(self, message: AtMoment) -> None:
        """Take the tabs that have times there, and show the last of them."""
        self._remember()
        for title in WITH_TIMES:
            (await self._pane(title)).to_moment(message.at)
        await self.show_tab(WITH_TIMES[-1])

    def incidents_changed(self) -> None:
        """What is open is another, or stands otherwise."""
        if (pane := self._panes.get("Incident")) is not None:
            pane.look_now()

    # -- keys of the whole console -----------------------------------------------------

    def action_palette(self) -> None:
        self.push_screen(Palette(placeholder="tab, action, turn, theme …"))

    def action_turns(self) -> None:
        """The palette over the turns there are."""
        self.push_screen(Palette([TurnCommands], placeholder="session issue turn role"))

    def action_help(self) -> None:
        # A key may come before the first pane is there.
        if (pane := self._panes.get(self.current)) is not None:
            active = list(self.screen.active_bindings.values())
            self.push_screen(HelpScreen(self.current, active, pane))

    def action_jump(self) -> None:
        self.push_screen(JumpScreen(), self._jumped)

    async def _jumped(self, place: Ref | str | None) -> None:
        if isinstance(place, str):
            await self.show_tab(place)
        elif place is not None:
            await self.go(place)

    async def action_quit(self) -> None:
        """Quit; where something runs on without this console, say so and ask first."""
        if isinstance(self.screen, ConfirmScreen):
            return
        unfinished = [line for pane in self._panes.values() if (line := pane.unfinished())]
        if unfinished:
            question = ConfirmScreen("Quit? What runs goes on", literal("\n".join(unfinished)))
            self.push_screen(question, self._quit_if)
        else:
            self.exit(0)

    def action_redraw(self) -> None:
        """Draw every cell again: another program may have written over them."""
        self._drawn.forget()
        self.refresh(layout=True)

    def on_resize(self) -> None:
        # Sent also where the console was stopped and goes on.
        self.action_redraw()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", Changes(renderable, self._drawn))
        super()._display(screen, renderable)

    def action_suspend(self) -> None:
        """Step aside for the shell, where there is one that can bring the console back."""
        if has_job_control():
            self.action_suspend_process()
        else:
            self.notify(
                "no shell waits below that could bring the console back", severity="warning"
            )

    def _quit_if(self, agreed: bool | None) -> None:  # noqa: FBT001  Textual's callback
        if agreed:
            self.exit(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While text is typed, no key of the console but ctrl+p and ctrl+q does anything."""
        typing = isinstance(self.focused, Input)
        return not (typing and action in ("tab", "help", "jump", "back"))

    # -- what is said -----------------------------------------------------------------

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A toast. Whoever says it, its text is made safe here and never read as markup.

        What still stands there, as where a key is pressed again, is not said twice.
        """
        shown = clean(message)
        if any(toast.message == shown for toast in self._notifications):
            return
        super().notify(shown, title=clean(title), severity=severity, timeout=timeout, markup=False)

    # -- when things go wrong ----------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What goes on beside the tabs, as incidents do, failed in a way nobody thought of."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.notify(fault_line(event.worker.error), severity="warning", timeout=8)

    def _fatal_error(self) -> None:
        # A screen that was still coming when the console was ended misses its parts: no crash.
        if not (self._exit and isinstance(sys.exc_info()[1], NoMatches)):
            # Textual would print every local variable, secrets among them.
            self.crash_line = write_crash(self.context.target)
        self.panic()


def _pane_class(title: str) -> type[Pane]:
    module = importlib.import_module(f"orket_console.ui.panes.{title.lower()}")
    pane: type[Pane] = getattr(module, f"{title}Pane")
    return pane
