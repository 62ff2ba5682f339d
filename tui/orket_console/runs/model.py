"""What the Runs room hands out: runs, their issues and turns, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from orket_console.base.refs import TurnRef
from orket_console.base.state import State


class Verdict(StrEnum):
    """What became of a turn, as its artifacts tell it."""

    OK = "ok"
    BLOCKED = "blocked"
    """It went through, and what it asked for was to block its issue."""
    REFUSED = "refused"
    """A guard or policy stopped what it asked for."""
    FAILED = "failed"
    NO_PROGRESS = "no progress"
    """The model answered without a tool call that could be run."""
    RUNNING = "running"
    UNFINISHED = "unfinished"
    """It stops in the middle, and its run is no longer at work."""
    UNREADABLE = "unreadable"
    PENDING = "not read yet"
    """Known by its folder's name alone."""


VERDICT_STATES: Final = {
    Verdict.OK: State.OK,
    Verdict.BLOCKED: State.DEGRADED,
    Verdict.REFUSED: State.FAILING,
    Verdict.FAILED: State.FAILING,
    Verdict.NO_PROGRESS: State.FAILING,
    Verdict.RUNNING: State.INFO,
    Verdict.UNFINISHED: State.DEGRADED,
    Verdict.UNREADABLE: State.UNKNOWN,
    Verdict.PENDING: State.INFO,
}
_NO_FAILURE: Final = frozenset({Verdict.OK, Verdict.RUNNING, Verdict.PENDING})


class Run(msgspec.Struct, frozen=True):
    """One session, merged from `run_ledger`, `sessions`, its trace folders and the log.

    `status` is as recorded (the ledger's, else the sessions table's; empty where neither
    has it). `seen` says what contradicts or explains it, empty where nothing does; `state`
    takes both into account. `sources` names where the session was found. `issues` and
    `turns` are None where they can't be known; `traces` is the trace folder as shown.
    `active` tells that it is recorded as running and has shown life lately. `looked` tells
    that its traces, issues and processes were looked at; without, `turns` and `issues` are
    None, and `seen` and `state` go by what the ledger and the sessions table say. `failing`
    is the turn that a failed run ended at, where its last turns tell it.
    """

    session: str
    name: str
    kind: str
    build: str
    status: str
    state: State
    seen: str
    failure_class: str
    failure_reason: str
    started: datetime | None
    ended: datetime | None
    last_activity: datetime | None
    issues: int | None
    issues_by_status: dict[str, int]
    turns: int | None
    sources: tuple[str, ...]
    traces: str
    active: bool
    looked: bool
    failing: TurnRef | None
    failing_why: str

    @property
    def failed(self) -> bool:
        """Whether `next failure` stops here."""
        return self.state not in (State.OK, State.INFO)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs or where an end is missing."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first. `more` tells that older ones were left out at the limit."""

    runs: tuple[Run, ...]
    more: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a run, from the issues table and the trace folders.

    `id_from` tells where the true id was read: `checkpoint`, `issues table`, `policy report`
    or `folder` (where nothing else tells). `folder` is empty where there are no traces.
    """

    issue: str
    id_from: str
    folder: str
    summary: str
    seat: str
    status: str
    retries: int | None
    max_retries: int | None
    turns: int
    note: str


class Turn(msgspec.Struct, frozen=True):
    """One turn folder, `NNN_role`, judged by what lies in it.

    With the verdict `PENDING` it is known by its folder alone: only `ref`, `path`, `shown`
    and `at` (the folder's) tell something.

    `ref` carries the ids as the checkpoint records them, else as the folders spell them.
    `at_from` tells where `at` was read: `checkpoint`, `policy report` or `file time`.
    `asked` is the tool call that mattered, in short; `why` is empty for a turn that went
    well. `missing` names the artifacts that a whole turn has and this one lacks. `report` is
    the path of its policy violation report, empty for none. `mark` changes when a file does.
    """

    ref: TurnRef
    path: str
    shown: str
    at: datetime | None
    at_from: str
    verdict: Verdict
    why: str
    asked: str
    tools: tuple[str, ...]
    state_from: str
    state_to: str
    model: str
    prompt_hash: str
    tokens: int | None
    missing: tuple[str, ...]
    note: str
    report: str
    mark: str

    @property
    def judged(self) -> bool:
        """Whether its artifacts were read."""
        return self.verdict is not Verdict.PENDING

    @property
    def state(self) -> State:
        return VERDICT_STATES[self.verdict]

    @property
    def failed(self) -> bool:
        """Whether `next failure` stops here."""
        return self.verdict not in _NO_FAILURE

    @property
    def change(self) -> str:
        """The state change it asked for, as `in_progress → done`."""
        if not self.state_to:
            return self.state_from
        return f"{self.state_from or '?'} → {self.state_to}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run's turns come to, of those that are `judged`.

    `tokens` is None where no turn counts them. `failing` is the turn that the run failed
    at: the last failed one of the issue or reason that the ledger names, else the last.
    """

    judged: int
    tokens: int | None
    models: tuple[str, ...]
    verdicts: dict[str, int]
    failing: TurnRef | None
    failing_why: str


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its issues and turns, in order of time.

    `pending` turns are not judged yet; while there are any, the order may change and
    `tally` grows. `problems` are what could not be read.
    """

    run: Run
    issues: tuple[Issue, ...]
    turns: tuple[Turn, ...]
    pending: int
    tally: Tally
    notes: tuple[str, ...]
    problems: tuple[str, ...]
