"""What a log tells of failures one by one: whose they were, in which words, and where.

The report's own pass, which sees each kind of line once, notes them on its way, so that the
diagnosis costs no pass of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.heads import named
from orket_console.logs.report.found import MOST_MOMENTS, Found, MomentKey
from orket_console.logs.report.kind import Kind
from orket_console.logs.report.kinds import NON_PROGRESS, RETRIES
from orket_console.logs.report.lines import ToldHead
from orket_console.logs.report.span import ReportPart

_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class MomentJob:
    """The report's job, which notes `Found.moments` too: the newest `most` of each span."""

    most: int = MOST_MOMENTS

    def begin(self) -> MomentPart:
        return MomentPart(self.most)

    def merge(self, first: Found, second: Found) -> Found:
        return first.merge(second)


class MomentPart(ReportPart):
    def __init__(self, most: int) -> None:
        super().__init__(None)
        self._most = most

    def result(self) -> Found:
        found = super().result()
        for key in list(islice(found.moments, max(len(found.moments) - self._most, 0))):
            del found.moments[key]
        return found

    def settled(self, kind: Kind, found: Found) -> None:
        event = kind.head.event
        if kind.severity >= Severity.WARN or event in RETRIES or event == NON_PROGRESS:
            found.note_moment(_key(kind.head), kind.alike)


def _key(head: ToldHead) -> MomentKey:
    data = head.data
    review = data.review_payload
    listed = ", ".join(data.contract_reasons or (review.violations if review else None) or ())
    return MomentKey(
        event=named(head.event),
        kind=named(data.type or data.error_type or data.reason or data.status or ""),
        words=(data.error or data.message or listed or data.reason or data.result or "")[:_WORDS],
        session=named(head.session),
        issue=named(head.issue),
        turn=head.turn or 0,
        role=named(head.actor),
    )
