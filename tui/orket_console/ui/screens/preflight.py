"""`b`: before a rerun of an issue, what it would meet, each line with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref, TableRef
from orket_console.runs.preflight.evidence import read_row
from orket_console.runs.preflight.judge import Line, Preflight
from orket_console.target.target import Target
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.reading import GoOn, Reading
from orket_console.ui.screens.record import RecordScreen
from orket_console.ui.widgets.listing import Column, Listing, Row

_KEYS: Final = "Enter its evidence  r look again  esc closes"


class PreflightScreen(Dialog[Ref | None]):
    """Ends with a piece of evidence to go to, or None. `look` reads, in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "again", "look again", id="preflight.again"),
        Binding("escape,b,q", "dismiss(None)", "close", id="preflight.close"),
    ]
    DEFAULT_CSS = """
    PreflightScreen Listing { height: 1fr; background: $surface; }
    PreflightScreen #preflight-head { height: auto; max-height: 6; }
    PreflightScreen #preflight-line { height: auto; max-height: 8; border-top: solid $panel; }
    """

    def __init__(self, target: Target, issue: str, look: Callable[[GoOn], Preflight]) -> None:
        super().__init__()
        self._target = target
        self._issue = issue
        self._look = look
        self._found: Preflight | None = None
        self._problem = ""
        self._reading = Reading(self)
        self._row = Reading(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static("", id="preflight-head")
            columns = [Column("", 1), Column("what", 13), Column("how it stands")]
            yield Listing(columns, id="preflight")
            yield Static("", id="preflight-line")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.action_again()

    def on_unmount(self) -> None:
        self._reading.stop()
        self._row.stop()

    def action_again(self) -> None:
        self._problem = ""
        self._reading.start(self._look, self._take, self._fail)
        self._show_head()

    def _take(self, found: Preflight) -> None:
        self._found = found
        self._show_head()
        rows = [
            Row(str(at), (glyph(line.state), cell(line.name), cell(line.says)))
            for at, line in enumerate(found.lines)
        ]
        self.query_one(Listing).show(rows, cell("nothing is known of it"))
        self._show_line()

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._show_head()

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._show_line()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        """To the run or turn of the line; a row of a table is shown here."""
        message.stop()
        line = self._selected
        if line is None:
            return
        if isinstance(line.ref, TableRef):
            self._row.start(
                lambda _go_on: read_row(self._target, line),
                lambda row: self._show_row(line, row),
                self._tell,
            )
        elif line.ref is not None:
            self.dismiss(line.ref)
        else:
            self.app.notify(f"{line.evidence} can't be opened", timeout=3)

    def _show_row(self, line: Line, row: tuple[tuple[str, str], ...]) -> None:
        self.app.push_screen(RecordScreen(f"{line.ref}, {line.row}", row))

    def _tell(self, problem: str) -> None:
        self.app.notify(problem, severity="warning")

    # -- drawing

    @property
    def _selected(self) -> Line | None:
        at = self.query_one(Listing).selected
        return self._found.lines[int(at)] if self._found and at is not None else None

    def _show_head(self) -> None:
        found = self._found
        name = f"{found.session} {found.issue}" if found else self._issue
        text = Text(end="").append(f"Before a rerun of {name}  ", "bold")
        if self._reading.busy:
            text.append("reading", "yellow")
        elif self._problem:
            text.append_text(literal(self._problem, "yellow"))
        if found is not None:
            text.append("\n").append_text(glyph(found.state)).append(" ")
            text.append_text(literal(found.verdict, STATE_STYLES[found.state]))
            for problem in [each for each in found.problems if each not in found.verdict][:3]:
                text.append("\n▲ ", "yellow").append_text(cell(problem, "yellow"))
        self.query_one("#preflight-head", Static).update(text)

    def _show_line(self) -> None:
        """The selected line in full, and where it was seen."""
        line, text = self._selected, Text(end="")
        if line is not None:
            text.append_text(glyph(line.state)).append(" ").append_text(literal(line.says))
            text.append_text(literal(f"\nseen in {line.evidence}", "dim"))
        self.query_one("#preflight-line", Static).update(text)
