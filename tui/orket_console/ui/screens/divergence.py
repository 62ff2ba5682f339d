"""`d`, and `c` in the list of runs: two runs turn by turn, up to the first turn that differs; `n`
goes on to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from orket_console.base.refs import Ref
from orket_console.runs.compare.runs import RunComparison
from orket_console.runs.compare.turns import TurnComparison
from orket_console.runs.model import Run
from orket_console.runs.words import count, outcome
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.screens.compare import CompareScreen
from orket_console.ui.screens.compare import Read as ReadPair
from orket_console.ui.screens.dialog import Dialog
from orket_console.ui.screens.reading import GoOn, Reading
from orket_console.ui.screens.rules import RulesScreen
from orket_console.ui.widgets.lazy_rows import LazyRows
from orket_console.ui.widgets.listing import Column, Listing

Read = Callable[[frozenset[str], GoOn], RunComparison]
"""Compares without the rules of these names."""
Further = Callable[[RunComparison, GoOn], RunComparison]
"""Compares on, to the next turn that differs."""
PairOf = Callable[[RunComparison, TurnComparison], ReadPair]
"""What compares one of its pairs in full."""
_KEYS: Final = "n/p turn that differs  ↵ to it  c compare the pair  r rules  esc closes"
_EVERY: Final = 0.1
"""Seconds between two looks at how far the reading is."""


class DivergenceScreen(Dialog[Ref | None]):
    """Ends with a turn to go to, or None. `switched` is told of the rules that are off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "difference(1)", "next that differs", id="divergence.next"),
        Binding("p", "difference(-1)", "one before that differs", id="divergence.before"),
        Binding("c", "compare", "compare the pair", id="divergence.compare"),
        Binding("r", "rules", "rules", id="divergence.rules"),
        Binding("escape,d,q", "dismiss(None)", "close", id="divergence.close"),
    ]
    DEFAULT_CSS = """
    DivergenceScreen Listing { height: 1fr; background: $surface; }
    DivergenceScreen #divergence-head { height: auto; max-height: 9; }
    DivergenceScreen #divergence-turn { height: auto; max-height: 8; border-top: solid $panel; }
    """

    def __init__(
        self,
        title: str,
        read: Read,
        further: Further,
        pair_of: PairOf,
        off: frozenset[str],
        switched: Callable[[frozenset[str]], None],
    ) -> None:
        super().__init__()
        self._heading = title
        self._read = read
        self._further = further
        self._pair_of = pair_of
        self._off = off
        self._switched = switched
        self._found: RunComparison | None = None
        self._problem = ""
        self._reading = Reading(self)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog dialog--full"):
            yield Static("", id="divergence-head")
            columns = [
                Column("", 1),
                Column("#", 4, right=True),
                Column("issue", 14),
                Column("role", 16),
                Column("what differs"),
            ]
            yield Listing(columns, id="divergence")
            yield Static("", id="divergence-turn")
            yield Static(literal(_KEYS, "dim"))

    def on_mount(self) -> None:
        self.query_one(Listing).focus()
        self.set_interval(_EVERY, self._tell_progress)
        self._compare()

    def on_unmount(self) -> None:
        self._reading.stop()

    # -- reading

    def _compare(self) -> None:
        off = self._off
        self._problem = ""
        self._reading.start(lambda go_on: self._read(off, go_on), self._take, self._fail)
        self._show_head()

    def _compare_further(self, found: RunComparison) -> None:
        self._reading.start(lambda go_on: self._further(found, go_on), self._take, self._fail)
        self._show_head()

    def _take(self, found: RunComparison) -> None:
        """Show it, with the cursor on the last turn that was compared: that one differs."""
        self._found = found
        turns = found.turns
        listing = self.query_one(Listing)
        keys = [str(at) for at in range(len(turns))]
        listing.show(LazyRows(keys, lambda at: _cells(turns[at])), literal("no turns"))
        differing = [str(at) for at, turn in enumerate(turns) if turn.differs]
        if differing:
            listing.select(differing[-1])
        else:
            listing.action_edge(0)
        self._show_head()
        self._show_turn()

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._show_head()

    def _tell_progress(self) -> None:
        if self._reading.busy:
            self._show_head()

    # -- keys

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        message.stop()
        self._show_turn()

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        message.stop()
        pair = self._selected
        turn = (pair.right or pair.left) if pair else None
        if turn is not None:
            self.dismiss(turn.ref)

    def action_difference(self, step: int) -> None:
        """To the next turn that differs; where no further one is known, compare on to it."""
        found, listing = self._found, self.query_one(Listing)
        if found is None or listing.selected is None or self._reading.busy:
            return
        at = int(listing.selected)
        places = range(at + 1, len(found.turns)) if step > 0 else range(at - 1, -1, -1)
        known = next((place for place in places if found.turns[place].differs), None)
        if known is not None:
            listing.select(str(known))
        elif step > 0 and found.rest:
            self._compare_further(found)
        else:
            self.app.notify(f"no turn {'after' if step > 0 else 'before'} it differs", timeout=2)

    def action_compare(self) -> None:
        found, pair = self._found, self._selected
        if found is None or pair is None:
            return
        if pair.left is None or pair.right is None:
            self.app.notify(f"{pair.summary}: there is nothing to compare it with", timeout=3)
            return
        read = self._pair_of(found, pair)
        land = pair.first.name if pair.first else None
        self.app.push_screen(CompareScreen(read, self._off, self._keep, land), self._go)

    def action_rules(self) -> None:
        self.app.push_screen(RulesScreen(self._off, self._switch))

    def _switch(self, off: frozenset[str]) -> None:
        self._keep(off)
        self._compare()

    def _keep(self, off: frozenset[str]) -> None:
        self._off = off
        self._switched(off)

    def _go(self, ref: Ref | None) -> None:
        if ref is not None:
            self.dismiss(ref)

    # -- drawing

    @property
    def _selected(self) -> TurnComparison | None:
        at = self.query_one(Listing).selected
        return self._found.turns[int(at)] if self._found and at is not None else None

    def _show_head(self) -> None:
        text = Text(end="").append(f"{self._heading}  ", "bold").append_text(self._state())
        found = self._found
        if found is not None:
            for sign, run in (("-", found.left), ("+", found.right)):
                text.append(f"\n{sign} ", "red" if sign == "-" else "green")
                text.append_text(_run_line(run))
            text.append("\n  measured by ", "dim").append_text(literal(found.measure))
            text.append("\n  ").append_text(literal(_result(found)))
        self.query_one("#divergence-head", Static).update(text)

    def _state(self) -> Text:
        if self._reading.busy:
            done, total = self._reading.progress
            said = f"compared {done} of {total} turns" if total else "reading the runs"
            return literal(said, "yellow")
        if self._problem:
            return literal(self._problem, "yellow")
        off = f"without the rules {', '.join(sorted(self._off))}" if self._off else ""
        return literal(off, "yellow")

    def _show_turn(self) -> None:
        """The selected pair: both turns, and what differs in each part."""
        pair, lines = self._selected, list[Text]()
        if pair is not None:
            for sign, turn in (("-", pair.left), ("+", pair.right)):
                line = Text(end="").append(f"{sign} ", "red" if sign == "-" else "green")
                lines.append(line.append_text(cell(str(turn.ref) if turn else "no such turn")))
            for part in pair.parts:
                if part.differs:
                    line = Text(end="").append(f"≠ {part.name}: ", "yellow")
                    lines.append(line.append_text(cell(part.summary)))
            if not pair.differs:
                lines.append(literal("the same", "dim"))
        for line in lines:
            line.truncate(max(self.size.width - 4, 20), overflow="ellipsis")
        self.query_one("#divergence-turn", Static).update(Text("\n").join(lines))


def _cells(pair: TurnComparison) -> tuple[Text, ...]:
    turn = pair.right or pair.left
    if turn is None:
        return tuple(cell("") for _ in range(5))
    return (
        cell("≠", "bold yellow") if pair.differs else cell("=", "dim"),
        cell(str(turn.ref.index)),
        cell(turn.ref.issue),
        cell(turn.ref.role),
        cell(pair.summary, "" if pair.differs else "dim"),
    )


def _run_line(run: Run) -> Text:
    text = cell(run.session, "bold").append("  ").append_text(cell(run.name)).append("  ")
    text.append_text(glyph(run.state)).append(" ")
    return text.append_text(cell(outcome(run), STATE_STYLES[run.state]))


def _result(found: RunComparison) -> str:
    if found.divergence is None:
        return found.summary
    alike = (
        f"{found.same} of {count(found.pairs, 'turn')} are the same, then " if found.same else ""
    )
    more, rest = len(found.differing) - 1, len(found.rest)
    further = f"; {more} more differ{'s' if more == 1 else ''}" if more else ""
    left = f"; n compares the other {rest}" if rest else ""
    return f"{alike}{found.summary}{further}{left}"
