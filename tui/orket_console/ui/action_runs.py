"""The actions that run, and those that this console saw end, with their output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from orket_console.actions import verdicts
from orket_console.actions.catalogue import find_in
from orket_console.actions.durations import expected, known_tests
from orket_console.actions.progress import TestProgress
from orket_console.actions.records import Record, folder_of, history
from orket_console.actions.run_progress import RunProgress
from orket_console.actions.runner import Run
from orket_console.actions.transcript import Transcript
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_RUN_TESTS = frozenset({verdicts.pytest_run, verdicts.volatility, verdicts.release_smoke})
"""The rules of what runs pytest."""


@dataclass(slots=True)
class Reading:
    """An output with the record that it belongs to; `run` where this console watches it.

    `expected` is how long it should take in seconds, `tests` how many tests it had before; None
    where nobody knows. `seen` is how far its tests have come.
    """

    ended: Record
    transcript: Transcript
    run: Run | None = None
    expected: float | None = None
    tests: int | None = None
    progress: RunProgress | None = None
    seen: TestProgress | None = None

    @property
    def record(self) -> Record:
        return self.run.record if self.run is not None else self.ended

    def catch_up(self) -> bool:
        """Take on what has come; whether there was anything. For one thread at a time."""
        if self.progress is not None:
            self.seen = self.progress.look()
        return self.transcript.grow()


class ActionRuns:
    """What was watched here, whether it has ended or not."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}
        self._claimed: set[str] = set()
        self._starting: set[str] = set()

    @contextmanager
    def starting(self, name: str) -> Iterator[None]:
        """While an action is being started here: its record is seen before its run is known."""
        self._starting.add(name)
        try:
            yield
        finally:
            self._starting.discard(name)

    def claim(self, record: Record) -> bool:
        """Whether a run that was found is to be watched; false for one that is already."""
        if record.id in self._claimed or record.action in self._starting:
            return False
        self._claimed.add(record.id)
        return True

    def add(self, reading: Reading) -> None:
        self._claimed.add(reading.record.id)
        self._readings[reading.record.id] = reading

    def by_id(self, record_id: str) -> Reading | None:
        return self._readings.get(record_id)

    def of(self, name: str) -> Reading | None:
        """The newest run of an action."""
        found = [one for one in self._readings.values() if one.record.action == name]
        return max(reversed(found), key=_age, default=None)

    def is_running(self, name: str) -> bool:
        reading = self.of(name)
        return reading is not None and reading.record.running

    def running(self) -> list[Reading]:
        """Those that run now, the newest last."""
        found = [reading for reading in self._readings.values() if reading.record.running]
        return sorted(found, key=_age)


def _age(reading: Reading) -> datetime:
    return reading.record.started


def reading_of(target: Target, record: Record, run: Run | None = None) -> Reading:
    """The output of a run, with what its action took before. Reads the records: for a thread."""
    folder = folder_of(target, record.id)
    reading = Reading(record, Transcript(folder), run)
    if record.running:
        kept = history(target)
        reading.expected = expected(kept, record.action, record.parameters)
        if _runs_tests(target, record.action):
            reading.tests = known_tests(kept, record.action, record.parameters)
            reading.progress = RunProgress(folder)
    return reading


def _runs_tests(target: Target, name: str) -> bool:
    try:
        action = find_in(target, name)
        members = (action, *(find_in(target, step.action) for step in action.steps))
        return any(member.verdict in _RUN_TESTS for member in members)
    except ConsoleError:  # the operator's own command that was taken out since
        return False
