"""What of the runs is shown: the list, one run's turns, one turn; each level deeper by Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from orket_console.runs.model import Issue, Run, Turn
from orket_console.ui.literal import cell
from orket_console.ui.widgets import run_rows as rows
from orket_console.ui.widgets.run_head import RunHead
from orket_console.ui.widgets.turn_panel import TurnPanel
from orket_console.ui.widgets.view import View

if TYPE_CHECKING:
    from orket_console.ui.panes.runs.pane import RunsPane

Level = Literal["runs", "turns", "turn"]


class Showing:
    """`level` is how deep the operator is; `marked` the turn or run that the next `c` compares
    with."""

    def __init__(self, pane: RunsPane) -> None:
        self._pane = pane
        self.level: Level = "runs"
        self._fitting = 0
        self.marked: Turn | Run | None = None
        pane.add_class("-at-runs")

    @property
    def _head(self) -> RunHead:
        return self._pane.query_one(RunHead)

    @property
    def _panel(self) -> TurnPanel:
        return self._pane.query_one(TurnPanel)

    def go(self, level: Level) -> None:
        for name in ("runs", "turns", "turn"):
            self._pane.set_class(name == level, f"-at-{name}")
        self.level = level
        self._lay_out()
        self.focus()
        self.turn()
        self._pane.refresh_bindings()

    def mark(self, chosen: Turn | Run | None) -> None:
        """Set a turn or a run apart, in its list and in the heading; None for none."""
        self.marked = chosen
        self._pane.runs.mark(chosen.session if isinstance(chosen, Run) else "")
        self._pane.turns.mark(chosen.path if isinstance(chosen, Turn) else "")
        self._announce()
        self.turn()

    def focus(self) -> None:
        """Give the keys to what is in view."""
        if self.level == "turn":
            self._panel.take_keys()
        else:
            (self._pane.runs if self.level == "runs" else self._pane.turns).focus()

    def _lay_out(self) -> None:
        """At a turn only the head stays above it, which then has the whole width."""
        alone = self.level == "turn"
        self._pane.query_one(".list-detail").styles.layout = "vertical" if alone else None
        for side, height in ((".list", "auto"), (".detail", "1fr")):
            styles = self._pane.query_one(side).styles
            styles.height = height if alone else None
            styles.width = "1fr" if alone else None

    def opened(self, turn: Turn | None) -> None:
        """A run that was just opened, at `turn`, else at its first."""
        pane = self._pane
        pane.filtering.let_through(turn)
        if self.level == "runs":
            self.go("turns")
        self.turns()
        if turn is None:
            pane.turns.action_edge(0)
        else:
            pane.turns.select(turn.path)
        self.turn()
        if pane.reading.detail is not None:
            pane.runs.select(pane.reading.detail.run.session)

    def runs(self) -> None:
        page = self._pane.reading.page
        if page is None:
            return
        expression = self._pane.filtering.of_runs
        shown = self._pane.runs.show_page(page, expression)
        wanted = self._pane.keeping.wanted_run
        if wanted and (self._pane.runs.select(wanted) or not self._pane.reading.reach(wanted)):
            self._pane.keeping.wanted_run = ""
        self._fitting = shown
        if self.level == "runs":
            self._announce()
            self.run()

    def _announce(self) -> None:
        """Above the runs: how many there are, and which is marked."""
        page = self._pane.reading.page
        if self.level != "runs" or page is None:
            return
        text = rows.runs_head(page, self._fitting, self._pane.filtering.of_runs)
        if isinstance(self.marked, Run):
            said = f"◆ run {self.marked.session}: c on another run compares them"
            text.append("\n").append_text(cell(said, "yellow"))
        self._head.announce(text)

    def run(self) -> None:
        """The selected run, below the list; what its turns come to as soon as that is read."""
        run = self._pane.runs.run
        if run is None:
            self._panel.show_view(rows.NOTHING)
            return
        tally = self._pane.reading.tally_of(run)
        self._panel.show_view(rows.run_view(run, self._pane.context, tally))

    def turns(self) -> None:
        detail = self._pane.reading.detail
        if detail is None:
            return
        filtering = self._pane.filtering
        narrowed = filtering.narrow(detail)
        expression = filtering.expression
        self._pane.turns.show_run(detail, narrowed.turns, expression, filtering.progress)
        self._pane.stepping.look_at(narrowed.turns)
        self.turn()

    def turn(self) -> None:
        """The selected turn, below the list and in the lanes."""
        detail = self._pane.reading.detail
        if detail is None or self.level == "runs":
            return
        listing = self._pane.turns
        turn, issue = listing.turn, listing.issue
        playing = self._pane.playing.remark
        self._head.show(detail.run, listing.turns, listing.order, self._remark(), playing)
        self._pane.keeping.note()
        if turn is not None:
            self._panel.show_turn(turn, listing.near)
        else:
            self._panel.show_view(self._view_of(issue))

    def _view_of(self, issue: Issue | None) -> View:
        """What stands below the turns where none is selected."""
        detail = self._pane.reading.detail
        if issue is not None or detail is None:
            return rows.issue_view(issue) if issue else rows.NOTHING
        return rows.run_view(detail.run, self._pane.context, detail.tally)

    def _remark(self) -> str:
        """The filter in force, and at a turn, whose list is not in view, which one it is."""
        listing = self._pane.turns
        parts = [remark] if (remark := self._pane.filtering.remark) else []
        if isinstance(self.marked, Turn):
            parts.append(f"◆ {self.marked.ref}: c on another turn compares")
        if self.level == "turn" and listing.turn is not None:
            ref = listing.turn.ref
            parts.append(f"{listing.position}: {ref.issue} #{ref.index} {ref.role}")
        return " · ".join(parts)
