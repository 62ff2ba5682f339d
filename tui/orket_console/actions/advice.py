"""What the runbook has an operator do after each verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orket_console.actions.bundles import BUNDLES
from orket_console.actions.verdicts import NOTHING_FAILED, Verdict


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next, in words; `action` is the one that does it, empty where none does."""

    text: str
    action: str = ""


_READ = "its output says why; put that right, then run it again"
_RESTORE = "`actions restore` puts back the copies that were made before it"
_GENERAL: Final[Mapping[Verdict, Advice]] = {
    Verdict.PASSED: Advice("nothing: it did what it was for"),
    Verdict.FAILED: Advice(_READ),
    Verdict.UNKNOWN: Advice("read its output: what it printed says neither passed nor failed"),
    Verdict.CANCELLED: Advice("run it again when the way is clear"),
    Verdict.TIMED_OUT: Advice(
        "see in its output what it hung at; actions.timeout gives it longer, and a command of your "
        "own its `timeout`"
    ),
    Verdict.INTERRUPTED: Advice("see what it left behind, then run it again"),
}
_BUNDLES: Final = frozenset(bundle.name for bundle in BUNDLES)
_UNFINISHED: Final = frozenset({Verdict.CANCELLED, Verdict.TIMED_OUT, Verdict.INTERRUPTED})
_PASSED: Final[Mapping[str, Advice]] = {
    "failure-report": Advice("replay the turn that failed", "replay-turn"),
    "replay-turn": Advice(
        "check what gates and policy refused there before the run is started anew"
    ),
    "migrations": Advice("run the smoke gates", "smoke-gates"),
    "release-smoke": Advice("run the security canary", "security-canary"),
    "security-canary": Advice("verify the recovery", "verification"),
    "smoke-gates": Advice("verify the recovery", "verification"),
    "test-suite": Advice("run the volatility gate", "volatility-gate"),
    "volatility-gate": Advice("run the CLI smoke", "cli-smoke"),
    "cli-smoke": Advice("see that the other two of the verification passed too", "verification"),
    "verification": Advice("nothing: the recovery is verified"),
    "restore": Advice("see by the smoke gates that it works with what was put back", "smoke-gates"),
    "start-api": Advice("see in Health that it answers, then verify the recovery", "verification"),
    "restart-api": Advice(
        "see in Health that it answers, then verify the recovery", "verification"
    ),
    "start-webhook": Advice("send a test delivery", "test-delivery"),
    "restart-webhook": Advice("send a test delivery", "test-delivery"),
    "test-delivery": Advice("see in Webhooks what became of it"),
}
_FAILED: Final[Mapping[str, Advice]] = {
    "migrations": Advice(f"see in its output which statement failed; {_RESTORE}"),
    "security-canary": Advice(
        "go no further: a request without key or signature may be let in; see which in its output"
    ),
    "test-suite": Advice("see whether the same tests failed before, and what the new ones say"),
    "volatility-gate": Advice(
        "compare the installation's code with its commit: it was changed past the boundaries"
    ),
    "smoke-gates": Advice("put right what its step says, then resume", "smoke-gates"),
    "verification": Advice(
        "put right what its step says, then resume; when it fails again, escalate", "verification"
    ),
    "restart-api": Advice("its last lines say why it did not come up"),
    "start-api": Advice("its last lines say why it did not come up"),
    "restart-webhook": Advice("its last lines say why it did not come up"),
    "start-webhook": Advice("its last lines say why it did not come up"),
}
_UNKNOWN: Final[Mapping[str, Advice]] = {
    "smoke-gates": Advice("let the installation be as it is, then resume", "smoke-gates"),
    "verification": Advice("let the installation be as it is, then resume", "verification"),
    "failure-report": Advice("see that the log is the right one: a missing one gives no event"),
    "test-suite": Advice("see whether the path holds any test: nothing was tested"),
}
_REASONS: Final[Mapping[tuple[str, Verdict], tuple[tuple[str, str], ...]]] = {
    ("failure-report", Verdict.PASSED): (
        (NOTHING_FAILED, "no turn failed in this log: see in Health what else is wrong"),
    ),
    ("replay-turn", Verdict.FAILED): (
        ("No observability artifacts", "that turn has no artifacts: take its key from Runs"),
        ("No turn artifacts", "that issue has no such turn, or none of that role: see Runs"),
        ("format must be", "the key is SESSION:ISSUE:TURN[:ROLE]: take it from Runs"),
        ("invalid literal for int", "the turn in the key is no number: take it from Runs"),
        ("save_user_settings", "Orket's first-run set-up is not done: run `python main.py` once"),
        ("No module named", "the interpreter lacks Orket's packages: set target.python"),
    ),
    ("migrations", Verdict.FAILED): (
        ("no such table", "start Orket once, which makes its tables; then run it again"),
        ("database is locked", "stop the servers, which write to it; then run it again"),
        ("No module named", "the interpreter lacks Orket's packages: set target.python"),
    ),
    ("release-smoke", Verdict.FAILED): (
        ("Docker is not installed", "run it with skip-docker=yes where there is no Docker"),
    ),
    ("cli-smoke", Verdict.FAILED): (
        ("No such file or directory: 'git'", "install git: the walk needs it"),
    ),
}
"""What the evidence of a verdict may hold, and what to do then."""


def advice(action: str, verdict: Verdict, evidence: str, *, changes_databases: bool) -> Advice:
    """What to do after a run of that action ended so."""
    for part, text in _REASONS.get((action, verdict), ()):
        if part in evidence:
            return Advice(text)
    if verdict is Verdict.PASSED:
        return _PASSED.get(action, _GENERAL[verdict])
    if verdict in _UNFINISHED and action in _BUNDLES:
        return Advice("resume it when the way is clear; what its steps copied is theirs", action)
    if verdict in _UNFINISHED and changes_databases:
        return Advice(f"{_GENERAL[verdict].text}; {_RESTORE}")
    particular = {Verdict.FAILED: _FAILED, Verdict.UNKNOWN: _UNKNOWN}.get(verdict, {})
    return particular.get(action, _GENERAL[verdict])
