"""The Health tab: a row a probe, looked at every few seconds, and what each saw in full."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.worker import Worker, WorkerState

from orket_console.base.refs import ActionRef, LogRef, ProbeRef, Ref
from orket_console.base.state import State
from orket_console.health.history import History, Moment, Past
from orket_console.health.keeping import load_history, save_history
from orket_console.health.look import Memory
from orket_console.health.pace import pause
from orket_console.health.probes import CHOSEN, PROBES, probe_named, with_needed
from orket_console.health.reading import Probe, Reading
from orket_console.health.rounds import run_round
from orket_console.health.rows import latency_line, past_lines, rows
from orket_console.health.verdict import summary
from orket_console.ui.context import UiContext
from orket_console.ui.literal import STATE_STYLES, cell, glyph, literal
from orket_console.ui.messages import HealthSummary, Jump
from orket_console.ui.panes.offer import Offer
from orket_console.ui.panes.pane import Pane
from orket_console.ui.screens.checks import ChecksScreen
from orket_console.ui.screens.evidence import EvidenceScreen
from orket_console.ui.widgets.detail import Detail
from orket_console.ui.widgets.listing import Column, Listing, Row

_KEEP: Final = 30.0
"""Seconds after which the history is kept anew where nothing has changed."""
_KEEP_WITHIN: Final = 2.0
"""Seconds that reading or writing it may take before the rounds go on without."""


class HealthPane(Pane):
    TITLE = "Health"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run_now", "run now", id="health.run-now"),
        Binding("o", "run_one", "only this", show=False, id="health.run-one"),
        Binding("c", "check", "checks", show=False, id="health.check"),
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
        self._wanted: Sequence[Probe] = PROBES
        self._chosen: tuple[Probe, ...] = ()
        self._kept: tuple[float, Sequence[object]] | None = None
        self._paused = False
        self._told = False
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
        await self._recall()
        while True:
            state = await self._look_once()
            await self._keep()
            self.resting = True
            self._wake.clear()
            seconds = pause(interval, state, random.uniform)
            try:
                async with asyncio.timeout(None if self._paused else seconds):
                    await self._wake.wait()
            except TimeoutError:
                # The interval is over.
                pass
            self.resting = False

    async def _look_once(self) -> State:
        """A round of all probes, or of those that were wanted; what all come to by now."""
        probes, self._wanted = self._wanted, PROBES
        context = self.context
        await run_round(
            context.target, context.clock, self._memory, probes=probes, heard=self._heard
        )
        shown = (*PROBES, *self._chosen)
        readings = [past.reading for one in shown if (past := self._history.past(one.name))]
        state, line = summary(readings)
        self.post_message(HealthSummary(state, line))
        return state

    async def _recall(self) -> None:
        """What an earlier console saw, as far as it can be had in time."""
        path, now = self.context.target.state.health, self._now()
        look = self._memory.threads.run("recall health", lambda: load_history(path, now))
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEEP_WITHIN):
                self._history = await look

    async def _keep(self) -> None:
        """Keep the history where something has changed, and else from time to time."""
        history, now = self._history, self.context.clock.monotonic()
        changes = [past.changes for past in history.pasts.values()]
        if self._kept and self._kept[1] == changes and now - self._kept[0] < _KEEP:
            return
        self._kept = (now, changes)
        path = self.context.target.state.health
        write = self._memory.threads.run("keep health", lambda: save_history(path, history))
        try:
            async with asyncio.timeout(_KEEP_WITHIN):
                await write
        except (OSError, TimeoutError) as error:
            self._tell_unkept(error)

    def _tell_unkept(self, error: Exception) -> None:
        if not self._told:
            self._told = True
            said = error.strerror if isinstance(error, OSError) else ""
            where = f"{self.context.target.state.path}: {said or 'no answer'}"
            self.tell(f"what the probes see is not kept for the next console: {where}")

    def _now(self) -> Moment:
        return Moment(self.context.clock.now(), self.context.clock.monotonic())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A round never fails; if it does all the same, old readings must not pass for new."""
        if event.worker.group == "health" and event.state is WorkerState.ERROR:
            self.post_message(HealthSummary(State.UNKNOWN, "? health stopped"))
            error = event.worker.error
            self.tell(f"no more rounds, a fault of the console: {type(error).__name__}: {error}")

    def _heard(self, reading: Reading) -> None:
        self._history = self._history.add(reading, self._now())
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
            for row in rows((*PROBES, *self._chosen), self._history, target, now)
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
        now, when = self.context.clock.monotonic(), self.context.day_and_time
        text.append("\n  " + "; ".join(past_lines(past, now, when)))
        probe = probe_named(reading.probe)
        text.append(f"\nread {probe.reads if probe else ''}", "dim")
        if reading.evidence:
            shown = ", ".join(str(ref) for ref in reading.evidence[:4])
            more = f" and {len(reading.evidence) - 4} more" if len(reading.evidence) > 4 else ""
            text.append("\ne ", "bold").append_text(literal(shown + more, "dim"))
        return text

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

    def action_run_one(self) -> None:
        """Look through the selected probe alone, and those that it needs first."""
        self._look_through(probe_named(self.query_one(Listing).selected or ""))

    def action_check(self) -> None:
        self.app.push_screen(ChecksScreen(), self._look_through)

    def _look_through(self, probe: Probe | None) -> None:
        if probe is None:
            return
        if probe in CHOSEN and probe not in self._chosen:
            self._chosen = (*self._chosen, probe)
            self._show_rows()
        self.query_one(Listing).select(probe.name)
        self._wanted = with_needed(probe)
        self._wake.set()

    def offers(self) -> Sequence[Offer]:
        return [
            Offer(f"Check {one.title.lower()}", one.costs, partial(self._look_through, one))
            for one in CHOSEN
        ]

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
