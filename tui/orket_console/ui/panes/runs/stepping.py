"""Stepping through the open run: by turn, failure, tool call, change of state; by the filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from orket_console.runs.detail import OpenedRun
from orket_console.runs.model import Turn
from orket_console.runs.narrow import search_turns
from orket_console.runs.pick import changed_state, failed, first_failure, made_call
from orket_console.ui.widgets.turn_panel import TurnPanel

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_NONE: Final[dict[str, tuple[Callable[[Turn], bool], str]]] = {
    "call": (made_call, "made a tool call"),
    "state": (changed_state, "asked for another state"),
}
"""What a turn must be for an action to come to it, and how one that isn't is told."""


class Stepping:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._looked_at: Sequence[Turn] = ()
        self._reasons: dict[str, str] = {}

    def turn(self, step: int) -> None:
        if self._pane.turns.step(step):
            # Now, and not when the list tells of it: a frame could come in between.
            self._pane.showing.turn()

    def come_to(self, turn: Turn) -> None:
        """A turn of the run that is open; a filter that hides it is dropped."""
        if self._pane.filtering.let_through(turn):
            self._pane.showing.turns()
        self._pane.turns.select(turn.path)
        self._pane.showing.turn()

    def failure(self, step: int) -> None:
        """The next failed turn of this run; then of the next run that is not well."""
        pane = self._pane
        in_list = pane.level == "runs"
        if not in_list and self._step_to(failed, step):
            return
        detail = pane.reading.detail
        if not in_list and detail is not None and detail.pending:
            self._say(f"no failure so far, {detail.pending} turns are still being read")
            return
        run = pane.runs.next_failed(step)
        if run is None:
            self._say(pane.reading.no_further_failure)
        elif in_list:
            pane.runs.select(run.session)
        else:
            expression = self._filter

            def land(run: OpenedRun) -> Turn | None:
                return first_failure(search_turns(run.judge().turns, expression), step)

            pane.reading.open(run.session, land)

    def call(self, step: int) -> None:
        """The next tool call: of this turn, else of the next turn that made one."""
        panel = self._pane.query_one(TurnPanel)
        if panel.step_call(step):
            return
        if not self._step_to(made_call, step):
            self._say(f"no tool call {'after' if step > 0 else 'before'} this one")
        elif step < 0:
            panel.come_to_last_call()

    def state(self, step: int) -> None:
        if not self._step_to(changed_state, step):
            self._say(f"no change of state {'after' if step > 0 else 'before'} this one")

    def why_off(self, action: str) -> str:
        """Why no key of `action` could come to any turn; empty where one might."""
        if action not in self._reasons:
            self._reasons[action] = self._find_reason(action, self._looked_at)
        return self._reasons[action]

    def look_at(self, turns: Sequence[Turn]) -> None:
        """Other turns are shown, so other keys may have become able to do something."""
        if turns is self._looked_at:
            return
        before = self._reasons
        self._looked_at, self._reasons = turns, {}
        if any(self.why_off(action) != reason for action, reason in before.items()):
            self._pane.refresh_bindings()

    def without_turn(self) -> str:
        """Why there is no turn to act on."""
        if self._pane.turns.turns:
            return "the cursor is on an issue without turns"
        return f"no turn fits {self._filter}" if self._filter else "this run left no turns"

    def _find_reason(self, action: str, turns: Sequence[Turn]) -> str:
        if not turns:
            return self.without_turn()
        if action not in _NONE:
            return ""
        wanted, words = _NONE[action]
        if any(wanted(turn) or not turn.judged for turn in turns):
            return ""
        return f"no turn {'that fits the filter' if self._filter else 'of this run'} {words}"

    @property
    def _filter(self) -> str:
        return self._pane.filtering.expression

    def _step_to(self, wanted: Callable[[Turn], bool], step: int) -> bool:
        found = self._pane.turns.step_to(wanted, step)
        if found:
            self._pane.showing.turn()
        return found

    def _say(self, text: str) -> None:
        self._pane.app.notify(text, markup=False, timeout=2)
