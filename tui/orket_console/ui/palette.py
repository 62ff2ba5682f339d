"""ctrl+p: every tab, every action, the turns there are, themes and keys, from one list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Matcher, Provider
from textual.content import Content
from textual.widgets import Input

from orket_console.base.refs import LogFilterRef, TurnRef
from orket_console.base.text import one_line
from orket_console.ui.messages import Jump, RunAction
from orket_console.ui.tabs import TABS

if TYPE_CHECKING:
    from orket_console.ui.app import ConsoleApp

_MOST_TURNS = 500
_FITS = 0.1
"""The score of a turn that has the words of the query, if not its letters in order."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette: `title` is searched and shown, `help` says what it does."""

    title: str
    help: str
    run: Callable[[], Any]


class Palette(CommandPalette):
    """Textual's, with a cursor that does not blink: each blink would redraw the screen.

    Its magnifying glass is left out: few terminals have it, and some draw it too narrow.
    """

    DEFAULT_CSS = """
    Palette SearchIcon { display: none; }
    """

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False


def _entry(title: str, help_: str, matcher: Matcher | None = None) -> Content:
    """A line and what it does below it: Textual would read either as markup."""
    content = Content(title)
    if matcher is not None:
        _, offsets = matcher.fuzzy_search.match(matcher.query, title)
        for offset in offsets:
            content = content.stylize(matcher.match_style, offset, offset + 1)
    return content + Content(f"\n{help_}").stylize("dim") if help_ else content


class ConsoleCommands(Provider):
    """What can be done from anywhere."""

    async def startup(self) -> None:
        app = cast("ConsoleApp", self.app)
        # Not above: the first paint needs no catalogue and no records.
        from orket_console.actions.catalogue import catalogue_of
        from orket_console.ui.last_runs import last_runs

        self._actions = await asyncio.to_thread(catalogue_of, app.context.target)
        self._last = await asyncio.to_thread(last_runs, app.context, self._actions)

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(_entry(command.title, command.help), command.run, command.title)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            if (score := matcher.match(command.title)) > 0:
                entry = _entry(command.title, command.help, matcher)
                yield Hit(score, entry, command.run, command.title)

    def _commands(self) -> Iterator[Command]:
        app = cast("ConsoleApp", self.app)
        from orket_console.logs.filter.named import named_filters

        for index, title in enumerate(TABS):
            yield Command(f"{index + 1} {title}", "go to the tab", partial(app.action_tab, index))
        for offer in app.pane.offers() if app.pane is not None else ():
            yield Command(one_line(offer.title), offer.help, offer.run)
        yield Command("Replay turn…", "search the turns there are", app.action_turns)
        for action in self._actions:
            message = RunAction(action.name, {})
            title, help_ = one_line(f"Run: {action.title}"), one_line(action.purpose)
            yield Command(title, help_, partial(app.post_message, message))
        for run in self._last:
            again = RunAction(run.action, run.parameters)
            yield Command(f"Again: {run.title}", run.outcome, partial(app.post_message, again))
        for name, expression in sorted(named_filters(app.context.target.settings).items()):
            jump = Jump(LogFilterRef(f"@{name}"))
            yield Command(f"Log: @{name}", expression, partial(app.post_message, jump))
        yield Command("Go to…", "a run, turn, log filter, probe, incident …", app.action_jump)
        yield Command("Keys", "what works where you are", app.action_help)
        for theme in sorted(app.available_themes):
            yield Command(f"Theme: {theme}", "colours", partial(setattr, app, "theme", theme))
        yield Command("Quit", "leave the console", app.action_quit)


class TurnCommands(Provider):
    """The turns of the installation, newest first, by fuzzy search over their keys."""

    async def startup(self) -> None:
        self._turns = cast("ConsoleApp", self.app).context.turns
        await asyncio.to_thread(self._turns.refresh)

    async def discover(self) -> Hits:
        for turn in self._turns.newest(50):
            title = one_line(str(turn.ref))
            yield DiscoveryHit(_entry(title, one_line(turn.label)), self._opener(turn.ref), title)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for turn in await asyncio.to_thread(self._turns.find, query, _MOST_TURNS):
            title = one_line(str(turn.ref))
            # What has every word of the query has its letters in order, or at least fits.
            score = matcher.match(title) or _FITS
            entry = _entry(title, one_line(turn.label), matcher)
            yield Hit(score, entry, self._opener(turn.ref), title)

    def _opener(self, ref: TurnRef) -> Callable[[], Any]:
        return partial(self.app.post_message, Jump(ref))
