"""The keys of the Incident tab, most used first. Skipping a step is `StepList`'s."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding(
        "o",
        "open_finding",
        "open it",
        tooltip="open an incident from the chosen finding",
        id="incident.open",
    ),
    Binding(
        "O",
        "open_by_hand",
        "open by hand",
        tooltip="open one by hand, with a title",
        id="incident.open-by-hand",
    ),
    Binding("b", "begin", "begin pass", tooltip="begin a recovery pass", id="incident.begin"),
    Binding(
        "g",
        "gates",
        "all gates",
        tooltip="run the whole verification, asked once",
        id="incident.gates",
    ),
    Binding(
        "v",
        "verify",
        "verify",
        tooltip="look at everything; ends the pass if it is clean",
        id="incident.verify",
    ),
    Binding("E", "escalation", "escalate", tooltip="escalation record", id="incident.escalation"),
    Binding("n", "note", "note", tooltip="write a note", id="incident.note"),
    Binding(
        "t", "timeline", "timeline", tooltip="the timeline on the whole tab", id="incident.timeline"
    ),
    Binding("t", "steps", "steps", tooltip="back to the steps", id="incident.steps"),
    Binding(
        "T",
        "to_time",
        "go to time",
        tooltip="take Log, Runs and Webhooks to that moment",
        id="incident.to-time",
    ),
    Binding(
        "slash",
        "filter",
        "filter",
        key_display="/",
        tooltip="filter the timeline",
        id="incident.filter",
    ),
    Binding("m", "older", "older", tooltip="older rows of the timeline", id="incident.older"),
    Binding(
        "a", "all_or_bad", "all", tooltip="what went well too, or not", id="incident.all-or-bad"
    ),
    Binding("c", "close", "close", tooltip="close it, with what ended it", id="incident.close"),
    Binding("x", "export", "export", tooltip="export it as one archive", id="incident.export"),
    Binding(
        "H",
        "by_hand",
        "by hand",
        tooltip="close the step by hand, with a reason",
        id="incident.by-hand",
    ),
    Binding("V", "end_pass", "end the pass as it stands", show=False, id="incident.end-pass"),
    Binding("l", "list", "incidents", tooltip="all incidents", id="incident.list"),
    Binding("escape", "out", "back", show=False, id="incident.out"),
]
