"""The steps of a pass: `k` skips one, as the runbook's list may; the arrows move."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from orket_console.ui.panes.incident.showing import STEP_COLUMNS
from orket_console.ui.widgets.listing import Listing


class StepList(Listing):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "do step", tooltip="do the step", id="incident.do"),
        Binding("k", "skip", "skip", tooltip="skip the step, with a reason", id="incident.skip"),
    ]

    class Skipped(Message):
        """The step with the cursor is to be left out."""

    def __init__(self, obstacle: Callable[[str], str]) -> None:
        super().__init__(STEP_COLUMNS, id="incident-steps")
        self._obstacle = obstacle

    def action_skip(self) -> None:
        self.post_message(self.Skipped())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "skip" and self._obstacle(action) else True
