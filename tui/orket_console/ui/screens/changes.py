"""Who changed it: each turn at which a value was another than before, first to last."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref
from orket_console.runs.changes import STATUS, Change, Field
from orket_console.runs.words import count
from orket_console.ui.context import UiContext
from orket_console.ui.literal import cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.reading import GoOn, Reading
from orket_console.ui.widgets.lazy_rows import LazyRows
from orket_console.ui.widgets.listing import Column, Listing

_KEYS: Final = "Enter to the turn  i this issue or all  esc another value"
_EVERY: Final = 0.1
"""Seconds between two looks at how far the reading is."""


class ChangesScreen(Dialog[Ref | None]):
    """Ends with a turn to go to, or None. `read` finds the changes of an issue, or of all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "issues", "this issue or all", id="changes.issues"),
        Binding("escape,q", "dismiss(None)", "close", id="changes.close"),
    ]
    DEFAULT_CSS = """
    ChangesScreen Listing { height: 1fr; background: $surface; }
    ChangesScreen #changes-head { height: auto; max-height: 3; }
    ChangesScreen #change { height: auto; max-height: 8; border-top: solid $panel; }
    """

    def __init__(
        self,
        context: UiContext,
        field: Field,
        issue: str,
        read: Callable[[Field, str, GoOn], tuple[Change, ...]],
    ) -> None:
        super().__init__()
        self._ui = context
        self._field = field
        self._issue = issue
        self._read = read
        self._all = False
        self._found: tuple[Change, ...] = ()
        self._problem = ""
        self._reading = Reading(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static("", id="changes-head")
            columns = [
                Column("time", 8),
                Column("", 1),
                Column("issue", 12),
                Column("by", 24),
                Column("became"),
            ]
            yield Listing(columns, id="changes")
            yield Static("", id="change")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.set_interval(_EVERY, self._tell_progress)
        self._start()

    def on_unmount(self) -> None:
        self._reading.stop()

    def action_issues(self) -> None:
        """Of this issue alone, or of all of the run."""
        self._all = not self._all
        self._start()

    def _start(self) -> None:
        field, issue = self._field, "" if self._all else self._issue
        self._found, self._problem = (), ""
        self._reading.start(lambda go_on: self._read(field, issue, go_on), self._take, self._fail)
        self._show()

    def _take(self, found: tuple[Change, ...]) -> None:
        self._found = found
        self._show()

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._show()

    def _tell_progress(self) -> None:
        if self._reading.busy:
            self._show_head()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._show_change()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        turn = self._found[int(message.key)].turn
        if turn is not None:
            self.dismiss(turn.ref)
        else:
            self.app.notify("no turn can be told that did this", timeout=3)

    # -- drawing

    def _show(self) -> None:
        found = self._found
        rows = LazyRows([str(at) for at in range(len(found))], lambda at: self._cells(found[at]))
        why = self._problem or ("reading the turns" if self._reading.busy else "nothing changed it")
        self.query_one(Listing).show(rows, literal(why))
        self._show_head()
        self._show_change()

    def _cells(self, change: Change) -> tuple[Text, ...]:
        turn = change.turn
        by = f"#{turn.ref.index} {turn.ref.role}" if turn and self._field.part != STATUS else ""
        return (
            cell(self._ui.time_of_day(change.at) if change.at else "–", "dim"),
            glyph(turn.state) if turn else cell(""),
            cell(change.issue),
            cell(by or change.by),
            cell(change.after if not change.before else f"{change.before} → {change.after}"),
        )

    def _show_head(self) -> None:
        text = (
            Text(end="")
            .append("Who changed ", "bold")
            .append_text(literal(str(self._field), "bold"))
        )
        text.append_text(literal(" of all issues" if self._all else f" of {self._issue}"))
        if self._reading.busy:
            done, total = self._reading.progress
            text.append(f"  read {done} of {total} turns" if total else "  reading", "yellow")
        elif not self._problem:
            text.append(f"  {count(len(self._found), 'change')}", "dim")
        self.query_one("#changes-head", Static).update(text)

    def _show_change(self) -> None:
        """The selected change in full."""
        at = self.query_one(Listing).selected
        text = Text(end="")
        if at is not None and self._found:
            change = self._found[int(at)]
            text.append_text(literal(f"by {change.by}", "bold"))
            if change.turn is not None and self._field.part == STATUS:
                text.append_text(literal(f"  in {change.turn.ref}", "dim"))
            if change.before:
                text.append("\n- ", "red").append_text(literal(change.before))
            text.append("\n+ ", "green").append_text(literal(change.after))
        self.query_one("#change", Static).update(text)
