"""What an action is: one command, declared once, with all that can be told of it beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from orket_console.actions.parameters import Parameter
from orket_console.actions.preconditions import Precondition
from orket_console.actions.verdicts import Rule


class Effect(StrEnum):
    """The most that an action does to the installation."""

    READS = "reads"
    WRITES_LOG = "writes log"
    WRITES_REPORTS = "writes report"
    WRITES_FILES = "writes files"
    CHANGES_DATABASES = "changes databases"
    STARTS_PROCESS = "starts a process"
    STOPS_PROCESS = "stops a process"
    SENDS = "sends a request"

    @property
    def writes(self) -> bool:
        return self is not Effect.READS


@dataclass(frozen=True, slots=True)
class Softened:
    """A smaller effect, when `parameter` has `value`."""

    parameter: str
    value: str
    effect: Effect
    changes: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a bundle: an action by its name, and which of its parameters can be set."""

    action: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One command of the runbook.

    It is the installation's `script`, or a `module` of `orket_console.actions.programs`, which
    the console's own interpreter runs; where both are empty, the installation's interpreter
    alone. `arguments` follow it, then the parameters' own. `effect` and `changes` say the most
    that it does, `softened` when it does less. `report` names the parameter that says where a
    report is written. `timeout` in seconds.
    `undo` says what undoes it, where that is not what undoes its effect. One that `mends`
    databases is run on damaged ones too, which are kept as the files that they are. The verdict
    of a `gate` holds only while the installation is as it was. `steps` are those of a bundle,
    whose effect is what they do together.

    An operator's own command is all `argv`, with `{parameter}` in it, in the folder `cwd` of the
    installation; `source` says where it is declared, and is empty for the console's own.
    """

    name: str
    title: str
    purpose: str
    runbook: str
    effect: Effect
    changes: str
    verdict: Rule
    timeout: float
    script: str = ""
    module: str = ""
    arguments: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[Precondition, ...] = ()
    softened: tuple[Softened, ...] = ()
    report: str = ""
    undo: str = ""
    mends: bool = False
    gate: bool = False
    steps: tuple[Step, ...] = ()
    argv: tuple[str, ...] = ()
    cwd: str = ""
    source: str = ""

    def effect_with(self, values: Mapping[str, str]) -> tuple[Effect, str]:
        """What it does with these checked parameters, as a class and in words."""
        for case in self.softened:
            if values[case.parameter] == case.value:
                return case.effect, case.changes
        return self.effect, self.changes
