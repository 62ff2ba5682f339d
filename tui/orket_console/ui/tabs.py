"""The tabs, in the order of their digits, and which of them a place is shown in."""

from __future__ import annotations

from typing import Final

from orket_console.base.refs import (
    ActionRef,
    DeliveryRef,
    IncidentRef,
    LogFilterRef,
    LogRef,
    OutputRef,
    ProbeRef,
    PullRef,
    Ref,
    SessionRef,
    TableRef,
    TurnRef,
)

TABS: Final = ("Health", "Log", "Webhooks", "Runs", "Actions", "Incident")
"""Each has its pane in `panes/<name>.py` as `<Name>Pane`, imported when it is first shown."""
WITH_TIMES: Final = ("Webhooks", "Runs", "Log")
"""Those whose rows have times, so that they can be taken to a moment."""
HOME_OF: Final[dict[type[Ref], str]] = {
    LogRef: "Log",
    LogFilterRef: "Log",
    SessionRef: "Runs",
    TurnRef: "Runs",
    PullRef: "Webhooks",
    DeliveryRef: "Webhooks",
    TableRef: "Webhooks",
    ProbeRef: "Health",
    ActionRef: "Actions",
    OutputRef: "Actions",
    IncidentRef: "Incident",
}
