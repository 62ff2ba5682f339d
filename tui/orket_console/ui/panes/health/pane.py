"""The Health tab: a row a probe, looked at every few seconds, and what each saw in full."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.worker import Worker, WorkerState

from orket_console.base.refs import ActionRef, LogRef, ProbeRef, Ref
from orket_console.base.state import State
from orket_console.health.history import Past
from orket_console.health.probes import CHOSEN, probe_named
from orket_console.health.reading import Probe
from orket_console.health.rows import rows
from orket_console.incidents.diagnosis.finding import Finding
from orket_console.ui.context import UiContext
from orket_console.ui.messages import HealthSummary, Jump, Looks, OpenIncident
from orket_console.ui.panes.health import findings
from orket_console.ui.panes.health.keys import BINDINGS
from orket_console.ui.panes.health.probe_text import describe_probe, probe_columns, probe_row
from orket_console.ui.panes.health.watching import Watching
from orket_console.ui.panes.offer import Offer
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.checks import ChecksScreen
from orket_console.ui.screens.evidence import EvidenceScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.listing import Listing


class HealthPane(Pane):
    TITLE = "Health"
    DEFAULT_CSS = """
    HealthPane .list { height: 7fr; }
    HealthPane .detail { height: 4fr; }
    HealthPane #probes { height: 1fr; }
    HealthPane #findings { height: 3; max-height: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._in_view = False
        self._watching = Watching(
            context,
            heard=self._heard,
            diagnosed=self._diagnosed,
            summed=lambda state, line: self.post_message(HealthSummary(state, line)),
            looked=lambda looked: self.post_message(Looks(looked)),
            tell=self.tell,
        )
        self._finding: Finding | None = None
        """The finding that the detail shows; None while it shows a probe."""

    @property
    def resting(self) -> bool:
        """Between two rounds; False while one runs."""
        return self._watching.resting

    def compose(self) -> ComposeResult:
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield Listing(probe_columns(paused=False), id="probes")
                yield Listing(findings.columns(None), id="findings")
            with Container(classes="detail"):
                yield Detail()

    def on_mount(self) -> None:
        self._show_rows()
        # After the first paint: a round's threads would only hold that up.
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.run_worker(self._watching.watch(), name="rounds", group="health", exit_on_error=False)

    def shown(self) -> None:
        self._in_view = True
        self._show_rows()
        self._show_findings()
        self.query_one(Listing).focus()

    def hidden(self) -> None:
        self._in_view = False

    def place(self) -> Ref | None:
        probe = self.query_one(Listing).selected
        return ProbeRef(probe) if probe else None

    def open_ref(self, ref: Ref) -> bool:
        return isinstance(ref, ProbeRef) and self.query_one(Listing).select(ref.name)

    # -- rounds ------------------------------------------------------------------------

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A round never fails; if it does all the same, old readings must not pass for new."""
        if event.worker.group == "health" and event.state is WorkerState.ERROR:
            self.post_message(HealthSummary(State.UNKNOWN, "? health stopped"))
            self.tell("no more rounds: only a new console looks again")

    def _heard(self) -> None:
        # Out of view it would only make the whole screen be laid out again for nothing.
        if self._in_view:
            self._show_rows()

    def _diagnosed(self) -> None:
        if self._in_view:
            self._show_findings()

    # -- what is shown -----------------------------------------------------------------

    def _show_rows(self) -> None:
        target, now = self.context.target, self.context.clock.monotonic()
        found = rows(self._watching.probes, self._watching.history, target, now)
        self.query_one(Listing).show([probe_row(row) for row in found], Text("no probes"))
        self._show_detail(keep_place=True)

    def _show_findings(self) -> None:
        listing = self.query_one("#findings", Listing)
        listing.set_columns(findings.columns(self._watching.diagnosis))
        shown = findings.rows(self._watching.diagnosis)
        led = listing.rows[0].key if listing.rows else ""
        listing.show(shown, findings.nothing(self._watching.diagnosis))
        if self._finding is None and shown and shown[0].key != led:
            # Nobody is at them: what leads now must not come in above what is on screen.
            listing.action_edge(0)
        # As high as it needs to be: its line of headings, and its rows or why there are none.
        listing.styles.height = 1 + (len(shown) or 2)
        if self._finding is not None:
            self._finding = findings.keyed(self._watching.diagnosis).get(listing.selected or "")
            self._show_detail(keep_place=True)

    def _show_detail(self, *, keep_place: bool) -> None:
        past = self._selected()
        detail = self.query_one(Detail)
        if self._finding is not None:
            detail.show(findings.describe(self._finding), keep_place=keep_place)
        elif past is None:
            detail.show(Text("looking …", style="dim"), keep_place=keep_place)
        else:
            detail.show(describe_probe(past, self.context), keep_place=keep_place)
        self.refresh_bindings()

    def _selected(self) -> Past | None:
        probe = self.query_one(Listing).selected
        return self._watching.history.past(probe) if probe else None

    def on_listing_highlighted(self, message: Listing.Highlighted) -> None:
        if message.listing.has_focus or message.listing.id == "probes":
            self._turn_to(message.listing)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, Listing):
            self._turn_to(event.widget)

    def _turn_to(self, listing: Listing) -> None:
        """Show what is selected in the list that the operator is in."""
        known = findings.keyed(self._watching.diagnosis) if listing.id == "findings" else {}
        self._finding = known.get(listing.selected or "")
        self._show_detail(keep_place=False)

    # -- keys --------------------------------------------------------------------------

    def on_listing_chosen(self, _message: Listing.Chosen) -> None:
        self.query_one(Detail).focus()

    def action_to_list(self) -> None:
        name = "#findings" if self._finding is not None else "#probes"
        self.query_one(name, Listing).focus()

    def action_to_diagnosis(self) -> None:
        """To the findings, and back to the probes."""
        listing = self.query_one("#findings", Listing)
        (self.query_one(Listing) if listing.has_focus else listing).focus()

    def look_now(self) -> None:
        self._watching.look_now()

    def action_run_now(self) -> None:
        self.look_now()

    def action_run_one(self) -> None:
        """Look through the selected probe alone, and those that it needs first."""
        self._look_through(probe_named(self.query_one(Listing).selected or ""))

    def action_check(self) -> None:
        self.app.push_screen(ChecksScreen(), self._look_through)

    def _look_through(self, probe: Probe | None) -> None:
        if probe is None:
            return
        self._watching.look_through(probe)
        self._show_rows()
        self.query_one(Listing).select(probe.name)

    def offers(self) -> Sequence[Offer]:
        return [
            Offer(f"Check {one.title.lower()}", one.costs, partial(self._look_through, one))
            for one in CHOSEN
        ]

    def action_pause(self) -> None:
        self._watching.turn_pause()
        self.query_one(Listing).set_columns(probe_columns(paused=self._watching.paused))

    def action_evidence(self) -> None:
        refs = self._refs()
        if len(refs) == 1:
            self.post_message(Jump(refs[0]))
        elif refs:
            self.app.push_screen(EvidenceScreen(self._heading(), refs), self._open)

    def _refs(self) -> Sequence[Ref]:
        if self._finding is not None:
            return findings.refs_of(self._finding)
        past = self._selected()
        return past.reading.evidence if past else ()

    def _heading(self) -> str:
        if self._finding is not None:
            return self._finding.conclusion
        past = self._selected()
        return f"{past.reading.title}: {past.reading.word}" if past else ""

    def _open(self, ref: Ref | None) -> None:
        if ref is not None:
            self.post_message(Jump(ref))

    def action_log(self) -> None:
        if (ref := self._log_ref()) is not None:
            self.post_message(Jump(ref))

    def action_next_action(self) -> None:
        if (ref := self._action_ref()) is not None:
            self.post_message(Jump(ref))

    def action_incident(self) -> None:
        if (finding := self._finding_to_open()) is not None:
            self.post_message(OpenIncident(finding))

    def _finding_to_open(self) -> Finding | None:
        """The finding that is looked at, else that of the selected probe, else the leading one."""
        if self._finding is not None:
            return self._finding
        probe = self.query_one(Listing).selected
        return findings.to_open(self._watching.diagnosis, probe or "")

    def _action_ref(self) -> ActionRef | None:
        if self._finding is not None:
            return findings.action_of(self._finding)
        past = self._selected()
        return ActionRef(past.reading.action) if past and past.reading.action else None

    def _log_ref(self) -> LogRef | None:
        """The line of the selected probe's log that its own probe found: its last error, or
        its newest record; or the line that a finding rests on."""
        if self._finding is not None:
            return findings.log_of(self._finding)
        past = self._selected()
        probe = probe_named(past.reading.probe) if past else None
        log = self._watching.history.past(probe.log) if probe and probe.log else None
        refs = log.reading.evidence if log else ()
        return next((ref for ref in refs if isinstance(ref, LogRef)), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        found = {
            "evidence": self._refs,
            "log": self._log_ref,
            "next_action": self._action_ref,
            "incident": self._finding_to_open,
        }.get(action)
        return True if found is None or found() else None

    def why_off(self, action: str) -> str:
        return {
            "evidence": "nothing to open is known of it",
            "log": "there is no log of it yet",
            "incident": "nothing is found to be wrong: 6 opens one by hand",
            "next_action": "the runbook has no command for this",
        }.get(action, super().why_off(action))
