"""The Health tab: a row a probe, looked at every few seconds, and what each saw in full."""

from __future__ import annotations

import asyncio
import random
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.worker import Worker, WorkerState

from orket_console.base.refs import ActionRef, LogRef, ProbeRef, Ref
from orket_console.base.state import State
from orket_console.health.history import History, Moment, Past
from orket_console.health.look import Memory
from orket_console.health.probes import PROBES, probe_named
from orket_console.health.reading import Reading
from orket_console.health.rounds import run_round
from orket_console.health.rows import latency_line, rows
from orket_console.health.verdict import summary
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.messages import HealthSummary, Jump
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.evidence import EvidenceScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.listing import Column, Listing, Row

_JITTER: Final = 0.1
"""Share of the interval by which rounds are early or late, so that two consoles on one host
don't ask in step."""


class HealthPane(Pane):
    TITLE = "Health"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run_now", "run now", id="health.run-now"),
        Binding("e", "evidence", "evidence", id="health.evidence"),
        Binding("l", "log", "log", id="health.log"),
        Binding("a", "next_action", "action", id="health.action"),
        Binding("p,space", "pause", "pause", id="health.pause"),
        Binding("escape", "to_list", "list", show=False, id="health.to-list"),
    ]

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._history = History.empty()
        self._memory = Memory()
        self._wake = asyncio.Event()
        self._paused = False
        self._in_view = False
        self.resting = False
        """Between two rounds; False while one runs."""

    def compose(self) -> ComposeResult:
        with Container(classes="list-detail"):
            with Container(classes="list"):
                yield Listing(_columns(paused=False), id="probes")
            with Container(classes="detail"):
                yield Detail()

    def on_mount(self) -> None:
        self._show_rows()
        # After the first paint: a round's threads would only hold that up.
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self.run_worker(self._watch(), name="rounds", group="health", exit_on_error=False)

    def shown(self) -> None:
        self._in_view = True
        self._show_rows()
        self.query_one(Listing).focus()

    def hidden(self) -> None:
        self._in_view = False

    def place(self) -> Ref | None:
        probe = self.query_one(Listing).selected
        return ProbeRef(probe) if probe else None

    def open_ref(self, ref: Ref) -> bool:
        return isinstance(ref, ProbeRef) and self.query_one(Listing).select(ref.name)

    # -- rounds ------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Round after round, until the console ends; `_wake` brings the next one forward."""
        interval = self.context.target.settings.seconds("health.interval")
        while True:
            await self._look_once()
            self.resting = True
            self._wake.clear()
            pause = interval * random.uniform(1 - _JITTER, 1 + _JITTER)
            try:
                async with asyncio.timeout(None if self._paused else pause):
                    await self._wake.wait()
            except TimeoutError:
                # The interval is over.
                pass
            self.resting = False

    async def _look_once(self) -> None:
        done = await run_round(
            self.context.target, self.context.clock, self._memory, heard=self._heard
        )
        self.post_message(HealthSummary(*summary(done.readings)))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A round never fails; if it does all the same, old readings must not pass for new."""
        if event.worker.group == "health" and event.state is WorkerState.ERROR:
            self.post_message(HealthSummary(State.UNKNOWN, "? health stopped"))
            error = event.worker.error
            self.tell(f"no more rounds, a fault of the console: {type(error).__name__}: {error}")

    def _heard(self, reading: Reading) -> None:
        clock = self.context.clock
        self._history = self._history.add(reading, Moment(clock.now(), clock.monotonic()))
        # Out of view it would only make the whole screen be laid out again for nothing.
        if self._in_view:
            self._show_rows()

    # -- what is shown -----------------------------------------------------------------

    def _show_rows(self) -> None:
        target, now = self.context.target, self.context.clock.monotonic()
        shown = [
            Row(
                row.probe,
                (
                    glyph(row.state),
                    cell(row.title),
                    cell(row.word, STATE_STYLES[row.state]),
                    cell(row.seen),
                    cell(row.ms),
                    cell(row.last_ok),
                    cell(row.change),
                ),
            )
            for row in rows(PROBES, self._history, target, now)
        ]
        self.query_one(Listing).show(shown, Text("no probes"))
        self._show_detail(keep_place=True)

    def _show_detail(self, *, keep_place: bool) -> None:
        past = self._selected()
        detail = self.query_one(Detail)
        if past is None:
            detail.show(Text("looking …", style="dim"), keep_place=keep_place)
        else:
            detail.show(self._describe(past), keep_place=keep_place)
        self.refresh_bindings()

    def _describe(self, past: Past) -> Text:
        reading = past.reading
        text = Text(end="").append_text(glyph(reading.state))
        text.append_text(literal(f" {reading.title}  ", "bold"))
        text.append_text(literal(reading.word, STATE_STYLES[reading.state]))
        if reading.seen:
            text.append_text(literal(f"  {reading.seen}"))
        if reading.remedy:
            text.append("\nnext ", "bold").append_text(literal(reading.remedy))
            if reading.action:
                text.append_text(literal(f" (a: {reading.action})"))
        for line in reading.details:
            text.append("\n  ").append_text(literal(line))
        if latencies := latency_line(past):
            text.append(f"\n  latency {latencies}")
        text.append("\n  ").append_text(self._past(past))
        probe = probe_named(reading.probe)
        text.append(f"\nread {probe.reads if probe else ''}", "dim")
        if reading.evidence:
            shown = ", ".join(str(ref) for ref in reading.evidence[:4])
            more = f" and {len(reading.evidence) - 4} more" if len(reading.evidence) > 4 else ""
            text.append("\ne ", "bold").append_text(literal(shown + more, "dim"))
        return text

    def _past(self, past: Past) -> Text:
        when = self.context.day_and_time
        ok = f"last ok {when(past.last_ok.at)}" if past.last_ok else "not seen ok"
        since = f"since {when((past.changed or past.first).at)}"
        return Text(f"{ok}, {'so' if past.changed else 'so at least'} {since}", end="")

    def _selected(self) -> Past | None:
        probe = self.query_one(Listing).selected
        return self._history.past(probe) if probe else None

    def on_listing_highlighted(self, _message: Listing.Highlighted) -> None:
        self._show_detail(keep_place=False)

    # -- keys --------------------------------------------------------------------------

    def on_listing_chosen(self, _message: Listing.Chosen) -> None:
        self.query_one(Detail).focus()

    def action_to_list(self) -> None:
        self.query_one(Listing).focus()

    def action_run_now(self) -> None:
        self._wake.set()

    def action_pause(self) -> None:
        self._paused = not self._paused
        self.query_one(Listing).set_columns(_columns(paused=self._paused))
        if not self._paused:
            self._wake.set()

    def action_evidence(self) -> None:
        past = self._selected()
        if past is None:
            return
        refs = past.reading.evidence
        if len(refs) == 1:
            self.post_message(Jump(refs[0]))
            return
        heading = f"{past.reading.title}: {past.reading.word}"
        self.app.push_screen(EvidenceScreen(heading, refs), self._open)

    def _open(self, ref: Ref | None) -> None:
        if ref is not None:
            self.post_message(Jump(ref))

    def action_log(self) -> None:
        if (ref := self._log_ref()) is not None:
            self.post_message(Jump(ref))

    def action_next_action(self) -> None:
        past = self._selected()
        if past and past.reading.action:
            self.post_message(Jump(ActionRef(past.reading.action)))

    def _log_ref(self) -> LogRef | None:
        """The line of the selected probe's log that its own probe found: its last error, or
        its newest record."""
        past = self._selected()
        probe = probe_named(past.reading.probe) if past else None
        log = self._history.past(probe.log) if probe and probe.log else None
        refs = log.reading.evidence if log else ()
        return next((ref for ref in refs if isinstance(ref, LogRef)), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        past = self._selected() if self.is_mounted else None
        if action == "evidence":
            return True if past and past.reading.evidence else None
        if action == "log":
            return True if self._log_ref() else None
        if action == "next_action":
            return True if past and past.reading.action else None
        return True

    def why_off(self, action: str) -> str:
        return {
            "evidence": "this probe has nothing to open",
            "log": "there is no log of it yet",
            "next_action": "the runbook has no command for this",
        }.get(action, super().why_off(action))


def _columns(*, paused: bool) -> list[Column]:
    return [
        Column("", 1),
        Column("probe", 14),
        Column("state", 13),
        Column("seen (paused: p)" if paused else "seen"),
        Column("ms", 5, right=True),
        Column("last ok", 7, right=True),
        Column("change", 7, right=True),
    ]
