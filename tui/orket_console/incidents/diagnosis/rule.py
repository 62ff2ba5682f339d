"""A rule: what evidence it wants, and what it concludes from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from orket_console.base.state import State
from orket_console.incidents.diagnosis.facts import Facts
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule found: the part of a finding that differs from case to case.

    `essence` is what makes this case the same as another of the same rule, in the words of
    the evidence; it is normalised for the signature. `wrong_if` is the rule's own where empty.
    """

    conclusion: str
    evidence: tuple[Evidence, ...]
    next: tuple[Step, ...]
    state: State = State.FAILING
    confidence: Confidence = Confidence.CERTAIN
    since: datetime | None = None
    last: datetime | None = None
    count: int = 1
    subjects: tuple[str, ...] = ()
    essence: tuple[str, ...] = ()
    wrong_if: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause.

    `wants` says which evidence it looks at, `wrong_if` what would prove it wrong. `under`
    names rules whose findings explain this one's, most telling first: it folds under the
    first of them that was found; with `shares` only where both speak of the same subject.
    `probes` are those whose reds it accounts for, beside the logs that it shows lines of.
    """

    id: str
    title: str
    failure: FailureClass
    wants: str
    wrong_if: str
    look: Callable[[Facts], Iterable[Case]]
    under: tuple[str, ...] = ()
    shares: bool = False
    probes: tuple[str, ...] = ()
