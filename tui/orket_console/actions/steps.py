"""How the steps of a bundle stand: which passed, under which conditions, and still hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.actions.catalogue import CATALOGUE
from orket_console.actions.conditions import conditions_of
from orket_console.actions.definition import Action, Step
from orket_console.actions.parameters import checked
from orket_console.actions.records import Conditions, History, Record, history
from orket_console.actions.standing import stale
from orket_console.actions.verdicts import Verdict
from orket_console.target.target import Target

_ACTIONS: Final = {action.name: action for action in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Standing:
    """One step with the parameters it has in the bundle, and its newest run with these.

    Whether that was in the bundle or by itself makes no difference. `stale` says what has
    changed since.
    """

    action: Action
    values: dict[str, str]
    record: Record | None
    stale: str

    @property
    def holds(self) -> bool:
        """Whether it passed, and nothing has changed that this depends on."""
        record = self.record
        if record is None or record.verdict is not Verdict.PASSED or self.stale:
            return False
        # One that does not tell what it was true for can't be known to hold.
        return record.conditions is not None and record.conditions_after is not None


def standings(
    target: Target,
    bundle: Action,
    values: Mapping[str, str],
    kept: History | None = None,
    now: Conditions | None = None,
) -> tuple[Standing, ...]:
    """Each step of `bundle` as it stands with the bundle's checked parameters.

    Reads the records and the conditions of now where they are not handed over.
    """
    kept = kept or history(target)
    now = now or conditions_of(target)
    found = members(target, bundle, values)
    return tuple(_standing(action, own, kept, now) for action, own in found)


def members(
    target: Target, bundle: Action, values: Mapping[str, str]
) -> tuple[tuple[Action, dict[str, str]], ...]:
    """The actions of `bundle`, each with all its parameters."""
    return tuple(_member(target, step, values) for step in bundle.steps)


def _member(target: Target, step: Step, given: Mapping[str, str]) -> tuple[Action, dict[str, str]]:
    action = _ACTIONS[step.action]
    own = {name: given[name] for name in step.parameters}
    return action, checked(action.parameters, own, target.path)


def _standing(action: Action, values: dict[str, str], kept: History, now: Conditions) -> Standing:
    record = next((r for r in kept.records if r.ran_with(action.name, values)), None)
    return Standing(action, values, record, stale(record, now) if record else "")
