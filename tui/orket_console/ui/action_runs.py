"""The actions that this console has started, with their output."""

from __future__ import annotations

from dataclasses import dataclass

from orket_console.actions.live import LiveOutput
from orket_console.actions.records import Record
from orket_console.actions.runner import Run


@dataclass(frozen=True, slots=True)
class Reading:
    """An output with the record that it belongs to; `run` while this console runs it.

    `cut` says what of the output is left out.
    """

    ended: Record
    output: LiveOutput
    run: Run | None = None
    cut: str = ""

    @property
    def record(self) -> Record:
        return self.run.record if self.run is not None else self.ended


class ActionRuns:
    """The newest run of each action that was started here, whether it has ended or not."""

    def __init__(self) -> None:
        self._newest: dict[str, Reading] = {}

    def add(self, reading: Reading) -> None:
        self._newest[reading.record.action] = reading

    def of(self, name: str) -> Reading | None:
        return self._newest.get(name)

    def run_of(self, name: str) -> Run | None:
        reading = self._newest.get(name)
        return reading.run if reading is not None else None

    def is_running(self, name: str) -> bool:
        return name in self._newest and self._newest[name].record.running

    def running(self) -> list[Record]:
        """The records of those that run now."""
        return [reading.record for reading in self._newest.values() if reading.record.running]
