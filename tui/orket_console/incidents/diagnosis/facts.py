"""Everything that the rules look at, gathered once, from the rooms' own results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orket_console.base.refs import LogRef, TurnRef
from orket_console.base.secret import Redactor
from orket_console.base.sqlite import Fault
from orket_console.health.reading import Reading
from orket_console.runs.model import Issue, Run, Turn
from orket_console.webhooks.model import Cycle, Delivery


@dataclass(frozen=True, slots=True)
class Moment:
    """Lines of a log that tell the same of the same thing.

    `log` is the log's name as the operator knows it. `kind` is the line's type, reason or
    status, `words` its error or message. `refs` are the first few, `newest` is the last one
    that has a time.
    """

    log: str
    event: str
    kind: str
    words: str
    session: str
    issue: str
    turn: int
    role: str
    count: int
    first_at: datetime | None
    last_at: datetime | None
    refs: tuple[LogRef, ...]
    newest: LogRef | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that the log saw begin, and not end."""

    session: str
    issue: str
    index: int
    role: str
    at: datetime | None
    ref: LogRef


@dataclass(frozen=True, slots=True)
class LogSeen:
    """How far one log was read: `unread` bytes of its older part were not.

    `problem` says why it was not read, `missing` that it is not there; `size` is in bytes.
    """

    name: str
    path: str
    problem: str
    missing: bool
    size: int
    unread: int
    lines: int
    malformed: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def probe(self) -> str:
        """The probe that watches this log: that of the server log, or of the run log."""
        return "log-root" if self.name.startswith("root/") else "log-default"


@dataclass(frozen=True, slots=True)
class LogFacts:
    logs: tuple[LogSeen, ...] = ()
    moments: tuple[Moment, ...] = ()
    begun: tuple[Begun, ...] = ()

    def log(self, name: str) -> LogSeen | None:
        return next((log for log in self.logs if log.name == name), None)


@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """`deliveries` oldest first; `older` tells that there are older ones that were not read.

    `problems` are what could not be read of them, in words.
    """

    deliveries: tuple[Delivery, ...] = ()
    older: bool = False
    cycles: tuple[Cycle, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run; of those that did not go well also what lies behind it.

    `turns` are its failed ones. `answered` are the turns, by issue and index, that have the
    model's answer, `garbled` those whose answer holds a tool call that can't be parsed.
    """

    run: Run
    issues: tuple[Issue, ...] = ()
    turns: tuple[Turn, ...] = ()
    answered: frozenset[tuple[str, int]] = frozenset()
    garbled: tuple[TurnRef, ...] = ()
    moments: tuple[Moment, ...] = ()
    begun: tuple[Begun, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Newest first; `more` tells that there are older ones that were not looked at."""

    runs: tuple[RunSeen, ...] = ()
    more: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseSeen:
    """One database: `fault` why it could not be read, None for one that could.

    `used` tells that it must be there by now. `differences` are tables and columns that the
    known versions have and this one lacks. `holders` are processes that held the writer's lock
    for as long as was looked.
    """

    kind: str
    name: str
    path: str
    probe: str
    used: bool
    fault: Fault | None = None
    detail: str = ""
    tables: int = 0
    differences: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    compared: bool = False
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posture:
    """What the servers run with, as far as it may be seen; no values, only whether.

    `stale` are variables that a running server was started with another value of than `.env`
    has now, each with the server (`api` or `webhook`); `rewritten` are servers that read
    `.env` at their start and it was written since. `bypass` tells that the insecure bypass is
    set. `rate_limit` is deliveries a minute.
    """

    api_key: bool = False
    webhook_secret: bool = False
    webhook_used: bool = False
    bypass: bool = False
    stale: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[str, ...] = ()
    rate_limit: int = 60


@dataclass(frozen=True, slots=True)
class ActionSpan:
    """When an action of the console ran that writes lines which look like trouble."""

    action: str
    started: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`generation` is `old`, `new` or `unknown`. `readings` are those of one round.

    `redactor` knows the installation's secrets: texts of its logs and tables may hold them.
    `last_ok` is when a console saw a probe ok the last time, by probe.
    """

    generation: str
    readings: tuple[Reading, ...]
    posture: Posture
    log: LogFacts
    webhooks: WebhookFacts
    runs: RunFacts
    databases: tuple[DatabaseSeen, ...]
    redactor: Redactor
    actions: tuple[ActionSpan, ...] = ()
    last_ok: Mapping[str, datetime] = field(default_factory=dict)

    def reading(self, probe: str) -> Reading | None:
        return next((one for one in self.readings if one.probe == probe), None)

    def word(self, probe: str) -> str:
        """The state word of a probe; empty where it did not report."""
        reading = self.reading(probe)
        return reading.word if reading else ""
