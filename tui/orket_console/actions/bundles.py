"""The runbook's sets of gates, each run as one: in order, with one verdict, to be resumed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from orket_console.actions import verdicts
from orket_console.actions.definition import Action, Effect, Step
from orket_console.actions.parameters import Kind, Parameter

RESUME: Final = "resume"
KEEP_GOING: Final = "keep-going"
_OWN_PARAMETERS: Final = (
    Parameter(RESUME, Kind.FLAG, "--resume", "leave out the steps that passed and still hold"),
    Parameter(KEEP_GOING, Kind.FLAG, "--keep-going", "run what follows a step that failed, too"),
)
_BETWEEN: Final = 30.0
"""Seconds that starting and ending a step may take beside its own."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Actions that belong together, in the order of the runbook."""

    name: str
    title: str
    purpose: str
    runbook: str
    steps: tuple[Step, ...]


BUNDLES: Final = (
    Bundle(
        name="smoke-gates",
        title="Smoke gates",
        purpose="says whether the system is well after a migration or an update",
        runbook="4, schema or migration mismatch: action 2",
        steps=(Step("release-smoke", ("skip-docker", "skip-tests")), Step("security-canary")),
    ),
    Bundle(
        name="verification",
        title="Verification",
        purpose="says whether a recovery is complete",
        runbook="post-recovery verification 1 to 3",
        steps=(Step("test-suite"), Step("volatility-gate"), Step("cli-smoke")),
    ),
)


def bundled(bundle: Bundle, actions: Iterable[Action]) -> Action:
    """The bundle as one action: the sequencer, which runs its steps.

    Its parameters are those of its steps that can be set, and its own two.
    """
    known = {action.name: action for action in actions}
    members = [(step, known[step.action]) for step in bundle.steps]
    return Action(
        name=bundle.name,
        title=bundle.title,
        purpose=bundle.purpose,
        runbook=bundle.runbook,
        effect=heaviest(action.effect for _, action in members),
        changes="what its steps change",
        verdict=verdicts.program,
        timeout=sum(action.timeout + _BETWEEN for _, action in members),
        module="sequence",
        arguments=(bundle.name,),
        parameters=(
            *(
                replace(parameter, option=f"--{parameter.name}")
                for step, action in members
                for parameter in action.parameters
                if parameter.name in step.parameters
            ),
            *_OWN_PARAMETERS,
        ),
        steps=bundle.steps,
    )


def heaviest(effects: Iterable[Effect]) -> Effect:
    """The effect that most is asked before: they are declared the least first."""
    return max(effects, key=list(Effect).index, default=Effect.READS)
