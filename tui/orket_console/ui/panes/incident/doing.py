"""Doing a step: where Enter leads, what an operator's word closes, and the pass itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from orket_console.base.refs import Ref
from orket_console.incidents.ledger.model import PassStep, StepState
from orket_console.incidents.operator import operator
from orket_console.incidents.overview import Overview, closed_by, refs_of
from orket_console.incidents.recovery import guide
from orket_console.incidents.recovery.doing import Look, Run, Show, way_of
from orket_console.incidents.recovery.guide import Standing
from orket_console.ui.literal import literal
from orket_console.ui.messages import Jump, LookNow, RunAction
from orket_console.ui.screens.confirm import ConfirmScreen
from orket_console.ui.screens.evidence import EvidenceScreen
from orket_console.ui.screens.record import RecordScreen

VERIFICATION: Final = "verification"
"""The bundle of the gates that a pass ends with."""

if TYPE_CHECKING:
    from orket_console.ui.panes.incident.pane import IncidentPane


class Doing:
    """`stands` is how the pass under way stood at the last look; None where none told it."""

    def __init__(self, pane: IncidentPane) -> None:
        self._pane = pane
        self._judges = False

    @property
    def stands(self) -> Standing | None:
        shown, followed = self._pane.shown_one, self._pane.watcher.followed
        if shown is None or shown.of is None or followed is None:
            return None
        for one in followed.open:
            if one.stands is not None and one.stands.of.id == shown.of.id:
                return one.stands
        return None

    # -- one step

    def do(self, step: PassStep) -> None:
        """Lead to where a step is done; to what closed it, once it is."""
        if step.state is not StepState.OPEN:
            self._show(step, refs_of(step.evidence))
            return
        match self._way(step):
            case Run(action, parameters):
                self._pane.post_message(RunAction(action, dict(parameters)))
            case Show(refs):
                self._show(step, refs)
            case Look():
                self.look()

    def way_in_words(self, step: PassStep) -> Text:
        """Where Enter leads from a step that is open, and what it waits for, whole; what closed
        one that is not."""
        if step.state is not StepState.OPEN:
            return literal(f"{step.position} {closed_by(step)}", "dim")
        match self._way(step):
            case Run():
                leads = "↵ runs it, and asks first"
            case Show(refs):
                leads = f"↵ opens {refs[0]}" if len(refs) == 1 else "↵ shows the evidence"
            case Look():
                leads = "↵ looks again"
        return literal(f"{step.position} {leads} · {closed_by(step)}", "bold")

    def run_gates(self) -> None:
        """Run the verification as one: it is agreed to once."""
        self._pane.post_message(RunAction(VERIFICATION, {}))

    def _way(self, step: PassStep) -> Run | Show | Look:
        looked, shown = self._pane.watcher.looked, self._pane.shown_one
        found = looked.diagnosis.findings if looked else ()
        names = shown.names if shown else frozenset()
        own = tuple(one for one in found if one.signature in names)
        target = self._pane.context.target
        return way_of(target, step, own, looked.done if looked else None)

    def _show(self, step: PassStep, refs: tuple[Ref, ...]) -> None:
        heading = f"{step.title}: {closed_by(step)}"
        if len(refs) == 1 and step.state is StepState.OPEN:
            self._pane.post_message(Jump(refs[0]))
        elif refs:
            self._pane.app.push_screen(EvidenceScreen(heading, refs), self._open)
        else:
            said = [("state", str(step.state)), ("wants", step.wants), ("said", closed_by(step))]
            self._pane.app.push_screen(RecordScreen(step.title, said))

    def _open(self, ref: Ref | None) -> None:
        if ref is not None:
            self._pane.post_message(Jump(ref))

    def skip(self, step: PassStep) -> None:
        self._by_word(step, f"Skip “{step.title}”: why? It is kept", guide.skip)

    def by_hand(self, step: PassStep) -> None:
        asked = f"“{step.title}” is done, but not to be seen from here: how? It is kept"
        self._by_word(step, asked, guide.close_by_hand)

    def _by_word(self, step: PassStep, question: str, close: guide.ByWord) -> None:
        pane = self._pane
        shown = pane.shown_one
        if shown is None:
            return
        one, clock = shown.incident, pane.context.clock
        pane.writing.ask(
            question,
            lambda store, reason: close(store, one, step, clock.now(), operator(), reason),
        )

    # -- the pass

    def look(self) -> None:
        self._pane.app.notify("looking at everything …", markup=False, timeout=2)
        self._pane.post_message(LookNow())

    def begin(self, shown: Overview) -> None:
        pane, looked = self._pane, self._pane.watcher.looked
        if looked is None:
            pane.tell("looking …: begin it when the first look is over")
            return
        one, target, clock = shown.incident, pane.context.target, pane.context.clock
        pane.writing.write(
            lambda store: guide.begin(store, target, one, looked, clock, operator()),
            then=self.look,
        )

    def verify(self) -> None:
        """Look once more; if nothing is lacking then, the pass ends as clean."""
        self._judges = True
        self.look()

    def looked(self) -> None:
        """A look has come in."""
        stands = self.stands
        if not self._judges or stands is None:
            return
        self._judges = False
        if stands.lacking:
            said = "; ".join(stands.lacking)
            self._pane.tell(f"not clean yet: {said}. V ends the pass all the same")
        else:
            self._judge(stands)

    def end(self) -> None:
        """End the pass as it stands, after asking."""
        stands = self.stands
        if stands is None:
            self.look()
            return
        said = "\n".join(f"lacking: {one}" for one in stands.lacking) or "nothing is lacking"
        title = f"End pass {stands.of.number}?"
        self._pane.app.push_screen(
            ConfirmScreen(title, literal(said)),
            lambda agreed: self._judge(stands) if agreed else None,
        )

    def _judge(self, stands: Standing) -> None:
        pane = self._pane
        clock, target = pane.context.clock, pane.context.target
        pane.writing.write(
            lambda store: guide.judge(store, target, stands, clock.now(), operator()),
            then=lambda: pane.app.notify(
                f"pass {stands.of.number} is {'not ' if stands.lacking else ''}clean",
                markup=False,
            ),
        )
