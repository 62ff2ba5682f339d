"""What an operator has to say before an action is started, and what undoes it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orket_console.actions.catalogue import Effect
from orket_console.target.target import Target


class Ask(StrEnum):
    """What is asked of the operator, the least first."""

    NOTHING = "nothing"
    YES = "yes"
    NAME = "the target's name"


_ASKED_FOR: Final = {
    Effect.READS: Ask.NOTHING,
    Effect.WRITES_LOG: Ask.YES,
    Effect.WRITES_REPORTS: Ask.YES,
    Effect.WRITES_FILES: Ask.YES,
    Effect.SENDS: Ask.YES,
    Effect.STARTS_PROCESS: Ask.YES,
    Effect.STOPS_PROCESS: Ask.NAME,
    Effect.CHANGES_DATABASES: Ask.NAME,
}
_UNDONE_BY: Final = {
    Effect.READS: "there is nothing to undo",
    Effect.WRITES_LOG: "nothing: its lines stay in the log",
    Effect.WRITES_REPORTS: "nothing: what it overwrites is gone; delete what it wrote",
    Effect.WRITES_FILES: "nothing by itself: delete what it wrote",
    Effect.SENDS: "nothing: what was sent was sent",
    Effect.STARTS_PROCESS: "stopping that process",
    Effect.STOPS_PROCESS: "starting that process again",
    Effect.CHANGES_DATABASES: "`actions restore` puts back the copies that are made before it",
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked before a run: nothing, a yes, or that `name` be typed; `reason` says why.

    `name` is what is to be typed, exactly; it is empty unless `ask` is `Ask.NAME`.
    """

    ask: Ask
    reason: str = ""
    name: str = ""

    def objection(self, typed: str) -> str:
        """Why `typed` is not the name asked for; empty when it is. Blanks around it are let be."""
        if typed.strip() == self.name:
            return ""
        return f"that is not the name of this installation: type {self.name}"


def confirmation_of(target: Target, effect: Effect) -> Confirmation:
    """What is asked before something with that effect is done to the target."""
    ask = _ASKED_FOR[effect]
    if ask is Ask.NOTHING:
        return Confirmation(ask)
    return Confirmation(ask, f"it {effect}", target.name if ask is Ask.NAME else "")


def undone_by(effect: Effect) -> str:
    """What undoes that effect, in words."""
    return _UNDONE_BY[effect]
