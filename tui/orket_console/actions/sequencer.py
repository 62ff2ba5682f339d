"""The steps of a bundle, run one after another, each an action with a record of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.actions.bundles import KEEP_GOING, RESUME
from orket_console.actions.definition import Action
from orket_console.actions.following import Follower
from orket_console.actions.held import RUNNING, is_held
from orket_console.actions.launch import launch
from orket_console.actions.plan import plan
from orket_console.actions.programs.program import say
from orket_console.actions.records import Record, folder_of, load, took
from orket_console.actions.runner import cancel
from orket_console.actions.steps import Standing, standings
from orket_console.actions.verdicts import Judgement, Verdict
from orket_console.actions.within import Within
from orket_console.base.clock import SystemClock
from orket_console.base.errors import ConsoleError
from orket_console.target.target import Target

_LOOK: Final = 0.05
_TOLD_AS: Final = {Verdict.CANCELLED: Verdict.INTERRUPTED}
"""A step that was cancelled by itself interrupts its bundle, which nobody cancelled."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a step came out, also one that could not be started."""

    title: str
    verdict: Verdict
    evidence: str


class Sequencer:
    """Runs a bundle with its checked parameters; its words go to stdout, and its steps' output.

    A TERM cancels the step that runs, and with it the bundle.
    """

    def __init__(
        self, target: Target, bundle: Action, values: Mapping[str, str], within: Within
    ) -> None:
        self._target = target
        self._bundle = bundle
        self._values = values
        self._within = within
        self._parent = os.getppid()
        self._told_to_end = False
        self._in_line = False

    def run(self) -> Judgement:
        """Run what is to be run, in order, up to the first step that did not pass."""
        signal.signal(signal.SIGTERM, self._end)
        count = len(self._bundle.steps)
        passed = 0
        bad: list[_Ended] = []
        for number in range(count):
            # As it stands when its turn comes: a step before it may have changed something.
            step = standings(self._target, self._bundle, self._values)[number]
            place = f"{number + 1} of {count}, {step.action.title}"
            if self._values[RESUME] == "yes" and step.holds:
                say(f"═ {place}: passed before and still holds, not run again")
                passed += 1
                continue
            say(f"═ {place}: starts")
            ended = self._stepped(step)
            say(f"═ {place}: {ended.verdict}: {ended.evidence}")
            if ended.verdict is Verdict.PASSED:
                passed += 1
                continue
            bad.append(ended)
            if self._told_to_end or self._values[KEEP_GOING] != "yes":
                break
        return self._judgement(passed, bad)

    def _judgement(self, passed: int, bad: list[_Ended]) -> Judgement:
        count = len(self._bundle.steps)
        if not bad:
            return self._all_passed(f"{passed} of {count} passed")
        first = bad[0]
        left = count - passed - len(bad)
        rest = f"; {left} not run" if left else ""
        return Judgement(
            _TOLD_AS.get(first.verdict, first.verdict),
            f"{passed} of {count} passed{rest}; {first.title} {first.verdict}: {first.evidence}",
        )

    def _all_passed(self, said: str) -> Judgement:
        """Passed, if what each step passed under is still so: else they say nothing together."""
        steps = standings(self._target, self._bundle, self._values)
        gone = [f"{step.action.title}: {step.stale}" for step in steps if step.stale]
        if not gone:
            return Judgement(Verdict.PASSED, said)
        return Judgement(
            Verdict.UNKNOWN, f"{said}, but not under the same conditions: {'; '.join(gone)}"
        )

    def _stepped(self, step: Standing) -> _Ended:
        """Start a step and stay with it to its end."""
        title = step.action.title
        if self._told_to_end:
            return _Ended(title, Verdict.INTERRUPTED, "not started: the bundle was told to end")
        if os.getppid() != self._parent:
            # Nobody is left to stop the bundle by, or to keep what it says.
            return _Ended(
                title, Verdict.INTERRUPTED, "not started: the bundle's supervisor is gone"
            )
        try:
            made = plan(self._target, step.action, step.values)
            now = SystemClock().now()
            agreed = f"as a step of {self._within.bundle}"
            record = launch(self._target, made, now, agreed, self._within)
            ended = self._ended(record)
        except ConsoleError as error:
            return _Ended(title, Verdict.FAILED, f"not started: {error}")
        after = f" ({took(ended.seconds)})" if ended.seconds is not None else ""
        return _Ended(title, ended.verdict or Verdict.UNKNOWN, f"{ended.evidence}{after}")

    def _ended(self, record: Record) -> Record:
        """Hand on a step's output until it has ended; its record."""
        folder = folder_of(self._target, record.id)
        follower = Follower(folder)
        asked = False
        while True:
            # Whether it lives comes first: what it wrote before it went is then surely read.
            lives = is_held(folder / RUNNING)
            pieces = follower.read()
            for piece in pieces:
                self._hand_on(piece.text)
            if self._told_to_end and lives and not asked:
                asked = True
                with contextlib.suppress(ConsoleError):
                    cancel(self._target, load(self._target, record.id))
            if not pieces and not lives:
                break
            if not pieces:
                time.sleep(_LOOK)
        if self._in_line:
            self._hand_on("\n")
        return load(self._target, record.id)

    def _hand_on(self, text: str) -> None:
        self._in_line = not text.endswith("\n")
        # A reader that is gone is no reason to leave a step alone.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()

    def _end(self, _number: int, _frame: object) -> None:
        self._told_to_end = True
