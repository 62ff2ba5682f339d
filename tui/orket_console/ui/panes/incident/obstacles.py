"""Why a key of the Incident tab does nothing now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orket_console.incidents.ledger.model import StepState
from orket_console.incidents.recovery.plan import GATES

if TYPE_CHECKING:
    from orket_console.ui.panes.incident.pane import IncidentPane

_WRITES: Final = frozenset(
    {
        "open_finding",
        "open_by_hand",
        "begin",
        "verify",
        "end_pass",
        "note",
        "skip",
        "by_hand",
        "close",
        "gates",
    }
)
_OF_ONE: Final = frozenset(
    {"begin", "gates", "verify", "end_pass", "note", "skip", "by_hand", "close"}
    | {"escalation", "export", "to_time", "timeline", "filter", "older", "all_or_bad"}
)


def obstacle(pane: IncidentPane, action: str) -> str:
    """Empty for a key that does something."""
    book, shown = pane.book, pane.shown_one
    if action in _WRITES and book.read_only:
        return book.read_only
    if action in _WRITES and book.problem:
        return book.problem
    if action in _OF_ONE and shown is None:
        return "no incident is in view: o opens one"
    if action == "open_finding":
        return "" if pane.finding is not None else "there is no finding under the cursor"
    if shown is None:
        return ""
    closed = shown.incident.closed is not None
    under_way = shown.of is not None and shown.of.ended is None
    match action:
        case "begin" if closed or under_way:
            return "it is closed" if closed else "a pass is under way: v verifies it, V ends it"
        case "do" if pane.step is None or pane.step.state is not StepState.OPEN:
            return "this step is closed already"
        case "gates" | "verify" | "end_pass" if not under_way:
            return "no pass is under way: b begins one"
        case "skip" | "by_hand" if not under_way or pane.step is None:
            return "no pass is under way: b begins one"
        case "skip" | "by_hand" if pane.step and pane.step.state is not StepState.OPEN:
            return "this step is closed already"
        case "gates" if pane.step is None or pane.step.key.removeprefix("gate:") not in GATES:
            return "the cursor is on no gate of the verification"
        case "close" if closed:
            return "it is closed already"
        case "export" if pane.context.target.is_bundle:
            return "this is an export of it already"
        case "export" if pane.exporting.busy:
            return "it is being exported"
        case "to_time" if pane.telling.entry is None:
            return "choose what happened first: t"
    return ""
