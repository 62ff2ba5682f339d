"""The steps of a pass: `↵` does one, `k` skips it, as the runbook's list may; the arrows move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from orket_console.ui.panes.incident.showing import STEP_COLUMNS
from orket_console.ui.widgets.listing import Listing


def _moves() -> Iterator[Binding]:
    """How the list of steps moves: as every list, but for the keys that it has itself."""
    for each in Listing.BINDINGS:
        if isinstance(each, Binding) and each.key != "enter":
            yield replace(each, key=each.key.removesuffix(",k"))


class StepList(Listing, inherit_bindings=False):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "do step", tooltip="do the step", id="incident.do"),
        Binding(
            "enter", "proof", "evidence", tooltip="what closed the step", id="incident.evidence"
        ),
        Binding("k", "skip", "skip", tooltip="skip the step, with a reason", id="incident.skip"),
        *_moves(),
    ]

    class Skipped(Message):
        """The step with the cursor is to be left out."""

    def __init__(self, obstacle: Callable[[str], str]) -> None:
        super().__init__(STEP_COLUMNS, id="incident-steps")
        self._obstacle = obstacle

    def action_proof(self) -> None:
        self.action_choose()

    def action_skip(self) -> None:
        self.post_message(self.Skipped())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "choose":
                return None if self.selected is None else not self._obstacle("do")
            case "proof":
                return self.selected is not None and bool(self._obstacle("do"))
            case "skip":
                return None if self._obstacle(action) else True
        return True
