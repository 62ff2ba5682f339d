"""The actions that run, and those that this console saw end, with their output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from orket_console.actions.records import Record, folder_of
from orket_console.actions.runner import Run
from orket_console.actions.transcript import Transcript
from orket_console.base.clock import Clock
from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Reading:
    """An output with the record that it belongs to; `run` where this console watches it."""

    ended: Record
    transcript: Transcript
    run: Run | None = field(default=None)

    @property
    def record(self) -> Record:
        return self.run.record if self.run is not None else self.ended


class ActionRuns:
    """The newest run of each action that was watched here, whether it has ended or not."""

    def __init__(self) -> None:
        self._newest: dict[str, Reading] = {}
        self._ids: set[str] = set()
        self._starting: set[str] = set()

    @contextmanager
    def starting(self, name: str) -> Iterator[None]:
        """While an action is being started here: its record is seen before its run is known."""
        self._starting.add(name)
        try:
            yield
        finally:
            self._starting.discard(name)

    def take_up(self, target: Target, record: Record, clock: Clock) -> Run | None:
        """Watch an action that another console started; None for one that is watched already."""
        if record.id in self._ids or record.action in self._starting:
            return None
        run = Run(target, record, None, clock)
        self.add(reading_of(target, run))
        return run

    def add(self, reading: Reading) -> None:
        record = reading.record
        self._ids.add(record.id)
        newest = self._newest.get(record.action)
        if newest is None or newest.record.started <= record.started:
            self._newest[record.action] = reading

    def of(self, name: str) -> Reading | None:
        return self._newest.get(name)

    def run_of(self, name: str) -> Run | None:
        reading = self._newest.get(name)
        return reading.run if reading is not None else None

    def is_running(self, name: str) -> bool:
        return name in self._newest and self._newest[name].record.running

    def running(self) -> list[Reading]:
        """Those that run now, the newest last."""
        found = [reading for reading in self._newest.values() if reading.record.running]
        return sorted(found, key=lambda reading: reading.record.started)


def reading_of(target: Target, run: Run) -> Reading:
    return Reading(run.record, Transcript(folder_of(target, run.record.id)), run)
