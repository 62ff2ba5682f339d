"""`space`: the turns go by by themselves, until the end, a failure or a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.timer import Timer

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

_SPEEDS: Final = (0.5, 1.0, 2.0, 5.0)
"""Turns a second."""
_OWN_KEYS: Final = frozenset({"space", "less_than_sign", "greater_than_sign"})


class Playing:
    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._speed = 1.0
        self._timer: Timer | None = None
        self._at = ""
        self._waited = False

    @property
    def remark(self) -> str:
        """What the head line says of it; empty while nothing plays."""
        return f"playing {self._speed:g}/s" if self._timer is not None else ""

    def toggle(self) -> None:
        if self._timer is not None:
            self.stop()
        elif self._at_end:
            self._say("this is the last turn: p goes back")
        elif self._pane.turn is not None:
            self._at, self._waited = self._pane.turn.path, False
            self._begin()
            self._pane.showing.turn()

    def change_speed(self, by: int) -> None:
        at = min(max(_SPEEDS.index(self._speed) + by, 0), len(_SPEEDS) - 1)
        self._speed = _SPEEDS[at]
        if self._timer is None:
            self._say(f"space plays {self._speed:g} turns a second")
            return
        self._timer.stop()
        self._begin()
        self._pane.showing.turn()

    def key(self, key: str) -> None:
        """Any key but its own stops it, and then does what it does."""
        if key not in _OWN_KEYS:
            self.stop()

    def stop(self, why: str = "") -> None:
        if self._timer is None:
            return
        self._timer.stop()
        self._timer = None
        self._pane.showing.turn()
        if why:
            self._say(why)

    def _begin(self) -> None:
        self._timer = self._pane.set_interval(1 / self._speed, self._step)

    def _step(self) -> None:
        """To the next turn. One that is still being read is waited for: it may have failed."""
        pane, turn = self._pane, self._pane.turn
        if turn is None or turn.path != self._at or not pane.screen.is_current:
            self.stop()
            return
        if not turn.judged:
            self._waited = True
            return
        if not (self._waited and turn.failed):
            pane.stepping.turn(1)
            turn = pane.turn or turn
        self._at, self._waited = turn.path, not turn.judged
        if turn.failed:
            self.stop("stopped at a failure")
        elif self._at_end:
            self.stop("that was the last turn")

    @property
    def _at_end(self) -> bool:
        listing = self._pane.turns
        return listing.order is not None and listing.order >= len(listing.turns) - 1

    def _say(self, text: str) -> None:
        self._pane.app.notify(text, markup=False, timeout=2)
