"""`s`: every log that is read or could be, its state, and which of them are left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.clock import size
from orket_console.base.state import State
from orket_console.logs.sources import SourceState, SourceStatus
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row

_EVERY: Final = 0.5
"""Seconds between two looks at the states."""
_STATES: Final = {
    SourceStatus.FOLLOWING: State.OK,
    SourceStatus.READ: State.OK,
    SourceStatus.WAITING: State.DEGRADED,
    SourceStatus.UNREADABLE: State.FAILING,
}
_SWITCHED: Final = frozenset(
    {
        SourceStatus.FOLLOWING,
        SourceStatus.READ,
        SourceStatus.WAITING,
        SourceStatus.UNREADABLE,
        SourceStatus.OFF,
    }
)
_FIXED: Final = {
    SourceStatus.ROTATED: "it goes with its log: switch that",
    SourceStatus.LEFT_OUT: "it is not read at all",
}


class SourcesScreen(Dialog[None]):
    """Shows `states` as they change; `switch` leaves a log out, or takes it in, by its path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "off or on", id="sources.switch"),
        Binding("escape,s,q", "dismiss(None)", "close", id="sources.close"),
    ]

    def __init__(
        self,
        context: UiContext,
        states: Callable[[], tuple[SourceState, ...]],
        switch: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._ui = context
        self._states = states
        self._switch = switch

    def compose(self) -> ComposeResult:
        columns = [
            Column("", 1),
            Column("log"),
            Column("state", 10),
            Column("size", 6, right=True),
            Column("last", 8),
        ]
        with Vertical(classes="dialog"):
            yield Static(literal("Logs", "bold"))
            yield Listing(columns, id="sources")
            yield Static("", id="sources-detail", markup=False)
            yield Static(literal("space off or on   esc closes", "dim"))

    def on_mount(self) -> None:
        self._show()
        self.query_one(Listing).focus()
        self.set_interval(_EVERY, self._show)

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._say()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        self.action_switch()

    def action_switch(self) -> None:
        state = self._selected
        if state is None:
            return
        if state.status in _SWITCHED:
            self._switch(state.path)
        else:
            self.app.notify(_FIXED[state.status], markup=False, timeout=3)

    @property
    def _selected(self) -> SourceState | None:
        path = self.query_one(Listing).selected
        return next((state for state in self._states() if state.path == path), None)

    def _show(self) -> None:
        states = self._states()
        listing = self.query_one(Listing)
        listing.styles.height = min(max(len(states), 1), max(self.size.height - 10, 3)) + 1
        listing.show([self._row(state) for state in states], cell("no log yet"))
        self._say()

    def _say(self) -> None:
        """Where the selected log lies, and why it is as it is."""
        state = self._selected
        said = "" if state is None else state.path
        if state is not None and state.detail:
            said += f": {state.detail}"
        self.query_one("#sources-detail", Static).update(literal(said, "dim"))

    def _row(self, state: SourceState) -> Row:
        quiet = "" if state.status in _STATES else "dim"
        return Row(
            state.path,
            (
                glyph(_STATES.get(state.status, State.INFO)),
                cell(state.name, quiet),
                cell(state.status, quiet),
                cell("" if state.size is None else size(state.size), quiet),
                cell(self._ui.time_of_day(state.last) if state.last else "", quiet),
            ),
        )
