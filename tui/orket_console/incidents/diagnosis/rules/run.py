"""Runbook class 3: a run failed, stopped, got nowhere, or only says that it went well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from orket_console.incidents.diagnosis.facts import Facts, Moment, RunSeen
from orket_console.incidents.diagnosis.finding import Confidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import run_causes as causes
from orket_console.incidents.diagnosis.rules import run_recorded as recorded
from orket_console.incidents.diagnosis.rules import run_sentences as say
from orket_console.incidents.diagnosis.rules import seen
from orket_console.incidents.diagnosis.rules.run_case import case_of, of, steps, unsettled

Proof = Callable[[RunSeen], list[Moment]]
Says = Callable[[list[RunSeen], list[Moment]], str]
_MOST: Final = 8
_GATES: Final = Step("validate gates and policy before a rerun: R in the run asks what it meets")


def _plain(
    rule: str,
    says: Says,
    proof: Proof,
    more: tuple[Step, ...],
    confidence: Confidence = Confidence.CERTAIN,
) -> Callable[[Facts], Iterator[Case]]:
    """A rule whose cause `run_causes` tells for each run: one finding for all of them."""

    def look(facts: Facts) -> Iterator[Case]:
        runs = of(facts, rule)
        if not runs:
            return
        current = unsettled(facts, runs)
        moments = [moment for one in current for moment in proof(one)]
        sure = confidence if moments else Confidence.LIKELY
        yield case_of(
            facts,
            runs,
            moments,
            says(current, moments),
            steps(facts, current, *more),
            _essence(current[0], proof),
            confidence=sure,
        )

    return look


def _essence(one: RunSeen, proof: Proof) -> tuple[str, ...]:
    """What the newest of the runs failed with: the others may have failed in other words."""
    told = {f"{moment.event} {moment.kind} {moment.words}" for moment in proof(one)}
    return tuple(sorted(told))[:_MOST] or (one.run.failure_reason,)


def _by_events(*events: str) -> Proof:
    return lambda one: causes.with_event(one, *events)


def _rule(
    name: str,
    title: str,
    wants: str,
    wrong_if: str,
    look: Callable[[Facts], Iterator[Case]],
    under: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        name,
        title,
        FailureClass.RUN,
        wants,
        wrong_if,
        look,
        under=under,
        shares=True,
        probes=("log-others",) if name != "stale-running" else ("runtime-db",),
    )


_MODEL_UP: Final = Step("is the model up? ollama list, or its health address, from this host")
RUN_RULES: Final = (
    _rule(
        "model-unreachable",
        "The model can't be reached",
        "turns that failed with a connection's error before the model answered",
        "the model answers from this host, and the turn's tools opened that connection",
        _plain("model-unreachable", say.unreachable, causes.connection_moments, (_MODEL_UP,)),
    ),
    _rule(
        "model-timeout",
        "The model does not answer in time",
        "turns that failed with a time-out and have no answer of the model",
        "the turn has an answer: then a tool was slow",
        _plain(
            "model-timeout",
            say.timed_out,
            causes.timeout_moments,
            (_MODEL_UP, Step("is it loaded, or swapped out? A smaller model or more time helps")),
        ),
    ),
    _rule(
        "malformed-tool-calls",
        "Tool calls that can't be parsed",
        "turns without progress whose answer was meant as a tool call, and partial recoveries",
        "the answer holds no call at all, or a whole one",
        _plain(
            "malformed-tool-calls",
            say.garbled,
            _by_events("tool_recovery_partial", "turn_non_progress", "turn_corrective_reprompt"),
            (Step("read the answer: is it cut off? Raise the model's output limit"),),
        ),
    ),
    _rule(
        "no-progress",
        "The model does not do what its turns must",
        "turns that met no contract after a corrective reprompt",
        "the answer holds a tool call that the parser should have found",
        _plain(
            "no-progress",
            say.nowhere,
            _by_events("turn_non_progress", "turn_corrective_reprompt"),
            (_GATES,),
        ),
    ),
    _rule(
        "governance-violation",
        "Governance refuses what the model asks for",
        "tool calls that were blocked, and the policy violation reports",
        "the transition is a legal one: then the state machine's rules changed",
        _plain(
            "governance-violation",
            say.governed,
            lambda one: [
                *causes.with_event(one, "tool_call_blocked"),
                *(m for m in one.moments if m.kind == "tool_violation"),
            ],
            (_GATES,),
        ),
    ),
    _rule(
        "guard-rejection",
        "The guard rejected the work",
        "the guard's decisions in the log and in its turns",
        "the guard's answer gives no violation, or it approved later",
        _plain(
            "guard-rejection",
            say.rejected,
            _by_events("guard_rejected"),
            (Step("read the guard's rationale in its turn, and mend what it names"),),
        ),
    ),
    _rule(
        "guard-payload-invalid",
        "The guard's rejection is not valid",
        "guard_payload_invalid in the log, and the ledger's reason",
        "the guard's answer has a rationale and remediation actions",
        _plain(
            "guard-payload-invalid",
            say.payload,
            _by_events("guard_payload_invalid"),
            (Step("read the guard's answer: it lacks a rationale or remediation actions"),),
        ),
    ),
    _rule(
        "verifier-failed",
        "The runtime verifier refused the work",
        "guard_retry_scheduled and guard_terminal_failure in the log",
        "what was written runs when started by hand",
        _plain(
            "verifier-failed",
            say.verified,
            _by_events("guard_terminal_failure", "guard_retry_scheduled"),
            (Step("run what was written by hand, as the verifier does"),),
        ),
    ),
    _rule(
        "dependency-block",
        "Issues wait for one that failed",
        "dependency_block_propagated in the log",
        "the issue they depend on is done",
        recorded.dependency,
        under=(
            "guard-rejection", "guard-payload-invalid", "verifier-failed", "no-progress",
            "malformed-tool-calls", "governance-violation", "model-unreachable", "model-timeout",
        ),
    ),
    _rule(
        "retry-exhaustion",
        "All retries are used up",
        "turn_retry_exhausted, catastrophic_failure, and the issues' retry counts",
        "an issue of the run has retries left",
        recorded.exhausted,
        under=(
            "model-unreachable", "model-timeout", "malformed-tool-calls", "no-progress",
            "guard-payload-invalid", "governance-violation", "verifier-failed",
        ),
    ),
    _rule(
        "stale-running",
        "Runs say running, and nothing works on them",
        "the ledger, the run's last sign of life, and the processes of this root",
        "a process that this user can't see is at work on it",
        recorded.stale,
    ),
    _rule(
        "false-success",
        "Runs say done, and are not",
        "the ledger against the issues table and the turns there are",
        "the issues were canceled by a person who wanted that",
        recorded.false_success,
    ),
    _rule(
        "run-unexplained",
        "Runs failed, and no rule knows why",
        "failed runs that no other rule explains",
        "another rule explains the same run",
        _plain(
            "run-unexplained",
            say.unexplained,
            lambda one: list(one.moments),
            (seen.action("failure-report", "make the failure report"),),
            Confidence.POSSIBLE,
        ),
    ),
)  # fmt: skip
