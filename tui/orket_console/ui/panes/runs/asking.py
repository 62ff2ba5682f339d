"""The questions that the Runs tab asks of runs and turns: what differs, who changed it, what a
rerun would meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orket_console.base.refs import Ref
from orket_console.runs.changes import Change, Field, find_changes
from orket_console.runs.compare.runs import (
    RunComparison,
    compare_further,
    compare_runs,
    find_divergence,
)
from orket_console.runs.compare.turns import TurnComparison, compare_turns, names_of_turns
from orket_console.runs.detail import open_run
from orket_console.runs.export import export_run, markdown
from orket_console.runs.fields import fields_of
from orket_console.runs.model import Run, RunDetail, Turn
from orket_console.runs.preflight.judge import preflight
from orket_console.runs.turn import open_turn
from orket_console.ui.copying import file_name, write_out
from orket_console.ui.messages import Jump
from orket_console.ui.panes.offer import Offer
from orket_console.ui.panes.runs.leading import upstream_replay
from orket_console.ui.screens.compare import CompareScreen
from orket_console.ui.screens.compare import Read as ReadPair
from orket_console.ui.screens.divergence import DivergenceScreen
from orket_console.ui.screens.fields import FieldsScreen
from orket_console.ui.screens.preflight import PreflightScreen
from orket_console.ui.screens.reading import GoOn

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane


class Asking:
    """`off` are the rules of comparing that are switched off."""

    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self._target = pane.context.target
        self._clock = pane.context.clock
        self.off: frozenset[str] = frozenset()

    # -- compare

    def compare(self) -> None:
        """Mark the selected turn or run; with one marked, compare it with that."""
        chosen = self._pane.turn or (self._pane.run if self._pane.level == "runs" else None)
        if chosen is None:
            self._pane.tell("no turn is selected that could be compared")
            return
        marked = self._pane.showing.marked
        if marked is None or type(marked) is not type(chosen) or _id(marked) == _id(chosen):
            self._mark(chosen)
            return
        self._pane.showing.mark(None)
        if isinstance(chosen, Turn) and isinstance(marked, Turn):
            read = self._of_turns(marked, chosen)
            self._pane.app.push_screen(CompareScreen(read, self.off, self._switched), self._go)
        elif isinstance(chosen, Run) and isinstance(marked, Run):
            read_runs = self._of_runs(marked.session, chosen.session)
            self._show_runs("Compare two runs", read_runs)

    def _mark(self, chosen: Turn | Run) -> None:
        """Mark it; the one that is marked already is let go."""
        marked = self._pane.showing.marked
        same = marked is not None and _id(marked) == _id(chosen)
        self._pane.showing.mark(None if same else chosen)

    def divergence(self) -> None:
        """Where the run first differs from a good one."""
        run = self._pane.run
        if run is None:
            self._pane.tell("no run is selected")
            return

        def read(off: frozenset[str], go_on: GoOn) -> RunComparison:
            return find_divergence(self._target, self._clock, run.session, off, go_on)

        self._show_runs("First divergence", read)

    def _of_runs(self, left: str, right: str) -> Callable[[frozenset[str], GoOn], RunComparison]:
        def read(off: frozenset[str], go_on: GoOn) -> RunComparison:
            return compare_runs(self._target, self._open(left), self._open(right), off, go_on)

        return read

    def _show_runs(self, title: str, read: Callable[[frozenset[str], GoOn], RunComparison]) -> None:
        def further(found: RunComparison, go_on: GoOn) -> RunComparison:
            return compare_further(self._target, found, go_on)

        screen = DivergenceScreen(title, read, further, self._of_pair, self.off, self._switched)
        self._pane.app.push_screen(screen, self._go)

    def _of_pair(self, runs: RunComparison, pair: TurnComparison) -> ReadPair:
        """One pair of two runs, in all of its parts."""

        def read(off: frozenset[str], _go_on: GoOn) -> TurnComparison:
            if pair.left is None or pair.right is None:
                return pair
            return compare_turns(self._target, pair.left, pair.right, runs.names, off)

        return read

    def _of_turns(self, left: Turn, right: Turn) -> ReadPair:
        """Two turns that were chosen by hand, of one run or of two."""

        def read(off: frozenset[str], _go_on: GoOn) -> TurnComparison:
            ours = self._open(left.ref.session)
            same = left.ref.session == right.ref.session
            theirs = ours if same else self._open(right.ref.session)
            names = names_of_turns((ours, left), (theirs, right))
            return compare_turns(self._target, left, right, names, off)

        return read

    def _switched(self, off: frozenset[str]) -> None:
        self.off = off

    # -- who changed it, and before a rerun

    def changes(self) -> None:
        """Which turns changed a value of the selected one."""
        detail, turn = self._pane.reading.detail, self._pane.turn
        if detail is None or turn is None:
            self._pane.tell("no turn is selected whose values could be asked about")
            return

        def changes_of(field: Field, issue: str, go_on: GoOn) -> tuple[Change, ...]:
            return find_changes(self._target, self._whole(detail), field, issue, go_on)

        screen = FieldsScreen(
            self._pane.context,
            turn.ref.issue,
            lambda _go_on: fields_of(detail, open_turn(self._target, turn)),
            changes_of,
        )
        self._pane.app.push_screen(screen, self._go)

    def before_rerun(self) -> None:
        """What a rerun of the issue in view would meet."""
        run, issue = self._pane.run, self.issue
        if run is None or not issue:
            self._pane.tell("no issue is in view: open the run and choose one of its turns")
            return
        session = run.session
        screen = PreflightScreen(
            self._target,
            issue,
            lambda _go_on: preflight(self._target, self._clock, session, issue),
        )
        self._pane.app.push_screen(screen, self._go)

    @property
    def issue(self) -> str:
        """The issue in view: of the selected turn, else the one that the run failed at."""
        pane = self._pane
        if pane.turn is not None:
            return pane.turn.ref.issue
        if pane.level != "runs" and pane.turns.issue is not None:
            return pane.turns.issue.issue
        return pane.run.failing.issue if pane.run and pane.run.failing else ""

    # -- in the palette

    def offers(self) -> Sequence[Offer]:
        """What can be asked of the run in view."""
        run, issue = self._pane.run, self.issue
        if run is None:
            return ()
        good = "where it first differs, and what differs there"
        offers = [Offer(f"Compare {run.session} with the last good run", good, self.divergence)]
        if issue:
            meets = "what a rerun would meet, each line with its evidence"
            offers.append(Offer(f"Before a rerun of {issue}", meets, self.before_rerun))
        if (turn := self._pane.turn) is not None:
            writes = "its own command, which starts Orket and writes lines in the run log"
            replay = Offer(
                f"Replay {turn.ref} by upstream",
                writes,
                lambda: self._pane.post_message(upstream_replay(turn)),
            )
            offers.append(replay)
        whole = "one Markdown document without secrets, into the folder of exports"
        return (*offers, Offer(f"Export run {run.session}", whole, lambda: self.export(run)))

    def export(self, run: Run) -> None:
        """Write the run with all of its turns to a file, and say where."""

        def document() -> str:
            return "\n".join(markdown(export_run(self._target, self._open(run.session)))) + "\n"

        write_out(self._pane, file_name("run", f"{run.session}.md"), document)

    # -- reading

    def _open(self, session: str) -> RunDetail:
        return open_run(self._target, self._clock, session)

    def _whole(self, detail: RunDetail) -> RunDetail:
        return self._open(detail.run.session) if detail.pending else detail

    def _go(self, ref: Ref | None) -> None:
        if ref is not None:
            self._pane.post_message(Jump(ref))


def _id(chosen: Turn | Run) -> str:
    return chosen.path if isinstance(chosen, Turn) else chosen.session
