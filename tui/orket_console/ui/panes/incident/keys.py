"""The keys of the Incident tab, most used first. Skipping a step is `StepList`'s."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("o", "open_finding", "open it", id="incident.open"),
    Binding("O", "open_by_hand", "open by hand", id="incident.open-by-hand"),
    Binding("b", "begin", "begin pass", id="incident.begin"),
    Binding("v", "verify", "verify", id="incident.verify"),
    Binding("E", "escalation", "escalate", id="incident.escalation"),
    Binding("n", "note", "note", id="incident.note"),
    Binding("t", "timeline", "timeline", id="incident.timeline"),
    Binding("T", "to_time", "go to time", id="incident.to-time"),
    Binding("slash", "filter", "filter", key_display="/", id="incident.filter"),
    Binding("m", "older", "older", id="incident.older"),
    Binding("a", "all_or_bad", "all", id="incident.all-or-bad"),
    Binding("c", "close", "close", id="incident.close"),
    Binding("x", "export", "export", id="incident.export"),
    Binding("H", "by_hand", "by hand", id="incident.by-hand"),
    Binding("V", "end_pass", "end pass", show=False, id="incident.end-pass"),
    Binding("l", "list", "incidents", id="incident.list"),
    Binding("escape", "out", "back", show=False, id="incident.out"),
]
