"""The last runs of actions, as the palette offers them to be run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from orket_console.actions.definition import Action
from orket_console.actions.records import history
from orket_console.base.text import shorten
from orket_console.ui.context import UiContext

_READ: Final = 60
_OFFERED: Final = 8
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class LastRun:
    """An action with the parameters of a run; `title` names both, `outcome` says how it ended."""

    action: str
    parameters: dict[str, str]
    title: str
    outcome: str


def last_runs(context: UiContext, actions: Iterable[Action]) -> tuple[LastRun, ...]:
    """The newest runs, each action with the same parameters once. Reads the records.

    What the catalogue has no more can't be run again; a step belongs to its bundle.
    """
    known = {action.name: action for action in actions}
    found: dict[tuple[object, ...], LastRun] = {}
    for record in history(context.target, _READ).records:
        action = known.get(record.action)
        key = (record.action, *sorted(record.parameters.items()))
        if action is None or key in found or record.bundle:
            continue
        usual = {parameter.name: parameter.default for parameter in action.parameters}
        # Of a flag, no answer is a no.
        own = [
            f"{name}={value}"
            for name, value in record.parameters.items()
            if (value or "no") != (usual.get(name) or "no")
        ]
        title = shorten(" ".join([record.title, *own]), _LONGEST)
        at = context.day_and_time(record.started)
        outcome = shorten(f"{record.word} {at} {record.evidence}", _LONGEST)
        found[key] = LastRun(record.action, record.parameters, title, outcome)
    return tuple(found.values())[:_OFFERED]
