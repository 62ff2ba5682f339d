"""What a probe is, and what it reports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from orket_console.base.refs import Ref
from orket_console.base.state import State

if TYPE_CHECKING:
    from orket_console.health.look import Look
    from orket_console.target.target import Target


@dataclass(frozen=True, slots=True)
class Reading:
    """What one probe saw, once.

    `word` is the state in one or two words (`refused`, `wrong service`, `locked`, …); `seen`
    one sentence; `details` what was read, a line each; `ms` how long the answer took, None
    where nothing was waited for; `remedy` what to do next, and `action` the runbook's command
    for it, by its name in the catalogue. `follows` names the probe whose trouble explains this
    one; `pid` the process that answered, 0 where none is known. `probe` and `title` are filled
    in by the round, which also sanitises and redacts every text.
    """

    state: State
    word: str
    seen: str
    details: tuple[str, ...] = ()
    evidence: tuple[Ref, ...] = ()
    ms: float | None = None
    remedy: str = ""
    action: str = ""
    follows: str = ""
    pid: int = 0
    probe: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that is looked at, and how.

    `reads` says what it reads, for people. `after` names a probe whose reading it needs
    first. `port` is the setting whose value stands in the title. `log` names the probe of
    the log that tells more. `overdue` is the state when its deadline passes, which is
    `seconds`, or the round's for 0. `costs` says what asking leaves behind or takes: a probe
    that has it is asked only by name.
    """

    name: str
    title: str
    reads: str
    run: Callable[[Look], Awaitable[Reading]]
    after: str = ""
    port: str = ""
    log: str = ""
    overdue: State = State.UNKNOWN
    seconds: float = 0.0
    costs: str = ""

    def title_at(self, target: Target) -> str:
        return f"{self.title} :{target.settings.whole(self.port)}" if self.port else self.title


@dataclass(frozen=True, slots=True)
class Round:
    """One look at everything: a reading a probe, in the order of the probes."""

    at: datetime
    seconds: float
    readings: tuple[Reading, ...]
