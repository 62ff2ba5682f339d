"""`=` and `x`: which of a record's values to filter on, or what it belongs to."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.logs.filter import Filter
from orket_console.logs.filter.narrow import Offer, belongings_of, only, values_of, without
from orket_console.logs.records import Record
from orket_console.ui.literal import cell, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.widgets.listing import Column, Listing, Row

_KEYS: Final = "enter takes it   = only   x except   s t i m all of its …   esc closes"


class OnlyThisScreen(Dialog[str | None]):
    """Ends with the expression of the filter that was chosen, or None.

    A value narrows the filter in force. What the record belongs to takes that filter's place,
    since it is about what the filter hides.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("equals_sign", "turn(False)", "only", key_display="=", id="only.only"),
        Binding("x", "turn(True)", "except", id="only.except"),
        Binding("s", "all('session')", "this session", id="only.session"),
        Binding("t", "all('turn')", "this turn", id="only.turn"),
        Binding("i", "all('issue')", "this issue", id="only.issue"),
        Binding("m", "all('minute')", "a minute around", id="only.minute"),
        Binding("escape,q", "dismiss(None)", "cancel", id="only.cancel"),
    ]

    def __init__(self, record: Record, before: Filter, *, leave_out: bool) -> None:
        super().__init__()
        self._values = values_of(record)
        self._belongings = belongings_of(record)
        self._before = before
        self._leave_out = leave_out

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(id="only-title")
            yield Listing([Column("", 6), Column("", 8), Column("")], id="only-this")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        listing = self.query_one(Listing)
        listing.styles.height = len(self._values) + len(self._belongings) + 1
        listing.focus()
        self._show()

    def _show(self) -> None:
        said = "Leave out records with this value" if self._leave_out else "Only records like this"
        self.query_one("#only-title", Static).update(literal(said, "bold"))
        how = "except" if self._leave_out else "only"
        rows = [
            *(self._row(f"value {index}", how, o) for index, o in enumerate(self._values)),
            *(self._row(f"all {index}", "all of", o) for index, o in enumerate(self._belongings)),
        ]
        self.query_one(Listing).show(rows, cell("nothing to filter on"))

    def _row(self, key: str, how: str, offer: Offer) -> Row:
        return Row(key, (cell(how, "dim"), cell(offer.label), cell(offer.value)))

    def action_turn(self, leave_out: bool) -> None:  # noqa: FBT001  a binding's argument
        self._leave_out = leave_out
        self._show()

    def action_all(self, label: str) -> None:
        for offer in self._belongings:
            if offer.label == label:
                self.dismiss(offer.expression)
                return
        self.app.notify(f"the record has no {label}", timeout=3)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        kind, index = message.key.split()
        if kind == "all":
            self.dismiss(self._belongings[int(index)].expression)
        else:
            narrowed = without if self._leave_out else only
            self.dismiss(narrowed(self._before, self._values[int(index)]))
