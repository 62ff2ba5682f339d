"""The keys of the Health tab, most used first."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

BINDINGS: Final[list[BindingType]] = [
    Binding("r", "run_now", "run now", tooltip="probe everything now", id="health.run-now"),
    Binding(
        "d",
        "to_diagnosis",
        "diagnosis",
        tooltip="to the findings, and back",
        id="health.diagnosis",
    ),
    Binding("o", "run_one", "probe this one alone", show=False, id="health.run-one"),
    Binding("c", "check", "checks on demand: signature, integrity", show=False, id="health.check"),
    Binding("e", "evidence", "evidence", tooltip="its evidence, to open", id="health.evidence"),
    Binding("l", "log", "log", tooltip="its log lines", id="health.log"),
    Binding(
        "a", "next_action", "action", tooltip="the runbook's action for it", id="health.action"
    ),
    Binding(
        "i",
        "incident",
        "incident",
        tooltip="open an incident from the finding",
        id="health.incident",
    ),
    Binding("p,space", "pause", "pause", tooltip="pause the probes, and go on", id="health.pause"),
    Binding("escape", "to_list", "back to the probes", show=False, id="health.to-list"),
]
