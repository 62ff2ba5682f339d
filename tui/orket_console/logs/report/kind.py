"""Lines of one span that are the same but for their time."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from orket_console.base.severity import Severity
from orket_console.logs.heads import named
from orket_console.logs.report import groups, upstream
from orket_console.logs.report.found import Found
from orket_console.logs.report.groups import Alike
from orket_console.logs.report.kinds import (
    NON_PROGRESS,
    RETRIES,
    TURN_FAILED,
    Section,
    is_failure,
    sections,
)  # fmt: skip
from orket_console.logs.report.lines import ToldHead, line_of
from orket_console.logs.report.turns import turn_key
from orket_console.logs.survey.template import template_of_said

_BY_EVENT: Final = (Section.FAILURES, Section.RETRIES, Section.WARNINGS)


def counted_as(head: ToldHead, raw: bytes) -> tuple[Hashable, str]:
    """What upstream counts of a line beside its event, and why it stops there; empty if not."""
    if head.event == TURN_FAILED:
        return (head.data.type, "") if head.data.type else upstream.type_of(line_of(raw))
    if head.event == NON_PROGRESS:
        return (head.role, "") if head.role else upstream.role_of(line_of(raw))
    return None, ""


class Kind:
    """`alike` counts the lines; the rest is worked out from the first of them, once.

    `counted` is what upstream counts of each beside its event. `models` tells those of a
    failed turn apart by the model it had: empty for none, None where it began before;
    `wants_model` tells whether these are failures.
    """

    def __init__(self, head: ToldHead, counted: Hashable) -> None:
        self.alike = Alike()
        self.models: dict[str | None, Alike] = {}
        self.severity = head.severity
        self.head = head
        self._counted = counted
        self.turn = turn_key(head)
        self.wants_model = is_failure(head.event, self.severity)

    @property
    def _unit(self) -> str:
        """What failed: the turn where there is one, else the session; empty for neither."""
        return self.turn or named(self.head.session)

    def settle(self, found: Found) -> None:
        """Bring the lines into `found`'s groups."""
        event, count = self.head.event, self.alike.count
        found.severities[self.severity] += count
        if event == TURN_FAILED:
            upstream.add(found.types, [(self._counted, count)])
        elif event == NON_PROGRESS:
            upstream.add(found.roles, [(self._counted, count)])
        failure = is_failure(event, self.severity)
        if not failure and self.severity < Severity.WARN and event not in RETRIES:
            return
        name = named(event)
        template = template_of_said(event, self.head.data)
        for section in sections(event, self.severity, self.head.data):
            found.note(section, name if section in _BY_EVENT else template, self.alike)
        if failure:
            found.note(Section.SIGNATURE, template, self.alike)
            self._settle_failure(found)

    def _settle_failure(self, found: Found) -> None:
        head = self.head
        for section, name in (
            (Section.SESSION, head.session),
            (Section.ISSUE, head.issue),
            (Section.ROLE, head.actor),
        ):
            if name:
                found.note(section, named(name), self.alike)
        for model, alike in self.models.items():
            if model:
                found.note(Section.MODEL, model, alike)
            elif model is None:
                groups.add(found.modelless, self.turn, alike)
        if head.event == TURN_FAILED:
            found.announce(each for each in (self.turn, named(head.session)) if each)
        else:
            found.fail_unit(named(head.event), self._unit, self.alike)
