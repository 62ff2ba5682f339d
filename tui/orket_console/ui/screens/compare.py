"""`c`: two turns part by part, beside one another or one below the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref
from orket_console.runs.compare.parts import PartName
from orket_console.runs.compare.turns import PartComparison, TurnComparison
from orket_console.runs.model import Turn
from orket_console.runs.words import turn_outcome
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.reading import GoOn, Reading
from orket_console.ui.screens.rules import RulesScreen
from orket_console.ui.widgets.diff_view import DiffView
from orket_console.ui.widgets.sheet_line import sheet_line

Read = Callable[[frozenset[str], GoOn], TurnComparison]
"""Compares without the rules of these names."""
_KEYS: Final = "n/p difference  ←/→ part  ↵ unfold  a all  v view  r rules  g to turn  esc"


class CompareScreen(Dialog[Ref | None]):
    """Ends with a turn to go to, or None. `land` is the part to begin with; None for the first
    that differs. `switched` is told of the rules that are off from now on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "difference(1)", "next difference", id="compare.next"),
        Binding("p", "difference(-1)", "difference before", id="compare.before"),
        Binding("right,right_square_bracket,tab", "part(1)", "next part", id="compare.part"),
        Binding("left,left_square_bracket,shift+tab", "part(-1)", "part before", id="compare.back"),
        Binding("a", "unfold", "unfold all", id="compare.unfold"),
        Binding("v", "view", "beside or below", id="compare.view"),
        Binding("r", "rules", "rules", id="compare.rules"),
        Binding("g", "go(1)", "go to the right turn", id="compare.go"),
        Binding("G", "go(-1)", "go to the left turn", id="compare.go-left"),
        Binding("escape,c,q", "dismiss(None)", "close", id="compare.close"),
    ]
    DEFAULT_CSS = """
    CompareScreen #compare-head { height: auto; max-height: 5; }
    """

    def __init__(
        self,
        read: Read,
        off: frozenset[str],
        switched: Callable[[frozenset[str]], None],
        land: PartName | None = None,
    ) -> None:
        super().__init__()
        self._read = read
        self._off = off
        self._switched = switched
        self._part: PartName | None = land
        self._comparison: TurnComparison | None = None
        self._problem = ""
        self._reading = Reading(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static("", id="compare-head")
            yield Static("", id="compare-parts")
            yield DiffView()
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(DiffView).focus()
        self._compare()

    def on_unmount(self) -> None:
        self._reading.stop()

    def on_resize(self, _event: events.Resize) -> None:
        self._show_head()
        self._show_parts()

    # -- reading

    def _compare(self) -> None:
        off = self._off
        self._reading.start(lambda go_on: self._read(off, go_on), self._take, self._fail)
        self._show_head()

    def _take(self, comparison: TurnComparison) -> None:
        self._comparison = comparison
        names = [part.name for part in comparison.parts]
        if self._part not in names:
            first = comparison.first
            self._part = first.name if first else next(iter(names), None)
        self._show_head()
        self._show_part()

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._show_head()

    # -- keys

    def action_difference(self, step: int) -> None:
        """The next difference of this part; then of the next part that has one."""
        view = self.query_one(DiffView)
        if view.next_difference(step):
            self._show_parts()
            return
        part = self._next_differing(step)
        if part is None:
            self.app.notify("no further difference", timeout=2)
            return
        self._part = part
        self._show_part()
        if step < 0:
            view.to_last_difference()
            self._show_parts()

    def action_part(self, step: int) -> None:
        if self._comparison is not None and self._comparison.parts:
            names = [part.name for part in self._comparison.parts]
            self._part = names[(self._at + step) % len(names)]
            self._show_part()

    def action_unfold(self) -> None:
        self.query_one(DiffView).unfold_all()

    def action_view(self) -> None:
        self.query_one(DiffView).turn_view()

    def action_rules(self) -> None:
        self.app.push_screen(RulesScreen(self._off, self._switch))

    def _switch(self, off: frozenset[str]) -> None:
        self._off = off
        self._switched(off)
        self._compare()

    def action_go(self, side: int) -> None:
        found = self._comparison
        if found is not None and (turn := found.right if side > 0 else found.left):
            self.dismiss(turn.ref)

    # -- drawing

    @property
    def _parts(self) -> tuple[PartComparison, ...]:
        return self._comparison.parts if self._comparison else ()

    @property
    def _at(self) -> int:
        return next((at for at, part in enumerate(self._parts) if part.name == self._part), 0)

    def _next_differing(self, step: int) -> PartName | None:
        at = self._at
        rest = self._parts[at + 1 :] if step > 0 else reversed(self._parts[:at])
        return next((part.name for part in rest if part.differs), None)

    def _show_head(self) -> None:
        head = Text(end="").append("Compare  ", "bold").append_text(self._state())
        found = self._comparison
        sides = (("-", found.left), ("+", found.right)) if found else ()
        lines = [head, *(_side(sign, turn) for sign, turn in sides)]
        for line in lines:
            line.truncate(max(self.size.width - 4, 20), overflow="ellipsis")
        self.query_one("#compare-head", Static).update(Text("\n").join(lines))

    def _state(self) -> Text:
        if self._reading.busy:
            return literal("reading both turns", "yellow")
        if self._problem:
            return literal(self._problem, "yellow")
        off = f"without {', '.join(sorted(self._off))}: " if self._off else ""
        said = self._comparison.summary if self._comparison else ""
        return literal(off, "yellow").append_text(cell(said))

    def _show_part(self) -> None:
        parts = self._parts
        self.query_one(DiffView).show(parts[self._at].rows if parts else ())
        self._show_parts()

    def _show_parts(self) -> None:
        """The parts on one line; at the one in view, which of its differences."""
        view = self.query_one(DiffView)
        names = []
        for part in self._parts:
            at = f" {view.place}" if part.name == self._part and part.differs else ""
            names.append(f"{'≠' if part.differs else '='} {part.name}{at}")
        line = sheet_line(names, self._at, max(self.size.width - 6, 20))
        self.query_one("#compare-parts", Static).update(line)


def _side(sign: str, turn: Turn | None) -> Text:
    """One of the turns, and what became of it."""
    line = Text(end="").append(f"{sign} ", "red" if sign == "-" else "green")
    if turn is None:
        return line.append("no such turn", "dim")
    line.append_text(cell(str(turn.ref))).append("  ").append_text(glyph(turn.state))
    return line.append(" ").append_text(cell(turn_outcome(turn), STATE_STYLES[turn.state]))
