"""How the lines look: columns, wrapping, which time. Kept for the next console."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from orket_console.logs.look import Column, Face, Look, keep_look, read_look, zoned

if TYPE_CHECKING:
    from orket_console.ui.panes.log.pane import LogPane

_TICK: Final = 1.0
"""Seconds between two drawings of how long ago things were."""


class Appearance:
    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._path = pane.context.target.state.log_look

    def start(self) -> None:
        """Take up the look that was kept, and let ages grow."""
        self._pane.load("look", lambda: read_look(self._path), self._take_up)
        self._pane.set_interval(_TICK, self._pane.view.tick)

    def choose_columns(self) -> None:
        from orket_console.ui.screens.columns import ColumnsScreen

        self._pane.app.push_screen(ColumnsScreen(self._columns, self._set_columns))

    def wrap(self) -> None:
        """Wrap long lines, or let them run on to the right."""
        look = self._pane.view.look
        self._change(replace(look, wrap=not look.wrap))
        self._pane.app.notify(
            "long lines run on to the right, ← → move them" if look.wrap else "long lines wrap",
            timeout=2,
        )

    def turn_clock(self) -> None:
        """The next of: the time of the setting, of the other zone, how long ago."""
        self._change(self._pane.view.look.next_face())
        self._pane.app.notify(f"times: {self._clock_word}", timeout=2)

    def when(self, at: datetime) -> str:
        """A time in full, in the zone of the lines; named where that is not the setting's."""
        context = self._pane.context
        if self._pane.view.look.face is not Face.OTHER:
            return f"{context.day_and_time(at)}.{at:%f}"
        shown = zoned(at, utc=not context.is_utc)
        return f"{shown:%Y-%m-%d %H:%M:%S.%f} {self._clock_word}"

    @property
    def _clock_word(self) -> str:
        face = self._pane.view.look.face
        if face is Face.AGO:
            return "how long ago"
        return "UTC" if self._pane.context.is_utc is (face is Face.AS_SET) else "local"

    @property
    def _columns(self) -> tuple[Column, ...]:
        view = self._pane.view
        return view.look.columns_for(view.size.width)

    def _set_columns(self, columns: tuple[Column, ...] | None) -> tuple[Column, ...]:
        self._change(replace(self._pane.view.look, columns=columns))
        return self._columns

    def _change(self, look: Look) -> None:
        self._take_up(look)
        self._pane.load("keep-look", lambda: keep_look(self._path, look), lambda _kept: None)

    def _take_up(self, look: Look) -> None:
        before = self._pane.view.look.face
        self._pane.view.look = look
        if look.face is not before:
            self._pane.looking.show_again()
