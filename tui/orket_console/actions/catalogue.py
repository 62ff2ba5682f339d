"""The runbook's commands, each declared once: what it is for, what it runs, what it changes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final

from orket_console.actions import preconditions, verdicts
from orket_console.actions.bundles import BUNDLES, bundled
from orket_console.actions.definition import Action, Effect, Softened
from orket_console.actions.own.reading import Own, read_own
from orket_console.actions.parameters import Kind, Parameter
from orket_console.actions.request_actions import REQUEST_ACTIONS
from orket_console.actions.restoring import RESTORE
from orket_console.actions.server_actions import SERVER_ACTIONS
from orket_console.base.errors import ConsoleError, ExitCode
from orket_console.target.target import Target

__all__ = [
    "BUNDLE_ACTIONS",
    "CATALOGUE",
    "Action",
    "Effect",
    "Softened",
    "catalogue_of",
    "find",
    "find_in",
    "own_of",
]

_TESTS_LEAVE: Final = (
    "leaves finished runs named Messy in the runtime database, api and webhook lines in the logs "
    "(not an attack), caches and folders"
)
_SMOKE: Final = (
    "makes .smoke/ with databases of its own, writes the server log; with Docker an image, and for "
    "a while a container"
)
CATALOGUE: Final = (
    Action(
        name="failure-report",
        title="Failure report",
        purpose="counts failures, non-progress and guard outcomes in a log",
        runbook="3, run stalls or non-progress: check 1",
        effect=Effect.WRITES_REPORTS,
        changes="writes the report to the out path in the installation",
        verdict=verdicts.failure_report,
        timeout=300,
        script="failure-report",
        parameters=(
            Parameter(
                "log",
                Kind.PATH,
                "--log",
                "the log to read",
                default="workspace/default/orket.log",
                required=True,
            ),
            Parameter(
                "out",
                Kind.PATH,
                "--out",
                "where the report is written; empty only prints it",
                default="benchmarks/results/failure_modes.json",
            ),
        ),
        needs=(preconditions.log_exists,),
        softened=(Softened("out", "", Effect.READS, "nothing"),),
    ),
    Action(
        name="replay-turn",
        title="Replay turn (upstream)",
        purpose="prints one turn from its artifacts, by Orket's own command line",
        runbook="3, run stalls or non-progress: action 1",
        effect=Effect.WRITES_LOG,
        changes="Orket's start-up runs too: its reconciler, and lines in the run log",
        verdict=verdicts.replay,
        timeout=120,
        script="replay-turn",
        parameters=(
            Parameter("key", Kind.TURN, "--replay-turn", "the turn to replay", required=True),
        ),
        needs=(preconditions.setup_complete,),
    ),
    Action(
        name="migrations",
        title="Run migrations",
        purpose="brings both databases to the schema of this version",
        runbook="4, schema or migration mismatch: action 1",
        effect=Effect.CHANGES_DATABASES,
        changes="adds what is missing to orket_persistence.db and webhook.db, both backed up first",
        verdict=verdicts.migrations,
        gate=True,
        timeout=300,
        script="migrations",
        needs=(preconditions.databases_unlocked, preconditions.tables_exist),
    ),
    Action(
        name="release-smoke",
        title="Release smoke",
        purpose="test suite, canary, migrations on new databases, and a Docker build",
        runbook="4, schema or migration mismatch: action 2",
        effect=Effect.CHANGES_DATABASES,
        changes=f"{_SMOKE}. Its test suite {_TESTS_LEAVE}",
        verdict=verdicts.release_smoke,
        gate=True,
        timeout=1800,
        script="release-smoke",
        parameters=(
            Parameter("skip-docker", Kind.FLAG, "--skip-docker", "leave out the Docker build"),
            Parameter("skip-tests", Kind.FLAG, "--skip-tests", "leave out the test suite"),
        ),
        needs=(preconditions.bare_python, preconditions.docker_or_skipped),
        softened=(Softened("skip-tests", "yes", Effect.WRITES_FILES, _SMOKE),),
    ),
    Action(
        name="security-canary",
        title="Security canary",
        purpose="checks that requests without key or signature are refused",
        runbook="4, schema or migration mismatch: action 2",
        effect=Effect.WRITES_LOG,
        changes="leaves lines such as “missing signature” in the server log: not an attack",
        verdict=verdicts.security_canary,
        gate=True,
        timeout=300,
        script="security-canary",
    ),
    Action(
        name="test-suite",
        title="Test suite",
        purpose="runs Orket's own tests",
        runbook="post-recovery verification 1",
        effect=Effect.CHANGES_DATABASES,
        changes=_TESTS_LEAVE,
        verdict=verdicts.pytest_run,
        gate=True,
        timeout=1800,
        arguments=("-m", "pytest", "-q"),
        parameters=(Parameter("path", Kind.PATH, "", "only these tests, such as tests/core"),),
        needs=(preconditions.tests_exist,),
    ),
    Action(
        name="volatility-gate",
        title="Volatility gate",
        purpose="checks the direction of imports and the volatility boundaries",
        runbook="post-recovery verification 2",
        effect=Effect.WRITES_REPORTS,
        changes="writes benchmarks/results/dependency_direction_check.json and test caches",
        verdict=verdicts.volatility,
        gate=True,
        timeout=600,
        script="volatility-gate",
    ),
    Action(
        name="cli-smoke",
        title="CLI smoke",
        purpose="walks Orket's command line through init, api and refactor, in a temporary folder",
        runbook="post-recovery verification 3",
        effect=Effect.WRITES_REPORTS,
        changes="writes its report to the out path in the installation",
        verdict=verdicts.cli_smoke,
        gate=True,
        timeout=600,
        script="cli-smoke",
        parameters=(
            Parameter(
                "out",
                Kind.PATH,
                "--out",
                "where the report is written",
                default="benchmarks/results/cli_regression_smoke.json",
                required=True,
            ),
        ),
        needs=(preconditions.git_exists,),
        report="out",
    ),
    *SERVER_ACTIONS,
    RESTORE,
    *REQUEST_ACTIONS,
)
BUNDLE_ACTIONS: Final = tuple(bundled(bundle, CATALOGUE) for bundle in BUNDLES)
"""Each bundle as the one action that runs its steps."""
_BY_NAME: Final = {action.name: action for action in (*CATALOGUE, *BUNDLE_ACTIONS)}


def find(name: str) -> Action:
    """The action of that name. Raises `ConsoleError` (exit 2) that names those there are."""
    return _found(name, _BY_NAME)


def _found(name: str, known: Mapping[str, Action]) -> Action:
    if action := known.get(name):
        return action
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    raise ConsoleError(f"no action {name!r}", remedy=hint, exit_code=ExitCode.USAGE)


def catalogue_of(target: Target) -> tuple[Action, ...]:
    """All there is for this target: the console's actions, the operator's own, the bundles."""
    return (*CATALOGUE, *own_of(target).actions, *BUNDLE_ACTIONS)


def own_of(target: Target) -> Own:
    """The operator's own commands in the settings files, and what is wrong with the others."""
    return read_own(target.settings.declarations, target.path, _BY_NAME)


def find_in(target: Target, name: str) -> Action:
    """The action of that name, the operator's own too. Raises `ConsoleError` as `find` does."""
    own = own_of(target)
    if action := next((each for each in own.actions if each.name == name), None):
        return action
    if wrong := next((each for each in own.problems if f"({name})" in each), ""):
        raise ConsoleError(f"{name} can't be used: {wrong}", exit_code=ExitCode.USAGE)
    return _found(name, {**_BY_NAME, **{each.name: each for each in own.actions}})
