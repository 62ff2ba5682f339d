"""What the ledger holds. All times are aware UTC; all texts are without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """What a step of a recovery pass is for."""

    CHECK = "check"
    ACTION = "action"
    VERIFY = "verify"


class StepState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """By evidence."""
    BY_HAND = "by hand"
    """By an operator's word, with a reason."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Who:
    """An operator: user, host, and the SSH client's address where there is one."""

    user: str
    host: str = ""
    ssh: str = ""

    def __str__(self) -> str:
        return f"{self.user}{f' from {self.ssh}' if self.ssh else ''}"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident. `closed` is None while it is open; `reopened` how often that was taken back.

    `signature` is that of the finding that it was opened from, empty for one opened by hand;
    `owner` who works on it now. `captured` is the document of what was seen when it was opened:
    probes, findings with their evidence, versions, hashes of `.env` and schema.
    """

    id: int
    title: str
    failure: str
    rule: str
    signature: str
    opened: datetime
    opened_by: Who
    owner: Who
    captured: Mapping[str, Any]
    closed: datetime | None = None
    closed_by: Who | None = None
    reason: str = ""
    reopened: int = 0

    @property
    def name(self) -> str:
        return f"INC-{self.id}"


@dataclass(frozen=True, slots=True)
class SeenSignature:
    """A failure as it was seen over time.

    `count` is how often it came up: after it had not been there, or in another run. `evidence`
    is when its newest evidence is from, None where nothing dates it. `present` tells that the
    last look saw it; `merged_into` another signature that it counts as, empty for none.
    """

    signature: str
    failure: str
    rule: str
    title: str
    first: datetime
    last: datetime
    count: int
    evidence: datetime | None
    present: bool
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One appearance of a signature: when it was seen, and when its evidence is from.

    `id` counts in the order in which the ledger came to know them; `run` is the session that
    failed, empty where it is no failure of a run.
    """

    signature: str
    at: datetime
    evidence: datetime | None
    run: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class LogMark:
    """One file of a log as it was: its bytes, and a fingerprint of the last of them."""

    device: int
    inode: int
    size: int
    print: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What there was at a moment. A clock may be set back behind it; what came later is behind
    it all the same by the order of the ledger, the place in a log, or the run that it is of.

    `turn` and `sighting` are the ids of the ledger's newest, `failed` the sessions that had not
    gone well, `newest` when the newest evidence of each signature was from.
    """

    turn: int = 0
    sighting: int = 0
    logs: tuple[LogMark, ...] = ()
    failed: frozenset[str] = frozenset()
    newest: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecoveryPass:
    """One recovery pass of an incident, its `number` from 1.

    `clean` is None until it is judged; `lacking` says what kept it from being clean.
    `conditions` are those of the installation when it was judged. The marks are None where
    nothing was marked.
    """

    id: int
    incident: int
    number: int
    begun: datetime
    begun_by: Who
    ended: datetime | None = None
    clean: bool | None = None
    lacking: tuple[str, ...] = ()
    conditions: Mapping[str, Any] | None = None
    begun_mark: Mark | None = None
    ended_mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class PassStep:
    """One step of a pass. `key` names it within its plan and `wants` says what closes it.

    `evidence` are documents of what closed it: in words, and where it can be opened. `reason`
    is the operator's for a step closed by hand or skipped.
    """

    id: int
    of_pass: int
    position: int
    key: str
    kind: StepKind
    title: str
    wants: str
    state: StepState = StepState.OPEN
    at: datetime | None = None
    by: Who | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GateRun:
    """An action or gate that was run for an incident, by the id of its record and audit."""

    incident: int
    of_pass: int | None
    action: str
    record: str
    verdict: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    incident: int
    at: datetime
    by: Who
    text: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """An escalation record: its four fields, and where it was filed."""

    id: int
    incident: int
    at: datetime
    by: Who
    fields: Mapping[str, Any]
    path: str = ""
    url: str = ""
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A thing that happened to an incident: opened, taken over, closed, reopened, …

    `id` counts in the order in which they were written down, 0 for one that is yet to be.
    """

    incident: int
    at: datetime
    by: Who
    what: str
    detail: str
    id: int = 0
