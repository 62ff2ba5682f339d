"""What a rule concludes, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from orket_console.base.refs import Ref
from orket_console.base.state import State

RED: Final = frozenset({State.FAILING, State.DEGRADED})
"""What something is wrong by."""
SETTLED: Final = frozenset({State.OK, State.INFO})
"""What is told, and wrong no more."""


class FailureClass(StrEnum):
    """The runbook's four failure classes, in its order; what belongs to none of them; noise."""

    API = "api-unavailable"
    WEBHOOK = "webhook-failures"
    RUN = "run-stalls"
    SCHEMA = "schema-mismatch"
    HOST = "host"
    NOISE = "noise"

    @property
    def words(self) -> str:
        return _TITLES[self]

    @property
    def runbook(self) -> str:
        """The section of the runbook."""
        return _SECTIONS[self]


_TITLES = {
    FailureClass.API: "API unavailable",
    FailureClass.WEBHOOK: "webhook failures",
    FailureClass.RUN: "run stalls or non-progress",
    FailureClass.SCHEMA: "schema or migration mismatch",
    FailureClass.HOST: "host trouble",
    FailureClass.NOISE: "noise",
}
_SECTIONS = {
    FailureClass.API: "1, API unavailable",
    FailureClass.WEBHOOK: "2, webhook failures",
    FailureClass.RUN: "3, run stalls or non-progress",
    FailureClass.SCHEMA: "4, schema or migration mismatch",
    FailureClass.HOST: "none: the runbook has no section for the host",
    FailureClass.NOISE: "none: nothing to recover",
}


class Confidence(StrEnum):
    """How sure a conclusion is, in words."""

    CERTAIN = "certain"
    """The evidence itself says it."""
    LIKELY = "likely"
    """The evidence fits, and nothing that was seen speaks against it."""
    POSSIBLE = "possible"
    """Something else could leave the same evidence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen, in words, and where it can be opened."""

    what: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class Step:
    """What to check or do next; `ref` leads there, None where it is done outside the console."""

    text: str
    ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion.

    `conclusion` is one sentence. `count` is how often it was seen, `since` and `last` when
    first and last, None where nothing dates it. `subjects` are the sessions, pull requests,
    probes or files that it speaks of. `follows` names the rule whose finding explains this
    one, empty for none. `signature` is stable from one installation to the next, `essence`
    the evidence that went into it as it was. `late` tells that it rests on nothing but an
    answer that did not come in time.
    """

    rule: str
    title: str
    failure: FailureClass
    state: State
    conclusion: str
    confidence: Confidence
    since: datetime | None
    last: datetime | None
    count: int
    evidence: tuple[Evidence, ...]
    next: tuple[Step, ...]
    wrong_if: str
    runbook: str
    subjects: tuple[str, ...]
    essence: tuple[str, ...]
    signature: str
    follows: str = ""
    late: bool = False
