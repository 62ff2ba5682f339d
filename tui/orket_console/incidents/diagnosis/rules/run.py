"""Runbook class 3: a run failed, stopped, got nowhere, or only says that it went well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from orket_console.base.refs import LogFilterRef, SessionRef, TurnRef
from orket_console.base.state import State
from orket_console.base.text import shorten
from orket_console.incidents.diagnosis.facts import Facts, Moment, RunSeen
from orket_console.incidents.diagnosis.finding import Confidence, Evidence, FailureClass, Step
from orket_console.incidents.diagnosis.rule import Case, Rule
from orket_console.incidents.diagnosis.rules import run_causes as causes
from orket_console.incidents.diagnosis.rules import seen

Proof = Callable[[RunSeen], list[Moment]]
Says = Callable[[list[RunSeen], list[Moment]], str]
_RUNS_SHOWN: Final = 12
_REPLAY: Final = "replay the turn that failed"
_GATES: Final = Step("validate gates and policy before a rerun: R in the run asks what it meets")


def _of(facts: Facts, rule: str) -> list[RunSeen]:
    return [one for one in facts.runs.runs if causes.cause_of(one) == rule]


def _is_settled(facts: Facts, one: RunSeen) -> bool:
    """Whether a later run of the same name went well."""
    return any(
        later.run.name == one.run.name
        and later.run.state is State.OK
        and later.run.started is not None
        and one.run.started is not None
        and later.run.started > one.run.started
        for later in facts.runs.runs
        if one.run.name
    )


def _case(
    facts: Facts,
    runs: list[RunSeen],
    moments: list[Moment],
    conclusion: str,
    steps: tuple[Step, ...],
    essence: tuple[str, ...],
    *,
    state: State = State.FAILING,
    confidence: Confidence = Confidence.CERTAIN,
) -> Case:
    open_ones = [one for one in runs if not _is_settled(facts, one)]
    if not open_ones:
        conclusion = f"{conclusion.rstrip('.')}; a later run of the same name went well."
        state = State.INFO
    times = [at for one in runs for at in (one.run.started, one.run.ended)]
    return Case(
        conclusion,
        _evidence(open_ones or runs, moments),
        steps,
        state=state,
        confidence=confidence,
        since=seen.earliest(times),
        last=seen.latest(times),
        count=len(runs),
        subjects=tuple(one.run.session for one in runs),
        essence=essence,
    )


def _evidence(runs: list[RunSeen], moments: list[Moment]) -> tuple[Evidence, ...]:
    """The turns that failed, first; then lines of the log; then the runs themselves."""
    turns = [_turn(one) for one in runs[:3]]
    shown = [Evidence(f"run {one.run.name or one.run.session}", SessionRef(one.run.session))
             for one in runs[:_RUNS_SHOWN]]  # fmt: skip
    return (*(turn for turn in turns if turn), *seen.lines(moments), *shown)


def _turn(one: RunSeen) -> Evidence | None:
    ref = one.run.failing or (one.turns[-1].ref if one.turns else None)
    if ref is None:
        return None
    why = one.run.failing_why or (one.turns[-1].why if one.turns else "")
    return Evidence(shorten(why, 120) or "the turn that failed", ref)


def _steps(runs: list[RunSeen], *more: Step) -> tuple[Step, ...]:
    turn = next((found for one in runs if (found := _turn(one))), None)
    replay = (Step(_REPLAY, turn.ref),) if turn and isinstance(turn.ref, TurnRef) else ()
    return (*more, *replay)


def _names(runs: list[RunSeen]) -> str:
    return seen.listed([one.run.session for one in runs])


def _plain(
    rule: str,
    says: Says,
    proof: Proof,
    steps: tuple[Step, ...],
    confidence: Confidence = Confidence.CERTAIN,
) -> Callable[[Facts], Iterator[Case]]:
    """A rule whose cause `run_causes` tells for each run: one finding for all of them."""

    def look(facts: Facts) -> Iterator[Case]:
        runs = _of(facts, rule)
        if not runs:
            return
        moments = [moment for one in runs for moment in proof(one)]
        essence = tuple(sorted({f"{m.event} {m.kind} {m.words}" for m in moments}))[:8]
        sure = confidence if moments else Confidence.LIKELY
        yield _case(
            facts,
            runs,
            moments,
            says(runs, moments),
            _steps(runs, *steps),
            essence or tuple(sorted({one.run.failure_reason for one in runs})),
            confidence=sure,
        )

    return look


def _unreachable(runs: list[RunSeen], moments: list[Moment]) -> str:
    said = f" (“{moments[-1].words}”)" if moments and moments[-1].words else ""
    return (
        f"The model can't be reached{said}: {seen.plural(len(runs), 'run')} failed, {_names(runs)}."
    )


def _timed_out(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The model did not answer in time: {seen.plural(len(runs), 'run')} failed, {_names(runs)}."
    )


def _nowhere(runs: list[RunSeen], moments: list[Moment]) -> str:
    reasons = {part for moment in moments for part in moment.words.split(", ") if part}
    unmet = sorted(part.removesuffix("_contract_not_met").replace("_", " ") for part in reasons)
    contracts = f" ({seen.listed(unmet, 4)})" if unmet else ""
    return (
        f"The model does not do what its turns must, also when reprompted{contracts}: "
        f"{seen.plural(len(runs), 'run')} got nowhere, {_names(runs)}."
    )


def _garbled(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The model writes tool calls that can't be parsed: {seen.plural(len(runs), 'run')} got "
        f"nowhere, {_names(runs)}."
    )


def _governed(runs: list[RunSeen], moments: list[Moment]) -> str:
    times = sum(moment.count for moment in moments if moment.event == "tool_call_blocked")
    said = next((moment.words for moment in moments if moment.words), runs[0].run.failure_reason)
    often = f" {times} times" if times > 1 else ""
    return f"Governance refused what the model asked for{often}: {shorten(said, 140)}."


def _rejected(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The guard rejected the work: {seen.plural(len(runs), 'run')} ended blocked, "
        f"{_names(runs)}."
    )


def _payload(runs: list[RunSeen], moments: list[Moment]) -> str:
    reason = next((moment.kind for moment in moments if moment.kind), "not as the contract has it")
    return f"The guard's rejection could not be used: its payload is invalid ({reason})."


def _verified(runs: list[RunSeen], moments: list[Moment]) -> str:
    return (
        f"The runtime verifier refused what was written: {seen.plural(len(runs), 'run')} failed, "
        f"{_names(runs)}."
    )


def _unexplained(runs: list[RunSeen], moments: list[Moment]) -> str:
    reasons = sorted({one.run.failure_reason for one in runs if one.run.failure_reason})
    said = f": {shorten(reasons[0], 140)}" if reasons else ""
    return f"{seen.plural(len(runs), 'run')} failed for a reason that no rule knows{said}."


def _by_events(*events: str) -> Proof:
    return lambda one: causes.with_event(one, *events)


def _stale(facts: Facts) -> Iterator[Case]:
    runs = _of(facts, "stale-running")
    if not runs:
        return
    begun = [turn for one in runs for turn in one.begun]
    asked = ", whose last turn began and never ended" if begun else ""
    case = _case(
        facts,
        runs,
        [moment for one in runs for moment in one.moments],
        f"{seen.plural(len(runs), 'run')} {'says' if len(runs) == 1 else 'say'} running, and "
        f"nothing works on {'it' if len(runs) == 1 else 'them'}: {_names(runs)}{asked}.",
        _steps(
            runs,
            Step("its rows stay so for ever: rerun the epic, nothing sets them right"),
            Step("on 0.3 a model that times out or refuses leaves just this: see whether it is up"),
        ),
        ("running", "no end"),
        state=State.DEGRADED,
        confidence=Confidence.LIKELY,
    )
    lines = tuple(
        Evidence(f"{turn.issue} #{turn.index} began, and did not end", turn.ref)
        for turn in begun[:3]
    )
    yield replace(case, evidence=(*lines, *case.evidence))


def _false_success(facts: Facts) -> Iterator[Case]:
    runs = _of(facts, "false-success")
    if not runs:
        return
    empty = sum(one.run.turns == 0 for one in runs)
    how = f", {empty} without a single turn" if empty else ""
    yield _case(
        facts,
        runs,
        [],
        f"{seen.plural(len(runs), 'run')} {'says' if len(runs) == 1 else 'say'} done though issues "
        f"were not{how}: {_names(runs)}.",
        (
            Step("see in the run which issues were canceled or blocked, and by what"),
            Step("an issue whose seat has no role is canceled before any turn: check the team"),
        ),
        ("done", "no turn" if empty == len(runs) else "issue not done"),
        state=State.DEGRADED,
    )


def _dependency(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if _blocked_by(one) and not causes.is_of_suite(one)]
    if not runs:
        return
    moments = [moment for one in runs for moment in _blocked_by(one)]
    yield _case(
        facts,
        runs,
        moments,
        f"Issues could not begin because one they depend on did not get there: {_names(runs)}.",
        _steps(runs, Step("mend the first issue that was blocked; the rest follows from it")),
        ("dependency",),
        state=State.DEGRADED,
    )


def _blocked_by(one: RunSeen) -> list[Moment]:
    if not one.run.failed:
        return []
    return causes.with_event(one, "dependency_block_propagated")


def _exhausted(facts: Facts) -> Iterator[Case]:
    runs = [one for one in facts.runs.runs if _ran_out(one) and not causes.is_of_suite(one)]
    if not runs:
        return
    moments = [
        m
        for one in runs
        for m in causes.with_event(one, "catastrophic_failure", "turn_retry_exhausted")
    ]
    yield _case(
        facts,
        runs,
        moments,
        f"All retries are used up: {seen.plural(len(runs), 'run')} gave up, {_names(runs)}.",
        _steps(
            runs,
            Step("retries do not help here: compare the attempts, each failed alike",
                 LogFilterRef("event:retry_triggered")),
        ),
        ("retries exhausted",),
    )  # fmt: skip


def _ran_out(one: RunSeen) -> bool:
    if not one.run.failed:
        return False
    if causes.with_event(one, "catastrophic_failure", "turn_retry_exhausted"):
        return True
    if "max retries exceeded" in one.run.failure_reason.lower():
        return True
    return any(
        issue.max_retries is not None and issue.retries is not None
        and 0 < issue.max_retries <= issue.retries and issue.status != "done"
        for issue in one.issues
    )  # fmt: skip


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
        probes=("log-default", "log-others") if name != "stale-running" else ("runtime-db",),
    )


_MODEL_UP: Final = Step("is the model up? ollama list, or its health address, from this host")
RUN_RULES: Final = (
    _rule(
        "model-unreachable",
        "The model can't be reached",
        "turns that failed with a connection's error before the model answered",
        "the model answers from this host, and the turn's tools opened that connection",
        _plain("model-unreachable", _unreachable, causes.connection_moments, (_MODEL_UP,)),
    ),
    _rule(
        "model-timeout",
        "The model does not answer in time",
        "turns that failed with a time-out and have no answer of the model",
        "the turn has an answer: then a tool was slow",
        _plain(
            "model-timeout",
            _timed_out,
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
            _garbled,
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
            _nowhere,
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
            _governed,
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
            _rejected,
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
            _payload,
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
            _verified,
            _by_events("guard_terminal_failure", "guard_retry_scheduled"),
            (Step("run what was written by hand, as the verifier does"),),
        ),
    ),
    _rule(
        "dependency-block",
        "Issues wait for one that failed",
        "dependency_block_propagated in the log",
        "the issue they depend on is done",
        _dependency,
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
        _exhausted,
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
        _stale,
    ),
    _rule(
        "false-success",
        "Runs say done, and are not",
        "the ledger against the issues table and the turns there are",
        "the issues were canceled by a person who wanted that",
        _false_success,
    ),
    _rule(
        "run-unexplained",
        "Runs failed, and no rule knows why",
        "failed runs that no other rule explains",
        "another rule explains the same run",
        _plain(
            "run-unexplained",
            _unexplained,
            lambda one: list(one.moments),
            (seen.action("failure-report", "make the failure report"),),
            Confidence.POSSIBLE,
        ),
    ),
)  # fmt: skip
